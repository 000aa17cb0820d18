import type { Run, RunStatus } from "@archwright/core";

/** A run's status, with the lie found out of one that says it is running and whose process is gone. */
export function liveStatus({ status, pid }: Run): RunStatus | "killed" {
  return status !== "running" || (pid !== undefined && isAlive(pid)) ? status : "killed";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
