/** Counts what a worker does, for Prometheus. */
import type { Executor } from "@archwright/core";
import type { FleetWorkerStatus } from "@archwright/engine";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** From a measurement of a tiny network to an hour of training. */
const secondsBuckets = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600];

export interface WorkerMetrics {
  /** The same executor, whose jobs are timed. */
  timed(executor: Executor): Executor;
  /** Prometheus' text format. */
  text(): Promise<string>;
  /** Of it, how long jobs took. */
  seconds(): Promise<string>;
  readonly contentType: string;
}

/** A worker's numbers for Prometheus. @param status asked when they are read. */
export function createWorkerMetrics(status: () => FleetWorkerStatus): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  new Counter({
    name: "archwright_jobs_total",
    help: "Attempts that this worker was given, by what became of them",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(status().counts)) this.inc({ outcome }, count);
    },
  });
  const gauge = (name: string, help: string, value: (status: FleetWorkerStatus) => number) =>
    new Gauge({
      name: `archwright_${name}`,
      help,
      registers,
      collect() {
        this.set(value(status()));
      },
    });
  gauge("in_hand", "Attempts that this worker is at, or that wait in it", ({ inHand }) => inHand.length);
  gauge("slots", "Jobs that this worker does at once", ({ slots }) => slots);
  gauge("untaken_results", "Results that no controller has taken yet", ({ untaken }) => untaken);
  gauge("redis_away", "1 while the Redis cannot be reached", ({ redis }) => (redis === "away" ? 1 : 0));
  gauge("draining", "1 while this worker takes no new jobs", ({ draining }) => (draining ? 1 : 0));
  const seconds = new Histogram({
    name: "archwright_job_seconds",
    help: "How long jobs took in their process",
    labelNames: ["kind"],
    buckets: secondsBuckets,
    registers,
  });

  return {
    timed: (executor) => ({
      get slots() {
        return executor.slots;
      },
      async run(job) {
        const stop = seconds.startTimer({ kind: job.kind });
        try {
          return await executor.run(job);
        } finally {
          stop();
        }
      },
      close: () => executor.close(),
    }),
    text: () => registry.metrics(),
    seconds: () => registry.getSingleMetricAsString("archwright_job_seconds"),
    contentType: registry.contentType,
  };
}
