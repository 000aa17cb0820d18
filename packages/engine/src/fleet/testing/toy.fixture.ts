/** A handler whose work is told by the architecture's text, and that leaves a trace of all that it did. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Job } from "@archwright/core/experiment";
import type { Handler } from "../../executor/index.ts";

/**
 * `wait:N` takes N ms. The score is the trial's number.
 *
 * @param trace file to which the number of every trial is appended when it is begun.
 */
export function createToyHandler(trace: string): Handler {
  return {
    async run(job) {
      appendFileSync(trace, `${job.trial}\n`);
      const [, milliseconds] = job.architecture.split(":");
      await delay(Number(milliseconds));
      return { kind: "evaluated", score: job.trial, weights: Float32Array.of(job.trial, 0.5), seconds: 0 };
    },
  };
}

/** Trials in the order in which they were begun. */
export function readTrace(trace: string): number[] {
  return existsSync(trace) ? readFileSync(trace, "utf8").split("\n").slice(0, -1).map(Number) : [];
}

export function toyJob(trial: number, architecture: string): Job {
  return { kind: "evaluate", trial, architecture, fidelity: { epochs: 1 }, seed: 0 };
}
