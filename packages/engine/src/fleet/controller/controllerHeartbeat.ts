/** The controller's own heartbeat: `queue status` shows it, and what belongs to the run does not expire while it beats. */
import { hostname } from "node:os";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { Keys } from "../protocol/keys.ts";
import type { RunState } from "./run/runState.ts";

/** `waiting`: jobs that wait in the controller; `given`: those in flight. */
export const controllerHeartbeatSchema = z.object({
  /** Of the run, for people. */
  name: z.string(),
  host: z.string(),
  pid: z.number(),
  waiting: z.number(),
  given: z.number(),
});
type ControllerBeat = z.infer<typeof controllerHeartbeatSchema>;

export interface ControllerHeartbeatOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly run: string;
  /** The run's, for people. */
  readonly name: string;
  readonly runState: RunState;
  readonly counts: () => { readonly waiting: number; readonly inFlight: number };
}

const beatMs = 1_000;
const prolongMs = 60_000;

/** @returns what is to be called again and again; it writes when the time has come. */
export function createControllerHeartbeat({ redis, keys, run, name, runState, counts }: ControllerHeartbeatOptions): () => void {
  let beatAt = Number.NEGATIVE_INFINITY;
  let prolongedAt = Number.NEGATIVE_INFINITY;

  function beat(): void {
    const { waiting, inFlight } = counts();
    const told: ControllerBeat = { name, host: hostname(), pid: process.pid, waiting, given: inFlight };
    redis
      .multi()
      .sadd(keys.runs, run)
      .set(keys.controller(run), JSON.stringify(told), "PX", 5 * beatMs)
      .exec()
      .catch(() => {});
  }

  return () => {
    const now = performance.now();
    if (now - beatAt > beatMs) {
      beatAt = now;
      beat();
    }
    if (now - prolongedAt > prolongMs) {
      prolongedAt = now;
      runState.prolong();
    }
  };
}
