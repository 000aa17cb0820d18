/** Runs a training program: gives it its job, takes its lines, and holds it to its limits. */
import { CandidateError, type FailureCode, formatQuantity } from "@archwright/core/base";
import { type Command, expectedLine } from "@archwright/core/experiment";
import { memoryOf, type ProcessGroup, type ProgramExit, startGroup } from "./processGroup.ts";

export interface ProgramOptions {
  readonly command: Command;
  readonly folder: string;
  /** Beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What it finds on its standard input. */
  readonly request: string;
  readonly limits: { readonly timeMs: number; readonly memoryBytes: number };
  /** How long a program may take to end after its last word. */
  readonly graceMs?: number;
  /**
   * Told of each line that is not blank, as it comes. What it throws is the failure of the candidate.
   * @param number counts from 1, blank lines included.
   * @returns `end` where the program has nothing more to say, `stop` where it is to be stopped at once.
   */
  readonly onLine: (text: string, number: number) => "go on" | "end" | "stop";
}

/** A line may have so many bytes, and the whole output of an evaluation. */
const mostLine = 2 ** 20;
const mostOutput = 2 ** 25;
/** So much of standard error is kept, and shown. */
const keptError = 16_384;
const shownLines = 12;
const shownError = 2_000;
const memoryEveryMs = 200;
/** How long a program's pipes may take to close after its end. */
const closeMs = 2_000;

/** How long before the worker's own limit a program is ended, so that there is somebody left who can say what it wrote. */
const sooner = (timeMs: number) => Math.max(0.9 * timeMs, timeMs - 500);

/**
 * Runs a program to its end; resolves where it ended well, or was told to stop. Nothing of it is left then.
 * @throws CandidateError with the end of its standard error: `timeout`, `out-of-memory`, `crash` for any other end than exit code 0,
 * `bad-output` for more than it may write or what is not UTF-8, and whatever `onLine` throws.
 */
export async function runProgram(options: ProgramOptions): Promise<void> {
  const { limits, graceMs = 10_000 } = options;
  const group = startGroup(options.command, {
    folder: options.folder,
    // Python would keep lines back until it has many.
    environment: { PYTHONUNBUFFERED: "1", ...process.env, ...options.environment },
  });
  const errors = keepEnd(group);
  let failure: unknown;
  let stopped = false;
  let grace: NodeJS.Timeout | undefined;
  const fail = (error: unknown) => {
    failure ??= error;
    group.kill();
  };
  const stop = () => {
    stopped = true;
    group.kill();
  };
  const timer = setTimeout(() => {
    fail(new CandidateError("timeout", `the program was not done within the time limit of ${limits.timeMs / 1000} s (limits.trial_time)`));
  }, sooner(limits.timeMs));
  const watch = setInterval(() => {
    const used = group.id === undefined ? undefined : memoryOf(group.id, limits.memoryBytes);
    if (used === undefined || used <= limits.memoryBytes) return;
    const [has, limit] = [used, limits.memoryBytes].map((bytes) => formatQuantity(bytes, "memory"));
    fail(
      new CandidateError("out-of-memory", `the program and what it started took ${has}, and the limit is ${limit} (limits.trial_memory)`),
    );
  }, memoryEveryMs);

  const lines = readLines(group, (text, number) => {
    if (failure !== undefined || stopped) return;
    const next = options.onLine(text, number);
    if (next === "stop") stop();
    else if (next === "end") grace ??= setTimeout(stop, graceMs);
  }).catch(fail);
  group.stdin.end(options.request);
  const exit = await group.exited;
  for (const timed of [timer, watch, grace]) clearTimeout(timed);
  // What it has started, and left behind.
  group.kill();
  await Promise.race([Promise.all([lines, group.closed]), new Promise((resolve) => setTimeout(resolve, closeMs).unref())]);
  if (stopped && failure === undefined) return;
  failure ??= failureOfExit(exit);
  if (failure !== undefined) throw withErrors(failure, errors());
}

/** Adds the end of its standard error to what went wrong with a program that has ended. */
export function withErrors(error: unknown, written: string): unknown {
  if (!(error instanceof CandidateError) || written === "") return error;
  return new CandidateError(error.code, `${error.message}; on standard error it last wrote:\n${written}`, { cause: error });
}

function failureOfExit({ code, signal, error }: ProgramExit): CandidateError | undefined {
  const failed = (how: string, why: FailureCode = "crash") => new CandidateError(why, `the program ${how}; expected: exit code 0`);
  if (error) return failed(`could not be started (${error.message})`);
  if (signal !== null) return failed(`was ended by ${signal}${signal === "SIGKILL" ? ", perhaps by the system for lack of memory" : ""}`);
  if (code === 127) return failed("was not found (exit code 127)");
  if (code === 126) return failed("is nothing that can be run (exit code 126)");
  return code === 0 ? undefined : failed(`ended with exit code ${code}`);
}

/** Splits what a program writes into lines. Rejects with the first thing that is wrong with them, or that `onLine` throws. */
function readLines({ stdout }: ProcessGroup, onLine: (text: string, number: number) => void): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const flooded = (what: string) => new CandidateError("bad-output", `${what}; expected: ${expectedLine}`);
  return new Promise((resolve, reject) => {
    let pieces: Buffer[] = [];
    let pending = 0;
    let total = 0;
    let number = 0;
    let over = false;
    const guard = (act: () => void) => {
      if (over) return;
      try {
        act();
      } catch (error) {
        over = true;
        reject(error);
      }
    };
    const take = (bytes: Uint8Array) => {
      number++;
      let text: string;
      try {
        text = decoder.decode(bytes);
      } catch {
        throw flooded(`line ${number} of the program's standard output is not UTF-8`);
      }
      if (text.trim() !== "") onLine(text, number);
    };
    stdout.on("data", (chunk: Buffer) =>
      guard(() => {
        total += chunk.length;
        if (total > mostOutput) throw flooded(`the program wrote more than ${formatQuantity(mostOutput, "memory")} to its standard output`);
        let from = 0;
        for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
          take(Buffer.concat([...pieces, chunk.subarray(from, end)]));
          [pieces, pending, from] = [[], 0, end + 1];
        }
        pieces.push(chunk.subarray(from));
        pending += chunk.length - from;
        if (pending > mostLine) {
          throw flooded(`line ${number + 1} of the program's standard output is longer than ${formatQuantity(mostLine, "memory")}`);
        }
      }),
    );
    stdout.on("error", reject);
    stdout.on("close", () => {
      // A last line need not end.
      guard(() => {
        if (pending > 0) take(Buffer.concat(pieces));
      });
      resolve();
    });
  });
}

/** Keeps the end of what a program writes to standard error. @returns the last lines of it. */
function keepEnd({ stderr }: ProcessGroup): () => string {
  let kept = Buffer.alloc(0);
  stderr.on("data", (chunk: Buffer) => {
    const all = Buffer.concat([kept, chunk]);
    kept = all.length > keptError ? Buffer.from(all.subarray(-keptError)) : all;
  });
  stderr.on("error", () => {});
  return () => {
    // Bars that draw themselves again and again end in a carriage return.
    const lines = kept.toString("utf8").split(/\r\n|[\n\r]/);
    const told = lines.map((line) => line.replace(/[\p{Cc}\ufffd]/gu, (sign) => (sign === "\t" ? " " : "")).trimEnd());
    return told
      .filter((line) => line !== "")
      .slice(-shownLines)
      .join("\n")
      .slice(-shownError);
  };
}
