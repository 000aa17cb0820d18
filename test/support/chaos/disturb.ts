/**
 * What is done to a fleet under way. Each disturbance resolves when it has been done, with the check, for when the run is over,
 * that it really happened and left the traces that it should.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Rng } from "@archwright/core";
import { defaultPrefix } from "@archwright/engine/fleet";
import { expect } from "vitest";
import { type ChaosFleet, type Line, type Program, until } from "./fleet.ts";
import type { Machine } from "./network.ts";

export type Disturbance = (fleet: ChaosFleet) => Promise<() => void>;

/** So many more trials are done. */
export async function progress(fleet: ChaosFleet, trials: number): Promise<void> {
  const before = fleet.done();
  await until(() => fleet.done() >= before + trials, `${trials} more trials`, 120_000);
}

const hasWork = (worker: Program) => worker.running() && worker.count("begins") > worker.count("finishes");

/** Waits for a worker that is at a job. */
async function atWork(fleet: ChaosFleet): Promise<Program> {
  await until(() => fleet.workers.some(hasWork), "a worker has a job", 120_000);
  return fleet.workers.find(hasWork) as Program;
}

/** SIGKILL of workers, one after another, at random moments; another worker is started in the place of each. */
export const killWorkers =
  (kills: number, meanMs: number, rng: Rng): Disturbance =>
  async (fleet) => {
    const victims: Program[] = [];
    const places = fleet.workers.filter((worker) => worker.running());
    while (victims.length < kills) {
      // Exponential: what comes has no memory of what came before.
      await delay(Math.min(4 * meanMs, -Math.log(1 - rng.next()) * meanMs));
      const place = rng.int(places.length);
      const victim = places[place] as Program;
      // One between two jobs has nothing to lose, and a search whose workers never live to do anything makes no way.
      if (victim.count("finishes") === 0 || !hasWork(victim)) continue;
      expect(victim.running()).toBe(true);
      victim.child.kill("SIGKILL");
      victims.push(victim);
      places[place] = fleet.worker();
    }
    return () => {
      expect(victims.map(({ child }) => child.signalCode)).toEqual(victims.map(() => "SIGKILL"));
      const lost = new Set(fleet.said("worker-lost").map(({ worker }) => worker));
      expect(lost.size).toBeGreaterThanOrEqual(Math.ceil(kills / 2));
      expect(fleet.said("job-lost").length).toBeGreaterThan(0);
    };
  };

/** A worker that stands still for a while with what it has in hand, is believed dead, and goes on as if nothing had been. */
export const stopAndContinue =
  (stillMs: number): Disturbance =>
  async (fleet) => {
    const stale = fleet.said("stale").length;
    const worker = await atWork(fleet);
    const id = worker.last("ready")?.worker;
    worker.child.kill("SIGSTOP");
    await delay(stillMs);
    worker.child.kill("SIGCONT");
    return () => {
      expect(fleet.said("worker-lost").map(({ worker: lost }) => lost)).toContain(id);
      expect(fleet.said("job-lost").map(({ worker: lost }) => lost)).toContain(id);
      expect(fleet.said("stale").length + worker.count("stale")).toBeGreaterThan(stale);
    };
  };

/** A worker that is told to end, and hands back what it cannot finish at once; another one comes. */
export const drain: Disturbance = async (fleet) => {
  const returned = fleet.said("job-returned").length;
  const leaving = fleet.worker({ drainMs: 0 });
  await until(() => leaving.count("ready") > 0, "a worker is ready");
  await until(() => hasWork(leaving), "the worker has a job", 120_000);
  leaving.child.kill("SIGTERM");
  expect(await leaving.ended).toBe(0);
  const patient = await atWork(fleet);
  patient.child.kill("SIGTERM");
  fleet.worker();
  return () => {
    expect(leaving.last("over")).toMatchObject({ event: "over", reason: "drained" });
    expect(patient.last("over")).toMatchObject({ event: "over", reason: "drained", counts: { returned: 0 } });
    const { returned: handedBack } = (leaving.last("over") as Line).counts as { returned: number };
    expect(handedBack).toBeGreaterThan(0);
    expect(fleet.said("job-returned").length).toBe(returned + handedBack);
    expect(fleet.said("worker-left").length).toBeGreaterThanOrEqual(2);
  };
};

