/** When a process started, to tell it from a later one of the same number. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/** When a process started, as text to be compared; `gone` where there is no such process, undefined where this machine does not say. */
export type ProcessStart = { readonly at: string } | "gone" | undefined;

/**
 * Linux: boot, namespace of process numbers, and ticks since the boot (field 22 of `/proc/PID/stat`, proc_pid_stat(5)).
 * Elsewhere: what `ps -o lstart=` says (macOS, BSD). Windows has neither, and its processes are never told apart by it.
 */
export function processStart(pid: number): ProcessStart {
  if (!exists(pid)) return "gone";
  return process.platform === "linux" ? linuxStart(pid) : psStart(pid);
}

/** Whether a start was recorded in another namespace of process numbers (another container) since this boot: its numbers mean nothing here. */
export function isOfOtherNamespace(start: string): boolean {
  const [boot, namespace] = start.split(" ");
  return process.platform === "linux" && boot === bootId() && namespace !== pidNamespace();
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function linuxStart(pid: number): ProcessStart {
  const stat = readOrNothing(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], fields[19]];
  // It has ended, and nobody has asked yet how.
  if (state === "Z" || state === "X") return "gone";
  return { at: `${bootId()} ${pidNamespace()} ${ticks}` };
}

function bootId(): string {
  return readOrNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ?? "";
}

function pidNamespace(): string {
  return readOrNothing(() => readlinkSync("/proc/self/ns/pid")) ?? "";
}

function psStart(pid: number): ProcessStart {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const run = () =>
    execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] });
  const at = readOrNothing(run)?.trim();
  return at === undefined || at === "" ? undefined : { at };
}

function readOrNothing(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
