/** Decides whether the run can go on when workers refuse its jobs. */
import { InputError } from "@archwright/core/base";
import type { Report } from "../../protocol/codec.ts";
import type { TrackedJob } from "../jobs/trackedJob.ts";
import type { FleetSnapshot } from "./fleetSnapshot.ts";

/** So often is one job sent again, where some workers refuse it and others may not. */
const maxRefusals = 20;

/** The report of a worker that refuses a job. */
export type Refused = Report & { readonly kind: "refused" };

export class RefusalPolicy {
  /** Worker → why it refuses the jobs of this run. */
  readonly #reasons = new Map<string, Error>();

  /** A worker has done a job, so it can. */
  accepted(worker: string): void {
    this.#reasons.delete(worker);
  }

  /** @returns why the run cannot go on, where it cannot: all workers refuse, or one job was refused too often. */
  refused(tracked: TrackedJob, worker: string, { code, message, input }: Refused, snapshot: FleetSnapshot | undefined): Error | undefined {
    const reason = input ? new InputError(message) : new Error(message);
    // A worker of another version leaves by itself; the others stay, and are asked again only if someone else may do it.
    if (code !== "version") this.#reasons.set(worker, reason);
    const there = [...(snapshot?.workers.values() ?? [])].filter(({ draining }) => !draining);
    const nobodyIsLeft = this.#reasons.has(worker) && there.every(({ id }) => this.#reasons.has(id));
    return nobodyIsLeft || ++tracked.refusals > maxRefusals ? reason : undefined;
  }
}
