/** What the child processes of the benchmark do; see `Role`. Requests and answers go by IPC. */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createQuickRng } from "@archwright/core/base";
import type { Job, Outcome } from "@archwright/core/experiment";
import { createFleetExecutor, type FleetWorker, startFleetWorker } from "@archwright/engine/fleet";
import { Queue, QueueEvents, Worker } from "bullmq";
import type { JobsAnswer, LoadAnswer, Role } from "./programs.ts";
import { simulateWorkers } from "./simulated.ts";

export interface Request {
  readonly id: number;
  readonly do: string;
  readonly [detail: string]: unknown;
}

type Answers = Readonly<Record<string, (request: Request) => Promise<unknown> | unknown>>;

const role = JSON.parse(process.argv[2] ?? "{}") as Role;
const { connection, prefix, slots = 1, workers = 1 } = role;
const bullmq = { connection: { host: connection.host, port: connection.port }, prefix };
const tidy = { removeOnComplete: true, removeOnFail: true } as const;

/** A job that sleeps; what stands for an architecture is as long as those of the spaces. */
function jobOf(trial: number, sleepMs: number): Job {
  const architecture = `sleep:${sleepMs}|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|`;
  return { kind: "evaluate", trial, architecture, fidelity: { epochs: 1 }, seed: 0 };
}

/** Box and Muller 1958; no further out than two deviations, so that no single job is what a short run waits for. */
function gaussian(rng: { next(): number }): number {
  const value = Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
  return Math.abs(value) <= 2 ? value : gaussian(rng);
}

/** The score is the time at which it was done, so that whoever hears of it knows how long that took. */
async function evaluate({ architecture }: Job): Promise<Outcome> {
  const milliseconds = Number(/^sleep:([\d.]+)/.exec(architecture)?.[1]);
  if (milliseconds > 0) await delay(milliseconds);
  return { kind: "evaluated", score: performance.timeOrigin + performance.now(), seconds: milliseconds / 1000 };
}

/** Jobs that are asked for at once: more than a fleet takes. */
const lanes = 4_000;

function fleetController(): Answers {
  let trial = 0;
  let runs = 0;
  async function open(slotsWanted: number) {
    const events: Record<string, number> = {};
    const executor = createFleetExecutor({
      connection,
      prefix,
      runKey: `run${runs++}`,
      experiment: { benchmark: true },
      onEvent: ({ kind }) => {
        events[kind] = (events[kind] ?? 0) + 1;
      },
    });
    while (executor.slots < slotsWanted) await delay(10);
    return { executor, events };
  }
  return {
    /** Does `jobs` jobs, `sleepMs` long (the median, where `sigma` spreads them as a lognormal distribution does). */
    async jobs({ jobs, sleepMs, sigma = 0, slots: wanted }): Promise<JobsAnswer> {
      const { executor, events } = await open(Number(wanted));
      const rng = createQuickRng(0);
      const lengths = Array.from({ length: Number(jobs) }, () => Number(sleepMs) * Math.exp(Number(sigma) * gaussian(rng)));
      const deliveryMs: number[] = [];
      const before = process.cpuUsage();
      const start = performance.now();
      let next = 0;
      await Promise.all(
        Array.from({ length: Math.min(lanes, lengths.length) }, async () => {
          while (next < lengths.length) {
            const outcome = await executor.run(jobOf(trial++, lengths[next++] ?? 0));
            if (outcome.kind !== "evaluated") throw new Error(`wrong outcome: ${JSON.stringify(outcome)}`);
            deliveryMs.push(performance.timeOrigin + performance.now() - outcome.score);
          }
        }),
      );
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(before);
      await executor.close();
      const sleptSeconds = lengths.reduce((sum, length) => sum + length, 0) / 1000;
      return { seconds, cpuSeconds: (user + system) / 1e6, sleptSeconds, deliveryMs, events };
    },
    /** Always has more jobs than the workers can do. Watches for `windowMs`, after `warmMs`. */
    async load({ sleepMs, sigma, slots: wanted, warmMs, windowMs }): Promise<LoadAnswer> {
      // Some may have died already.
      const { executor, events } = await open(0.98 * Number(wanted));
      const rng = createQuickRng(0);
      let deliveryMs: number[] = [];
      let sleptMs = 0;
      let jobs = 0;
      let wrong = 0;
      let over = false;
      const lane = async () => {
        while (!over) {
          const length = Number(sleepMs) * Math.exp(Number(sigma) * gaussian(rng));
          const mine = trial++;
          const outcome = await executor.run(jobOf(mine, length));
          const failed = isDoomed(mine);
          if (outcome.kind !== (failed ? "failed" : "evaluated")) wrong++;
          if (outcome.kind === "evaluated") deliveryMs.push(performance.timeOrigin + performance.now() - outcome.score);
          sleptMs += length;
          jobs++;
        }
      };
      for (let i = 0; i < 3 * Number(wanted) + lanes; i++) lane().catch(() => {});
      await delay(Number(warmMs));
      for (const kind of Object.keys(events)) delete events[kind];
      [deliveryMs, sleptMs, jobs] = [[], 0, 0];
      const late = monitorEventLoopDelay({ resolution: 5 });
      late.enable();
      const before = process.cpuUsage();
      const start = performance.now();
      await delay(Number(windowMs));
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(before);
      late.disable();
      const answer = { seconds, jobs, cpuSeconds: (user + system) / 1e6, sleptSeconds: sleptMs / 1000, deliveryMs, wrong, events };
      over = true;
      await executor.close();
      return { ...answer, lateMs: late.percentile(99) / 1e6 - 5 };
    },
  };
}

