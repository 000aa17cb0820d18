import { InputError } from "@archwright/core/base";
import type { Report } from "../protocol/codec.ts";
import type { View } from "../protocol/workerRegistry.ts";
import type { Tracked } from "./jobs.ts";

/** So often is one job given out again, where some workers would not do it and others may. */
const maxRefusals = 20;

/** Which workers will not do the work, and whether that leaves anybody. */
export function createRefusals() {
  const reasons = new Map<string, Error>();
  return {
    /** A worker has done something, so it can. */
    accepted: (worker: string) => void reasons.delete(worker),
    /** @returns why the run cannot go on, where it cannot: all workers refuse, or one job was refused too often. */
    refused(tracked: Tracked, worker: string, report: Report & { kind: "refused" }, view: View | undefined): Error | undefined {
      const { code, message, input } = report;
      const reason = input ? new InputError(message) : new Error(message);
      // A worker of another version leaves by itself; the others stay, and are asked again only if someone else may do it.
      if (code !== "version") reasons.set(worker, reason);
      const there = [...(view?.workers.values() ?? [])].filter(({ draining }) => !draining);
      const nobodyIsLeft = reasons.has(worker) && there.every(({ id }) => reasons.has(id));
      return nobodyIsLeft || ++tracked.refusals > maxRefusals ? reason : undefined;
    },
  };
}
