/** What an earlier session of the same run left in Redis: its results, and the attempts that it left in flight. */
import type { Outcome } from "@archwright/core/experiment";
import type { Redis } from "ioredis";
import type { Attempt } from "../../protocol/attempt.ts";
import { decodeReport, type Report } from "../../protocol/codec.ts";
import type { Keys } from "../../protocol/keys.ts";
import { readStream, type StreamedReport } from "../../protocol/resultStream.ts";

/** How a job begins: with its result, with the attempt that is in flight, or anew after the last number that it had. */
export type Claimed =
  | { readonly kind: "done"; readonly report: StreamedReport; readonly outcome: Outcome }
  | { readonly kind: "in-flight"; readonly number: number }
  | { readonly kind: "new"; readonly last: number | undefined };

/** For the jobs that this session will ask for. */
export class RecoveredRun {
  /** Of the last entry of the stream that was read. */
  cursor = "0-0";
  /** Job → number of its newest attempt, where it is still waited for. */
  readonly #inFlight: Map<string, number>;
  /** Job → number of its last attempt, where it was cancelled or returned. */
  readonly #lastNumbers: Map<string, number>;
  readonly #results = new Map<string, { readonly report: StreamedReport; readonly outcome: Outcome }>();

  private constructor(inFlight: Map<string, number>, lastNumbers: Map<string, number>) {
    this.#inFlight = inFlight;
    this.#lastNumbers = lastNumbers;
  }

  static async read(redis: Redis, keys: Keys, run: string): Promise<RecoveredRun> {
    const recovered = new RecoveredRun(
      toNumbers(await redis.hgetall(keys.outstanding(run))),
      toNumbers(await redis.hgetall(keys.cancelled(run))),
    );
    for await (const page of readStream(redis, keys.results(run))) for (const report of page) recovered.#replay(report);
    return recovered;
  }

  /** Takes out what there is of a job. */
  claim(key: string): Claimed {
    const result = this.#results.get(key);
    const number = this.#inFlight.get(key);
    this.#results.delete(key);
    this.#inFlight.delete(key);
    if (result) return { kind: "done", ...result };
    return number === undefined ? { kind: "new", last: this.#lastNumbers.get(key) } : { kind: "in-flight", number };
  }

  /** Takes in a report on a job that was not claimed yet. @returns false where it is none. */
  takeIn(streamed: StreamedReport, report: Report | undefined): boolean {
    if (this.#inFlight.get(streamed.key) !== streamed.number) return false;
    if (report?.kind === "outcome") this.#results.set(streamed.key, { report: streamed, outcome: report.outcome });
    else this.#giveUp(streamed);
    return true;
  }

  /** Whether this is a result that waits to be claimed. */
  holds({ entry, key }: StreamedReport): boolean {
    return this.#results.get(key)?.report.entry === entry;
  }

  /** Attempts in flight that nobody has claimed. */
  inFlight(): Omit<Attempt, "run">[] {
    return [...this.#inFlight].map(([key, number]) => ({ key, number }));
  }

  #replay(streamed: StreamedReport): void {
    const { entry, key, number } = streamed;
    this.cursor = entry;
    const report = readReport(streamed);
    const expected = this.#inFlight.get(key);
    const earlier = this.#results.get(key)?.report.number ?? 0;
    // Of a job that is waited for only the newest attempt counts; of an accepted one the newest that answered.
    const wanted = expected === undefined ? number > earlier : number === expected && earlier === 0;
    if (report?.kind === "outcome" && wanted) this.#results.set(key, { report: streamed, outcome: report.outcome });
    else if (expected === number && report?.kind !== "outcome") this.#giveUp(streamed);
  }

  /** The attempt came to nothing: the next one takes the next number. */
  #giveUp({ key, number }: StreamedReport): void {
    this.#inFlight.delete(key);
    this.#lastNumbers.set(key, number);
  }
}

/** @returns undefined where it cannot be read. */
export function readReport({ report }: StreamedReport): Report | undefined {
  try {
    return decodeReport(report);
  } catch {
    return undefined;
  }
}

function toNumbers(hash: Record<string, string>): Map<string, number> {
  return new Map(Object.entries(hash).map(([key, number]) => [key, Number(number)]));
}
