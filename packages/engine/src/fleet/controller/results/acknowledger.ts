/** Acknowledges reports in Redis: which were accepted or discarded, and which entries of the stream may be deleted. */
import type { Redis } from "ioredis";
import type { Keys } from "../../protocol/keys.ts";
import type { StreamedReport } from "../../protocol/resultStream.ts";

/**
 * Accepted reports stay in Redis for a while: a controller that is killed before its results are stored finds them
 * again. So many, and so many characters of them.
 */
const keptReports = 1_000;
const keptCharacters = 32 * 1024 ** 2;
/** Of so many jobs at least the accepted attempt is remembered, to tell a report delivered twice from a stale one. */
const rememberedJobs = 10_000;

/** An entry of the stream, of which some reports are settled. It is deleted as a whole, so not before all are. */
interface SettledEntry {
  readonly reportsInEntry: number;
  /** Those that were accepted or discarded. */
  readonly attempts: Set<string>;
  accepted: number;
  characters: number;
}

/** Commands of one batch go together, and nobody waits for them. */
export class Acknowledger {
  readonly #redis: Redis;
  readonly #outstanding: string;
  readonly #stream: string;
  readonly #entries = new Map<string, SettledEntry>();
  /** Job → number of its accepted attempt, in two generations, of which the older is forgotten as a whole. */
  #numbers = new Map<string, number>();
  #olderNumbers = new Map<string, number>();
  #accepted = 0;
  #characters = 0;
  /** What the next flush deletes: jobs that are waited for no more, and entries that are of no use. */
  #answeredJobs: string[] = [];
  #uselessEntries: string[] = [];
  #lastFlush: Promise<unknown> = Promise.resolve();

  constructor(redis: Redis, keys: Keys, run: string) {
    this.#redis = redis;
    this.#outstanding = keys.outstanding(run);
    this.#stream = keys.results(run);
  }

  accept(report: StreamedReport): void {
    const characters = report.report.length;
    const entry = this.#settle(report);
    entry.accepted++;
    entry.characters += characters;
    this.#accepted++;
    this.#characters += characters;
    this.#answeredJobs.push(report.key);
    this.#numbers.set(report.key, report.number);
    if (this.#numbers.size < rememberedJobs) return;
    this.#olderNumbers = this.#numbers;
    this.#numbers = new Map();
  }

  /** A report that is of no use. */
  discard(report: StreamedReport): void {
    const entry = this.#settle(report);
    if (entry.accepted === 0 && isComplete(entry)) this.#drop(report.entry, entry);
  }

  /** A job that gets its outcome from the controller, and is waited for no more. */
  giveUp(key: string): void {
    this.#answeredJobs.push(key);
  }

  /** Whether this was accepted or discarded, and its entry still stands in the stream. */
  isSettled({ entry, key, number }: StreamedReport): boolean {
    return this.#entries.get(entry)?.attempts.has(`${key}.${number}`) === true;
  }

  /** Of the attempt that was accepted for this job, if that is still known. */
  numberOf(key: string): number | undefined {
    return this.#numbers.get(key) ?? this.#olderNumbers.get(key);
  }

  /** Tells Redis of everything since the last flush. */
  flush(): void {
    for (const [id, entry] of this.#entries) {
      if (this.#accepted <= keptReports && this.#characters <= keptCharacters) break;
      if (entry.accepted > 0 && isComplete(entry)) this.#drop(id, entry);
    }
    const [answered, useless] = [this.#answeredJobs, this.#uselessEntries];
    if (answered.length === 0 && useless.length === 0) return;
    this.#answeredJobs = [];
    this.#uselessEntries = [];
    this.#lastFlush = Promise.allSettled([
      ...(answered.length > 0 ? [this.#redis.hdel(this.#outstanding, ...answered)] : []),
      ...(useless.length > 0 ? [this.#redis.xdel(this.#stream, ...useless)] : []),
    ]);
  }

  /** Resolves when Redis has been told of everything. */
  async settled(): Promise<void> {
    this.flush();
    await this.#lastFlush;
  }

  #settle({ entry: id, key, number, reportsInEntry }: StreamedReport): SettledEntry {
    const entry = this.#entries.get(id) ?? { reportsInEntry, attempts: new Set(), accepted: 0, characters: 0 };
    this.#entries.set(id, entry);
    entry.attempts.add(`${key}.${number}`);
    return entry;
  }

  #drop(id: string, entry: SettledEntry): void {
    this.#entries.delete(id);
    this.#accepted -= entry.accepted;
    this.#characters -= entry.characters;
    this.#uselessEntries.push(id);
  }
}

function isComplete({ attempts, reportsInEntry }: SettledEntry): boolean {
  return attempts.size >= reportsInEntry;
}
