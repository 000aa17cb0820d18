/** What the child processes of the benchmark do; see `Role`. Requests and answers go by IPC. */
import { Queue, QueueEvents, Worker } from "bullmq";
import type { Job, Outcome } from "@archwright/core/experiment";
import { setTimeout as delay } from "node:timers/promises";
import { createFleetExecutor, type FleetWorker, startFleetWorker } from "../../packages/engine/src/fleet/index.ts";
import type { Role } from "./programs.ts";

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

async function evaluate({ architecture, trial }: Job): Promise<Outcome> {
  const milliseconds = Number(/^sleep:([\d.]+)/.exec(architecture)?.[1]);
  if (milliseconds > 0) await delay(milliseconds);
  return { kind: "evaluated", accuracy: trial % 100, seconds: milliseconds / 1000 };
}

function fleetController(): Answers {
  let trial = 0;
  let runs = 0;
  return {
    /** Does `jobs` jobs of `sleepMs`; gives the seconds, and when each outcome came. */
    async jobs({ jobs, sleepMs, slots: wanted }) {
      const executor = createFleetExecutor({ connection, prefix, runKey: `run${runs++}`, experiment: { benchmark: true } });
      while (executor.slots < Number(wanted)) await delay(10);
      const start = performance.now();
      const cameAt: number[] = [];
      const before = process.cpuUsage();
      await Promise.all(
        Array.from({ length: Number(jobs) }, async () => {
          const mine = trial++;
          const outcome = await executor.run(jobOf(mine, Number(sleepMs)));
          if (outcome.kind !== "evaluated" || outcome.accuracy !== mine % 100) throw new Error(`wrong outcome: ${JSON.stringify(outcome)}`);
          cameAt.push(performance.now() - start);
        }),
      );
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(before);
      await executor.close();
      return { seconds, cameAt, cpu: (user + system) / 1e6 };
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

async function bullmqProducer(): Promise<Answers> {
  const queue = new Queue("noop", bullmq);
  const events = role.listens ? new QueueEvents("noop", bullmq) : undefined;
  await Promise.all([queue.waitUntilReady(), events?.waitUntilReady()]);
  return {
    /** Adds all jobs, in pieces of a thousand. Resolves when their results were heard of, or when all are added. */
    async jobs({ jobs }) {
      let left = Number(jobs);
      const heard = new Promise<void>((resolve) => {
        if (!events) return resolve();
        events.removeAllListeners("completed");
        events.on("completed", () => void (--left === 0 && resolve()));
      });
      for (let added = 0; added < Number(jobs); added += 1_000) {
        const count = Math.min(1_000, Number(jobs) - added);
        await queue.addBulk(Array.from({ length: count }, (_, i) => ({ name: "noop", data: { number: added + i }, opts: tidy })));
      }
      await heard;
    },
  };
}

async function bullmqWorker(): Promise<Answers> {
  let done = 0;
  const started = Array.from({ length: workers }, () => new Worker("noop", async () => void done++, { ...bullmq, ...tidyWorker, concurrency: slots }));
  await Promise.all(started.map((worker) => worker.waitUntilReady()));
  return { done: () => done };
}
const tidyWorker = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };

const roles: Readonly<Record<Role["role"], () => Answers | Promise<Answers>>> = {
  "fleet-controller": fleetController,
  "fleet-worker": fleetWorker,
  "fleet-imitation": fleetWorker,
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
