/** Jobs a second, and processor time a job, of the fleet and of BullMQ alone. */
import { setTimeout as delay } from "node:timers/promises";
import { startRedis } from "../../packages/engine/src/fleet/testing/redis.fixture.ts";
import { median, openClient, type Program, printTable, type Role, redisCpuSeconds, startProgram } from "./programs.ts";

export interface ThroughputOptions {
  readonly jobs: number;
  readonly rounds: number;
  /** Worker processes. */
  readonly processes: number;
  /** Jobs that each does at once. */
  readonly concurrency: number;
  /** Whether BullMQ is measured once more with a producer that hears of every result, as the fleet's controller does. */
  readonly heard: boolean;
  /** Whether to tell how often each Redis command was called for a job. */
  readonly commands: boolean;
  /** For `--cpu-prof` of the fleet's programs. */
  readonly profile?: string;
}

interface Contender {
  readonly name: string;
  readonly control: Program;
  readonly workers: readonly Program[];
  /** One round; resolves when the last job is done. */
  round(jobs: number): Promise<number>;
  redisCpu(): Promise<number>;
  /** How often each command was called, and the microseconds in it, since the last time. */
  commands(): Promise<string>;
  end(): Promise<void>;
}

/** Seconds by the clock, and processor milliseconds a job. */
interface Round {
  readonly jobsPerSecond: number;
  readonly controlMs: number;
  readonly workerMs: number;
  readonly redisMs: number;
  readonly totalMs: number;
}

/** The fleet's executor against BullMQ by itself: no-op jobs, the same number of processes and slots, a Redis for each, in turns. */
export async function measureThroughput({
  jobs,
  rounds,
  processes,
  concurrency,
  heard,
  commands,
  profile,
}: ThroughputOptions): Promise<void> {
  async function open(name: string, control: Role["role"], worker: Role["role"], listens = false): Promise<Contender> {
    const redis = await startRedis();
    const client = openClient(redis.address);
    const role = { connection: redis.address, prefix: "benchmark", slots: concurrency };
    const execArgv = profile !== undefined && control === "fleet-controller" ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
    const workers = await Promise.all(Array.from({ length: processes }, () => startProgram({ ...role, role: worker }, execArgv)));
    const controlling = await startProgram({ ...role, role: control, listens }, execArgv);
    const done = async () => (await Promise.all(workers.map((each) => each.ask<number>({ do: "done" })))).reduce((sum, n) => sum + n, 0);
    return {
      name,
      control: controlling,
      workers,
      async round(count) {
        if (control === "fleet-controller") {
          const { seconds } = await controlling.ask<{ seconds: number }>({
            do: "jobs",
            jobs: count,
            sleepMs: 0,
            slots: processes * concurrency,
          });
          return seconds;
        }
        const before = await done();
        const start = performance.now();
        await controlling.ask({ do: "jobs", jobs: count });
        while ((await done()) < before + count) await delay(5);
        return (performance.now() - start) / 1000;
      },
      redisCpu: () => redisCpuSeconds(client),
      async commands() {
        const info = await client.info("commandstats");
        await client.config("RESETSTAT");
        const found = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+),usec=(\d+)/gm)].map(([, command, calls, us]) => ({
          command,
          calls: Number(calls) / (jobs * rounds),
          us: Number(us) / (jobs * rounds),
        }));
        found.sort((a, b) => b.us - a.us);
        return found
          .slice(0, 24)
          .map((each) => `${each.command} ${each.calls.toFixed(2)} (${each.us.toFixed(1)} µs)`)
          .join(", ");
      },
      async end() {
        await Promise.all([...workers, controlling].map((each) => each.ask({ do: "exit" })));
        await delay(1_000);
        client.disconnect();
        await redis.dispose();
      },
    };
  }

  const contenders = [
    await open("fleet", "fleet-controller", "fleet-worker"),
    await open("BullMQ", "bullmq-producer", "bullmq-worker"),
    ...(heard ? [await open("BullMQ, results heard", "bullmq-producer", "bullmq-worker", true)] : []),
  ];
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  try {
    // Once for the compiler.
    for (const contender of contenders) await contender.round(jobs);
    for (const contender of contenders) await contender.commands();
    for (let i = 0; i < rounds; i++) {
      for (const contender of contenders) {
        const cost = async () => ({
          control: await contender.control.cpuSeconds(),
          worker: sum(await Promise.all(contender.workers.map((each) => each.cpuSeconds()))),
          redis: await contender.redisCpu(),
        });
        const before = await cost();
        const seconds = await contender.round(jobs);
        const after = await cost();
        const ms = (part: keyof typeof before) => ((after[part] - before[part]) / jobs) * 1000;
        const [controlMs, workerMs, redisMs] = [ms("control"), ms("worker"), ms("redis")];
        results
          .get(contender.name)
          ?.push({ jobsPerSecond: jobs / seconds, controlMs, workerMs, redisMs, totalMs: controlMs + workerMs + redisMs });
      }
    }
    if (commands) for (const contender of contenders) console.log(`${contender.name}, calls and time a job: ${await contender.commands()}`);
  } finally {
    await Promise.all(contenders.map((contender) => contender.end()));
  }

  const fleet = results.get("fleet") ?? [];
  console.log(`No-op jobs: ${processes} worker process(es) × ${concurrency} at once, ${rounds} rounds of ${jobs} in turns; medians`);
  printTable(
    ["", "jobs/s (clock)", "CPU ms a job", "controller", "workers", "Redis", "fleet's rate / this", "this CPU / fleet's"],
    contenders.map(({ name }) => {
      const all = results.get(name) ?? [];
      const of = (part: keyof Round) => median(all.map((round) => round[part]));
      // Round by round, because what else the machine does changes.
      const ratio = (value: (mine: Round, theirs: Round) => number) =>
        median(all.flatMap((theirs, i) => (fleet[i] ? [value(fleet[i], theirs)] : [])));
      return [
        name,
        of("jobsPerSecond").toFixed(0),
        of("totalMs").toFixed(3),
        of("controlMs").toFixed(3),
        of("workerMs").toFixed(3),
        of("redisMs").toFixed(3),
        `${(100 * ratio((mine, theirs) => mine.jobsPerSecond / theirs.jobsPerSecond)).toFixed(0)} %`,
        `${(100 * ratio((mine, theirs) => theirs.totalMs / mine.totalMs)).toFixed(0)} %`,
      ];
    }),
  );
}