/** The Redis is killed, stays away, and comes back with what it has on disk. */
export const redisAway =
  (awayMs: number): Disturbance =>
  async (fleet) => {
    const away = fleet.said("redis-away").length;
    const searching = fleet.searching();
    await fleet.redis.stop("SIGKILL");
    await delay(awayMs);
    await fleet.redis.start();
    return () => {
      const back = fleet.said("redis-back").slice(away);
      expect([fleet.said("redis-away").length - away, back.length]).toEqual([searching, searching]);
      for (const { restarted, seconds } of back) {
        expect(restarted).toBe(true);
        expect(seconds).toBeGreaterThan(awayMs / 1000 - 1);
      }
    };
  };

/** SIGKILL of the controller. Whoever started it starts it again. */
export const killController =
  (current: () => Program): Disturbance =>
  async (fleet) => {
    const victim = current();
    const found = fleet.said("taken-in").length + fleet.said("adopted").length;
    // Between two generations there would be nothing to take in.
    await until(() => fleet.underWay() > 0, "a job of this search is under way", 120_000);
    victim.child.kill("SIGKILL");
    await victim.ended;
    await until(() => current() !== victim && current().count("trial") > 0, "the next controller goes on");
    return () => {
      expect(victim.child.signalCode).toBe("SIGKILL");
      expect(fleet.said("taken-in").length + fleet.said("adopted").length).toBeGreaterThan(found);
    };
  };

/** Workers of the next version: one that looks for jobs of its own protocol, and one that is given ours. */
export const wrongVersion: Disturbance = async (fleet) => {
  const preload = ["version.mjs"];
  const elsewhere = fleet.worker({ preload });
  const among = fleet.worker({ preload, prefix: defaultPrefix });
  await until(() => elsewhere.count("ready") > 0, "the worker of another version is ready");
  expect(await among.ended).toBe(2);
  return () => {
    expect(elsewhere.running()).toBe(true);
    expect(elsewhere.count("done") + elsewhere.count("refused")).toBe(0);
    elsewhere.child.kill("SIGTERM");
    expect(among.last("over")).toMatchObject({
      event: "over",
      reason: "version",
      counts: { evaluated: 0, tested: 0, measured: 0, failed: 0 },
    });
    const refused = fleet.said("refused");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ code }) => code === "version")).toBe(true);
  };
};

/** Workers whose clock is an hour ahead, and an hour behind. They do their share. */
export const wrongClock: Disturbance = async (fleet) => {
  const hourMs = 3_600_000;
  const workers = [hourMs, -hourMs].map((clockMs) => fleet.worker({ clockMs }));
  await until(() => workers.every((worker) => worker.count("ready") > 0), "the workers with a wrong clock are ready");
  const offsets = workers.map(({ lines }) => Math.round((Date.parse(lines[0]?.date as string) - Date.now()) / hourMs));
  await progress(fleet, 15);
  for (const { child } of workers) child.kill("SIGTERM");
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
  return () => {
    expect(offsets).toEqual([1, -1]);
    for (const { last } of workers) {
      const counts = last("over")?.counts as Record<string, number>;
      expect(counts.evaluated).toBeGreaterThan(0);
      expect(counts).toMatchObject({ stale: 0, cancelled: 0, refused: 0 });
    }
  };
};

/** A machine that cannot be reached for a while. What its worker did meanwhile comes too late. */
export const cutOff =
  (machine: Machine, worker: Program, how: "unplugged" | "silent", cutMs: number): Disturbance =>
  async (fleet) => {
    const id = worker.last("ready")?.worker;
    const lost = fleet.said("worker-lost").length;
    const lostItsJob = () => fleet.said("job-lost").some(({ worker: gone }) => gone === id);
    // A job that ends while the cut is being made leaves nothing to lose: then it is cut off once more.
    let cuts = 0;
    while (cuts < 4 && !lostItsJob()) {
      cuts++;
      await until(() => hasWork(worker), "the worker has a job", 120_000);
      machine.cut(how);
      await delay(cutMs);
      machine.mend();
      await until(
        () => fleet.said("worker-joined").filter(({ worker: joined }) => joined === id).length > cuts,
        "the machine is back",
        30_000,
      );
      await progress(fleet, 5);
    }
    return () => {
      expect(
        fleet
          .said("worker-lost")
          .slice(lost)
          .map(({ worker: gone }) => gone),
      ).toEqual(new Array(cuts).fill(id));
      expect(lostItsJob()).toBe(true);
      // Whether it was late or called off depends on how long its job was; the trials tell whether either changed anything.
      expect(worker.count("redis-away")).toBe(cuts);
      expect(worker.count("redis-back")).toBe(cuts);
    };
  };
