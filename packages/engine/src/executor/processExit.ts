/** How a child process ended, and what failure of its job that is. */
import type { Failure } from "@archwright/core/base";
import { memoryMark } from "./watchdog.ts";

/** As Node says it, with what is needed to explain it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote. */
  readonly output: string;
  /** It was ended for a time limit of so many milliseconds. */
  readonly timeLimitMs?: number;
}

/** What a job's failure is called when its process ended under it. */
export function failureOfExit(exit: ProcessExit, memoryLimitBytes: number): Failure {
  const limit = `the memory limit of ${Math.round(memoryLimitBytes / 1024 ** 2)} MiB`;
  // Before the time limit, which may have been reached while the system took the memory back.
  if (exit.output.includes(memoryMark)) return { code: "out-of-memory", message: `the process grew over ${limit}` };
  if (exit.timeLimitMs !== undefined) {
    return { code: "timeout", message: `not done within the time limit of ${exit.timeLimitMs / 1000} s` };
  }
  if (exit.output.includes("heap out of memory"))
    return { code: "out-of-memory", message: `the JavaScript heap reached its share of ${limit}` };
  return { code: "crash", message: describeExit(exit) };
}

/** For people: exit code or signal, and the last lines of output. */
export function describeExit(exit: ProcessExit): string {
  const how =
    exit.signal === null
      ? `ended with exit code ${exit.code}`
      : `was ended by ${exit.signal}${exit.signal === "SIGKILL" ? ", perhaps by the system for lack of memory" : ""}`;
  // Node's list of native frames says nothing to a user, and hides what was written before it.
  const told = exit.output.split("\n").filter((line) => line.trim() !== "" && !/^\s*\d+: 0x[0-9a-f]+ /.test(line));
  const lines = told.slice(-12).join("\n").slice(-1500);
  return `the worker process ${how}${lines === "" ? "" : `; it last wrote:\n${lines}`}`;
}
