/** How busy workers are kept, by their number, and what a thousand simulated ones cost. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { startRedis } from "../../packages/engine/src/fleet/testing/redis.fixture.ts";
import { limitCpu } from "./cpuShare.ts";
import {
  type JobsAnswer,
  type LoadAnswer,
  openClient,
  type Program,
  printTable,
  quantile,
  redisCpuSeconds,
  startProgram,
} from "./programs.ts";

interface Observed extends JobsAnswer {
  readonly slots: number;
  /** Processor seconds a second. */
  readonly controllerShare: number;
  readonly redisShare: number;
  readonly workersShare: number;
}

interface Plan {
  /** Workers of one slot each. */
  readonly workers: number;
  readonly jobs: number;
  /** Median length. */
  readonly sleepMs: number;
  /** Of the logarithm of the length. */
  readonly sigma?: number;
  /** Seconds after which this many of the workers are killed. They come again a little later. */
  readonly kill?: { readonly workers: number; readonly afterSeconds: number };
}

/** Workers as they are, several in a process, that sleep instead of training; a controller and a Redis of their own. */
async function observe({ workers, jobs, sleepMs, sigma = 0, kill }: Plan): Promise<Observed> {
  const redis = await startRedis("none", ["--maxclients", "20000"]);
  const client = openClient(redis.address);
  const role = { role: "fleet-worker", connection: redis.address, prefix: "workers", slots: 1 } as const;
  const mortal = kill?.workers ?? 0;
  const processes = Math.min(4, workers - mortal);
  const share = (i: number) => Math.floor(((i + 1) * (workers - mortal)) / processes) - Math.floor((i * (workers - mortal)) / processes);
  const sizes = [...Array.from({ length: processes }, (_, i) => share(i)), ...(mortal > 0 ? [mortal] : [])];
  const starting = sizes.map((size) => startProgram({ ...role, workers: size }));
  const controller = await startProgram({ ...role, role: "fleet-controller" });
  const programs: Program[] = await Promise.all(starting);
  const cost = async () => ({
    redis: await redisCpuSeconds(client),
    workers: (await Promise.all(programs.slice(0, processes).map((program) => program.cpuSeconds()))).reduce((sum, each) => sum + each, 0),
  });
  const before = await cost();
  const answer = controller.ask<JobsAnswer>({ do: "jobs", jobs, sleepMs, sigma, slots: workers });
  if (kill) {
    await delay(kill.afterSeconds * 1000);
    programs.pop()?.kill();
    programs.push(await startProgram({ ...role, workers: mortal }));
  }
  const done = await answer;
  console.error(`${workers} workers: ${jobs} jobs in ${done.seconds.toFixed(1)} s`);
  const after = await cost();
  for (const program of [...programs, controller]) program.kill();
  client.disconnect();
  await redis.dispose();
  return {
    ...done,
    slots: workers,
    controllerShare: done.cpuSeconds / done.seconds,
    redisShare: (after.redis - before.redis) / done.seconds,
    workersShare: (after.workers - before.workers) / done.seconds,
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const efficiency = ({ sleptSeconds, seconds, slots }: Observed) => sleptSeconds / (seconds * slots);

/** How much of their time workers sleep, as they should. Reference: the same sleeps in one process, with nothing to fetch them from. */
export async function measureScaling(counts: readonly number[], jobsEach: number, sleepMs: number): Promise<void> {
  const rows: string[][] = [];
  for (const workers of counts) {
    const observed = await observe({ workers, jobs: workers * jobsEach, sleepMs });
    const start = performance.now();
    const lane = async () => {
      for (let i = 0; i < jobsEach; i++) await delay(sleepMs);
    };
    await Promise.all(Array.from({ length: workers }, lane));
    const bare = (jobsEach * sleepMs) / (performance.now() - start);
    rows.push([
      String(workers),
      percent(efficiency(observed)),
      percent(bare),
      percent(efficiency(observed) / bare),
      observed.seconds.toFixed(2),
    ]);
  }
  console.log(`${jobsEach} jobs of ${sleepMs} ms for each worker: time slept / (time × workers)`);
  printTable(["workers", "fleet", "bare timers", "ratio", "seconds"], rows);
}

/** The controller beside ever more workers, some of which die; jobs are as unequal as training is. */
export async function measureMany(counts: readonly number[], jobsEach: number, sleepMs: number): Promise<void> {
  console.log(
    `Jobs of ${sleepMs} ms (median; lognormal, sigma 0.5), ${jobsEach} for each worker; every hundredth worker is killed and comes again`,
  );
  for (const workers of counts) {
    const kill = { workers: Math.max(1, Math.round(workers / 100)), afterSeconds: sleepMs / 500 };
    const observed = await observe({ workers, jobs: workers * jobsEach, sleepMs, sigma: 0.5, kill });
    const { seconds, deliveryMs, events } = observed;
    const row = [
      String(workers),
      (deliveryMs.length / seconds).toFixed(1),
      percent(observed.controllerShare),
      percent(observed.redisShare),
      percent(observed.workersShare),
      percent(efficiency(observed)),
      ...[0.5, 0.95, 0.99].map((share) => quantile(deliveryMs, share).toFixed(0)),
      `${events["job-lost"] ?? 0} / ${events["worker-lost"] ?? 0}`,
    ];
    // At once, because many workers take long.
    printTable(
      ["workers", "jobs/s", "controller", "Redis", "all workers", "slept", "outcome after ms: 50 %", "95 %", "99 %", "lost jobs / workers"],
      [row],
    );
  }
}

/** What a row of the simulation is: so many workers, and jobs of this median length. */
export interface Load {
  readonly workers: number;
  readonly sleepMs: number;
  /** Workers take their jobs without BullMQ, so that the machine is left to the controller. */
  readonly light?: boolean;
  /** Of one core, for the controller; all of it where nothing is said. */
  readonly controllerShare?: number;
}

/**
 * The real controller and a real Redis beside simulated workers, which are always busy: where does which of them have no
 * more to give? One worker dies an hour, for each, and is back after half a minute; one candidate in a hundred fails.
 */
export async function measureSimulated(loads: readonly Load[], windowMs: number): Promise<void> {
  console.log(
    `Simulated workers of one slot, lognormal jobs (sigma 0.5); each dies once an hour and is back after 30 s; watched for ${windowMs / 1000} s`,
  );
  const rows: string[][] = [];
  for (const { workers, sleepMs, light = false, controllerShare } of loads) {
    const redis = await startRedis("none", ["--maxclients", "20000"]);
    const client = openClient(redis.address);
    const role = { connection: redis.address, prefix: "simulated", slots: 1, workers } as const;
    const simulated = await startProgram({ ...role, role: "simulated-workers", light });
    const controller = await startProgram({ ...role, role: "fleet-controller" });
    const unlimit = controllerShare === undefined ? () => {} : limitCpu(controller.child.pid as number, controllerShare);
    const warmMs = Math.max(5_000, 2 * sleepMs);
    const answer = controller.ask<LoadAnswer>({ do: "load", sleepMs, sigma: 0.5, slots: workers, warmMs, windowMs });
    const cost = async () => ({ redis: await redisCpuSeconds(client), workers: await simulated.cpuSeconds(), at: performance.now() });
    await delay(warmMs);
    const before = await cost();
    const done = await answer;
    const after = await cost();
    const elapsed = (after.at - before.at) / 1000;
    const { seconds, jobs, cpuSeconds, sleptSeconds, deliveryMs, lateMs, wrong, events } = done;
    rows.push([
      `${workers}${light ? ", light" : ""}${controllerShare === undefined ? "" : `, ${controllerShare} core`}`,
      sleepMs < 1_000 ? `${sleepMs} ms` : `${sleepMs / 1000} s`,
      (jobs / seconds).toFixed(1),
      percent(sleptSeconds / (seconds * workers)),
      percent(cpuSeconds / seconds),
      percent((after.redis - before.redis) / elapsed),
      percent((after.workers - before.workers) / elapsed),
      lateMs.toFixed(0),
      ...[0.5, 0.99].map((share) => quantile(deliveryMs, share).toFixed(0)),
      `${events["worker-lost"] ?? 0} / ${events["job-lost"] ?? 0}`,
      String(wrong),
    ]);
    console.error(rows.at(-1)?.join("  "));
    const gone = once(controller.child, "exit");
    for (const program of [simulated, controller]) program.kill();
    await gone;
    unlimit();
    client.disconnect();
    await redis.dispose();
  }
  printTable(
    [
      ...["workers", "jobs of", "jobs/s", "slept", "controller", "Redis", "workers' program", "loop late ms, 99 %"],
      ...["outcome after ms: 50 %", "99 %", "lost workers / jobs", "wrong"],
    ],
    rows,
  );
}
