import type { Failure } from "@archwright/core/base";
import { memoryMark } from "./watchdog.ts";

/** How a child process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote. */
  readonly output: string;
  /** It was ended for a time limit of so many milliseconds. */
  readonly timeLimitMs?: number;
}

/** What a job's failure is called when its process ended under it. */
export function failureOfEnding(ending: Ending, memoryLimitBytes: number): Failure {
  const limit = `the memory limit of ${Math.round(memoryLimitBytes / 1024 ** 2)} MiB`;
  // Before the time limit, which may have been reached while the system took the memory back.
  if (ending.output.includes(memoryMark)) return { code: "out-of-memory", message: `the process grew over ${limit}` };
  if (ending.timeLimitMs !== undefined) {
    return { code: "timeout", message: `not done within the time limit of ${ending.timeLimitMs / 1000} s` };
  }
  if (ending.output.includes("heap out of memory"))
    return { code: "out-of-memory", message: `the JavaScript heap reached its share of ${limit}` };
  return { code: "crash", message: describeEnding(ending) };
}

/** For people: exit code or signal, and the last lines of output. */
export function describeEnding(ending: Ending): string {
  const how =
    ending.signal === null
      ? `ended with exit code ${ending.code}`
      : `was ended by ${ending.signal}${ending.signal === "SIGKILL" ? ", perhaps by the system for lack of memory" : ""}`;
  // Node's list of native frames says nothing to a user, and hides what was written before it.
  const told = ending.output.split("\n").filter((line) => line.trim() !== "" && !/^\s*\d+: 0x[0-9a-f]+ /.test(line));
  const lines = told.slice(-12).join("\n").slice(-1500);
  return `the worker process ${how}${lines === "" ? "" : `; it last wrote:\n${lines}`}`;
}