async function fleetWorker(): Promise<Answers> {
  const started: FleetWorker[] = Array.from({ length: workers }, (_, i) =>
    startFleetWorker({
      connection,
      prefix,
      slots,
      name: `worker-${i}`,
      devices: [],
      createPool: () => ({ slots, run: evaluate, close: async () => {} }),
    }),
  );
  await Promise.all(started.map(({ ready }) => ready));
  return {};
}

/** One candidate in a hundred fails. */
const isDoomed = (trial: number) => trial % 100 === 99;

async function simulatedWorkers(): Promise<Answers> {
  const { lifetimeMs = 3_600_000, downMs = 30_000 } = role;
  const rng = createQuickRng(1);
  const random = () => rng.next();
  const failure = { code: "not-finite", message: "the loss is NaN" } as const;
  const evaluateOrFail = async (job: Job): Promise<Outcome> => {
    const outcome = await evaluate(job);
    return isDoomed(job.trial) ? { kind: "failed", failure, seconds: 0 } : outcome;
  };
  await simulateWorkers({ connection, prefix, workers, lifetimeMs, downMs, evaluate: evaluateOrFail, random, light: role.light === true });
  return {};
}

async function bullmqProducer(): Promise<Answers> {
  const queue = new Queue("noop", bullmq);
  const events = role.listens ? new QueueEvents("noop", bullmq) : undefined;
  await Promise.all([queue.waitUntilReady(), events?.waitUntilReady()]);
  return {
    /** Adds all jobs, in pieces of a thousand. Resolves when their results were heard of, or when all are added. */
    async jobs({ jobs, sleepMs }) {
      let left = Number(jobs);
      const heard = new Promise<void>((resolve) => {
        if (!events) return resolve();
        events.removeAllListeners("completed");
        events.on("completed", () => void (--left === 0 && resolve()));
      });
      for (let added = 0; added < Number(jobs); added += 1_000) {
        const count = Math.min(1_000, Number(jobs) - added);
        await queue.addBulk(
          Array.from({ length: count }, (_, i) => ({
            name: "noop",
            data: { number: added + i, ...(sleepMs ? { sleepMs } : {}) },
            opts: tidy,
          })),
        );
      }
      await heard;
    },
  };
}

async function bullmqWorker(): Promise<Answers> {
  let done = 0;
  const started = Array.from(
    { length: workers },
    () =>
      new Worker(
        "noop",
        async ({ data }) => {
          if (data.sleepMs) await delay(data.sleepMs);
          done++;
        },
        { ...bullmq, ...tidyWorker, concurrency: slots },
      ),
  );
  await Promise.all(started.map((worker) => worker.waitUntilReady()));
  return { done: () => done };
}
const tidyWorker = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };

const roles: Readonly<Record<Role["role"], () => Answers | Promise<Answers>>> = {
  "fleet-controller": fleetController,
  "fleet-worker": fleetWorker,
  "simulated-workers": simulatedWorkers,
  "bullmq-producer": bullmqProducer,
  "bullmq-worker": bullmqWorker,
};

const answers = roles[role.role]();
process.on("message", async (request: Request) => {
  const all = await answers;
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const known: Answers = { ready: () => true, cpu, exit: () => void setTimeout(() => process.exit(0), 100), ...all };
  process.send?.({ id: request.id, answer: await known[request.do]?.(request) });
});
process.on("disconnect", () => process.exit(0));
