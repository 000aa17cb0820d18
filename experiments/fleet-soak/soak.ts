/** Runs many short jobs through a fleet and prints the memory of everybody in it; see README.md. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Job } from "@archwright/core";
import { createFleetExecutor } from "@archwright/engine/fleet";
import { Redis } from "ioredis";
import { startRedis } from "../../packages/engine/src/fleet/testing/redis.fixture.ts";
import { usedMib } from "./usedMib.ts";
import { formatVerdict, type Reading } from "./verdict.ts";

const { values: flags } = parseArgs({
  options: {
    jobs: { type: "string", default: "100000" },
    every: { type: "string", default: "10000" },
    workers: { type: "string", default: "2" },
    slots: { type: "string", default: "8" },
  },
});
const [jobs, every, workerCount, slots] = [flags.jobs, flags.every, flags.workers, flags.slots].map(Number) as [
  number,
  number,
  number,
  number,
];

const folder = mkdtempSync(join(tmpdir(), "fleet-soak-"));
const server = await startRedis();
const connection = server.address;
const redis = new Redis({ host: connection.host, port: connection.port });
const workers: ChildProcess[] = [];

const controller = createFleetExecutor({
  connection,
  runKey: "soak",
  experiment: { soak: true },
  onEvent: (event) => {
    if (event.kind !== "worker-joined" && event.kind !== "worker-left") console.log(JSON.stringify(event));
  },
});
try {
  for (let i = 0; i < workerCount; i++) {
    const argument = JSON.stringify({ connection, slots, spool: join(folder, `spool-${i}`) });
    workers.push(fork(fileURLToPath(new URL("worker.ts", import.meta.url)), [argument], { execArgv: process.execArgv }));
  }
  while (controller.slots !== workerCount * slots) await delay(100);

  console.log(`Node ${process.version}, ${availableParallelism()} cores; ${workerCount} workers of ${slots} slots`);
  console.log("MiB that are in use after a full collection; in brackets what is resident\n");
  console.log(`     jobs  jobs/s    controller${workers.map((_, i) => `worker ${i + 1}`.padStart(14)).join("")}   Redis  its keys`);
  const readings: Reading[] = [];
  let last = performance.now();
  const read = async (done: number) => {
    const rate = every / ((performance.now() - last) / 1000);
    // Workers learn with a heartbeat that their last results were taken.
    await delay(1_500);
    const all = [usedMib(), ...(await Promise.all(workers.map(askForMib)))];
    const resident = [process.pid, ...workers.map(({ pid }) => pid as number)].map(residentMib);
    const redisMib = Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]) / 2 ** 20;
    readings.push({ jobs: done, mib: [...all, redisMib] });
    const columns = [
      ...all.map((mib, i) => `${mib.toFixed(2)} (${resident[i]?.toFixed(0)})`.padStart(14)),
      redisMib.toFixed(2).padStart(8),
      String(await redis.dbsize()).padStart(10),
    ];
    console.log(`${String(done).padStart(9)}${(done === 0 ? "" : rate.toFixed(0)).padStart(8)}${columns.join("")}`);
    last = performance.now();
  };
  await read(0);
  let wrong = 0;
  // As a search does: so many are asked for at once as there is room for, and then some.
  let next = 0;
  let done = 0;
  while (done < jobs) {
    const end = Math.min(jobs, done + every);
    const asker = async () => {
      while (next < end) {
        const trial = next++;
        const outcome = await controller.run(jobOf(trial));
        if (outcome.kind !== "evaluated" || outcome.score !== trial % 101) wrong++;
      }
    };
    await Promise.all(Array.from({ length: 3 * workerCount * slots }, asker));
    done = end;
    await read(done);
  }
  console.log(`\n${formatVerdict(readings, ["controller", ...workers.map((_, i) => `worker ${i + 1}`), "Redis"])}`);
  console.log(wrong === 0 ? "every outcome was the job's own" : `${wrong} outcomes were wrong`);
  if (wrong > 0) process.exitCode = 1;
} finally {
  await controller.close();
  for (const worker of workers) worker.kill("SIGKILL");
  redis.disconnect();
  await server.dispose();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Short, with an outcome of a few kilobytes, as a small candidate's is. */
function jobOf(trial: number): Job {
  return { kind: "evaluate", trial, architecture: `network-${trial}`, fidelity: { epochs: 1 }, seed: trial };
}

async function askForMib(worker: ChildProcess): Promise<number> {
  const answer = once(worker, "message");
  worker.send("memory");
  return (await answer)[0] as number;
}

/** Resident memory of a process (Linux). */
function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
