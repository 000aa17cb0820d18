/** Finds worker processes. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Worker processes that a program of this process id started and that are still there, whoever their parent is now. */
export function workersOf(pid: number): readonly string[] {
  // A worker's last argument is the process id of who started it.
  return commandLines().filter((line) => line.includes("workerMain") && line.endsWith(` ${pid}`));
}

function commandLines(): string[] {
  if (!existsSync("/proc/self/cmdline")) return execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" }).split("\n");
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => {
      try {
        return readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0").join(" ").trim();
      } catch {
        // It ended in the meantime.
        return "";
      }
    });
}
