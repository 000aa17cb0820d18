/** What becomes of a job whose attempt came to nothing: retried with backoff, quarantined, or failed. */
import type { Failure } from "@archwright/core/base";
import type { TrackedJob } from "./trackedJob.ts";

/** A candidate that kills this many workers is quarantined: from then on nothing else runs in a worker that has it. */
export const quarantineDeaths = 2;
/** How often a quarantined candidate is tried: more than once, so that unlucky machines do not fail it. */
export const isolatedAttempts = 3;
/** Attempts of a job that may come to nothing. */
export const maxFaults = 8;

export function isQuarantined({ deaths }: Pick<TrackedJob, "deaths">): boolean {
  return deaths.length >= quarantineDeaths;
}

/** `death`: its worker died while it ran. `fault`: anything else that is the job's or its worker's doing. `outage`: nobody's. */
export type AttemptLoss = "death" | "fault" | "outage";

export type RetryDecision = { readonly kind: "retry"; readonly delayMs: number } | { readonly kind: "failed"; readonly failure: Failure };

/** @param job with this loss already counted in `deaths` and `faults`. */
export function decideRetry({ deaths, faults }: Pick<TrackedJob, "deaths" | "faults">, loss: AttemptLoss): RetryDecision {
  if (loss === "outage") return { kind: "retry", delayMs: 0 };
  if (deaths.length >= quarantineDeaths + isolatedAttempts) {
    const message = `quarantined: ${deaths.length} workers died at this candidate, the last ${isolatedAttempts} with nothing else in hand: ${deaths.join(", ")}`;
    return { kind: "failed", failure: { code: "crash", message } };
  }
  if (faults >= maxFaults) {
    return { kind: "failed", failure: { code: "crash", message: `given up after ${faults} attempts that came to nothing` } };
  }
  return { kind: "retry", delayMs: faults <= 1 ? 0 : Math.min(60_000, 1_000 * 2 ** (faults - 2)) };
}
