/** Which process runs a run, and whether it still does. */
import { hostname } from "node:os";
import type { Run, RunOwner, RunStatus } from "@archwright/core";
import { isOfOtherNamespace, processStart } from "./processStart.ts";

/** This process, as a run names it. */
export function thisProcess(): RunOwner {
  const start = processStart(process.pid);
  return { pid: process.pid, host: hostname(), ...(typeof start === "object" ? { start: start.at } : {}) };
}

/**
 * Whether a run's process still runs; `unknown` where this machine cannot tell. A process of the same number that started at
 * another time is another process.
 */
export function ownerState(owner: RunOwner | undefined): "alive" | "gone" | "unknown" {
  if (owner === undefined) return "gone";
  const { pid, host, start } = owner;
  if (host !== undefined && host !== hostname()) return "unknown";
  if (start !== undefined && isOfOtherNamespace(start)) return "unknown";
  const now = processStart(pid);
  if (now === "gone") return "gone";
  if (start === undefined || now === undefined) return "unknown";
  return start === now.at ? "alive" : "gone";
}

/** A run's status, where one that says it is running and whose process is gone is `killed`. */
export function liveStatus({ status, owner }: Pick<Run, "status" | "owner">): RunStatus | "killed" {
  return status === "running" && ownerState(owner) === "gone" ? "killed" : status;
}

/** The process of a run, for messages. */
export function describeOwner({ pid, host }: RunOwner): string {
  return `process ${pid}${host === undefined || host === hostname() ? "" : ` on ${host}`}`;
}
