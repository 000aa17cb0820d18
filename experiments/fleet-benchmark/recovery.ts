/** How long it takes from a worker's death until its jobs are done elsewhere. */
import { setTimeout as delay } from "node:timers/promises";
import { createFleetExecutor, type FleetEvent, type RedisAddress } from "@archwright/engine/fleet";
import { startRedis } from "../../packages/engine/src/fleet/testing/redis.fixture.ts";
import { median, printTable, startProgram } from "./programs.ts";

const sleepMs = 50;
const slots = 4;

/** From the SIGKILL of one of two worker processes until all that it had in hand is done elsewhere. */
export async function measureRecovery(rounds: number): Promise<void> {
  const redis = await startRedis();
  const reference = recoverByBullmq(redis.address);
  const role = { role: "fleet-worker", connection: redis.address, prefix: "recovery", slots } as const;
  const events: { event: FleetEvent; at: number }[] = [];
  const doneAt = new Map<string, number>();
  const executor = createFleetExecutor({
    connection: redis.address,
    prefix: role.prefix,
    runKey: "run",
    experiment: { benchmark: true },
    onEvent: (event) => void events.push({ event, at: performance.now() }),
  });
  let trial = 0;
  let over = false;
  const stays = await startProgram(role);
  const lane = async () => {
    while (!over) {
      const mine = trial++;
      await executor.run({ kind: "evaluate", trial: mine, architecture: `sleep:${sleepMs}`, fidelity: { epochs: 1 }, seed: 0 });
      doneAt.set(`evaluate-${mine}`, performance.now());
    }
  };
  const lanes = Array.from({ length: 64 }, lane);
  const noticed: number[] = [];
  const recovered: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const dies = await startProgram(role);
    // At no particular moment between two heartbeats.
    await delay(1_500 + 137 * round);
    const killedAt = performance.now();
    dies.kill();
    const lost = () => events.flatMap(({ event, at }) => (event.kind === "job-lost" && at > killedAt ? [{ job: event.job, at }] : []));
    // What the worker had in hand is found out together; it may have been between two jobs.
    const deadline = performance.now() + 20_000;
    while ((lost().length === 0 || lost().some(({ job }) => !doneAt.has(job))) && performance.now() < deadline) await delay(100);
    await delay(500);
    if (lost().length === 0) continue;
    noticed.push((Math.max(...lost().map(({ at }) => at)) - killedAt) / 1000);
    recovered.push((Math.max(...lost().map(({ job }) => doneAt.get(job) ?? Number.POSITIVE_INFINITY)) - killedAt) / 1000);
  }
  over = true;
  await Promise.all(lanes);
  await executor.close();
  stays.kill();
  const bullmqSeconds = await reference;
  await redis.dispose();
  console.log(`A worker killed with ${slots} jobs of ${sleepMs} ms in hand; seconds until`);
  printTable(
    ["", "submitted again, median", "most", "all done, median", "most"],
    [
      [
        `fleet (${noticed.length} of ${rounds} kills)`,
        ...[noticed, recovered].flatMap((all) => [median(all).toFixed(2), Math.max(...all).toFixed(2)]),
      ],
      ["BullMQ, its defaults (1 kill)", "", "", bullmqSeconds.toFixed(2), ""],
    ],
  );
}

/** The same by BullMQ itself: it finds out when locks have run out. */
async function recoverByBullmq(connection: RedisAddress): Promise<number> {
  const role = { connection, prefix: "reference", slots } as const;
  const dies = await startProgram({ ...role, role: "bullmq-worker" });
  const producer = await startProgram({ ...role, role: "bullmq-producer", listens: true });
  const all = producer.ask({ do: "jobs", jobs: slots, sleepMs: 2_000 });
  await delay(1_000);
  const killedAt = performance.now();
  dies.kill();
  const stays = await startProgram({ ...role, role: "bullmq-worker" });
  await all;
  const seconds = (performance.now() - killedAt) / 1000;
  stays.kill();
  producer.kill();
  return seconds;
}
