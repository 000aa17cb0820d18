/**
 * A search on a fleet that is disturbed ends in the trials of the same search on one machine that nobody disturbed.
 *
 * `npm test` runs a short form, in which disturbances share a run (that of a steady search in the full tier alone); `npm run test:chaos` runs each by itself, and for longer.
 * CHAOS_SEED chooses other moments.
 */
import { createRng, type Trial } from "@archwright/core";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  cutOff,
  type Disturbance,
  drain,
  killController,
  killWorkers,
  progress,
  redisAway,
  stopAndContinue,
  wrongClock,
  wrongVersion,
} from "./support/chaos/disturb.ts";
import { type ChaosFleet, type Mode, openChaosFleet, type Program, type Result, searchAlone, until } from "./support/chaos/fleet.ts";
import { openNetwork } from "./support/chaos/network.ts";
// Builds the packages where they are older than their sources.
import "./support/cli.ts";
import { redisIsInstalled } from "../packages/engine/src/fleet/testing/redis.fixture.ts";
import { chaos, full } from "./support/tier.ts";

vi.setConfig({ testTimeout: chaos ? 600_000 : 300_000, hookTimeout: 300_000 });
const seed = process.env.CHAOS_SEED ?? "1";
const rng = createRng(`chaos ${seed}`);

describe.skipIf(!redisIsInstalled)(`a search on a fleet, with moments of CHAOS_SEED=${seed}`, () => {
  const alone = new Map<number, Promise<Result>>();
  let fleet: ChaosFleet | undefined;

  /** The same search undisturbed. */
  async function undisturbed(search: number): Promise<Result> {
    const result = alone.get(search) ?? searchAlone(search);
    alone.set(search, result);
    // A hung candidate, and one that takes all memory, are in every run.
    const failures = { timeout: expect.any(Number), "out-of-memory": expect.any(Number) };
    expect((await result).summary).toMatchObject({ evaluations: 200, failures });
    return result;
  }
  // Here, so that it is not counted as time of the first test.
  beforeAll(() => undisturbed(1).then(() => {}));
  afterEach(async () => {
    await fleet?.dispose();
    fleet = undefined;
  });

  /** Starts searches with these seeds, again where they are killed. `current` is the first one's program. */
  function search(on: ChaosFleet, seeds: readonly number[] = [1], mode?: Mode) {
    const current = new Map<number, Program>();
    const over = seeds.map(async (each) => {
      for (;;) {
        const program = on.controller(each, mode);
        current.set(each, program);
        const code = await program.ended;
        if (program.child.signalCode !== "SIGKILL") return code;
      }
    });
    return { over: Promise.all(over), current: () => current.get(seeds[0] as number) as Program };
  }

  /** What holds after disturbances of a steady search: which trials it makes depends on time, and is fixed by their order. */
  async function expectReplayable(on: ChaosFleet): Promise<void> {
    const { trials, summary } = on.result();
    expect(summary).toMatchObject({ evaluations: 200, reproducible: "replayable" });
    expect(trials).toMatchObject(trials.map((_, number) => ({ number })));
    expect(trials.map((trial) => (trial as unknown as Trial).told?.place).sort((a = 0, b = 0) => a - b)).toEqual(
      trials.map((_, place) => place),
    );
    expect(await on.replay()).toEqual({ trials, summary });
  }

  /** What holds after each disturbance. */
  async function expectUndisturbed(on: ChaosFleet, seeds: readonly number[] = [1]): Promise<void> {
    for (const each of seeds) {
      const { trials, summary } = on.result(each);
      const expected = await undisturbed(each);
      expect(trials.length).toBe(expected.trials.length);
      expect(trials).toEqual(expected.trials);
      expect(summary).toEqual(expected.summary);
    }
  }

  /** How many jobs were begun more than once. */
  const twice = (on: ChaosFleet) => on.begun().length - new Set(on.begun()).size;

  async function disturbed(
    options: Parameters<typeof openChaosFleet>[0] & { workers?: number; seeds?: readonly number[]; mode?: Mode },
    ...disturbances: readonly ((current: () => Program) => Disturbance)[]
  ): Promise<ChaosFleet> {
    const { workers = 3, seeds = [1], mode, ...how } = options;
    const opened = await openChaosFleet(how);
    fleet = opened;
    for (let i = 0; i < workers; i++) opened.worker();
    const startedAt = performance.now();
    const { over, current } = search(opened, seeds, mode);
    const checks: (() => void)[] = [];
    const disturb = (async () => {
      for (const disturbance of disturbances) {
        await progress(opened, 10);
        checks.push(await disturbance(current)(opened));
      }
      opened.hurry();
    })();
    const tooEarly = over.then(async (codes) => {
      expect(codes).toEqual(seeds.map(() => 0));
      await Promise.race([disturb, until(() => false, "the search ended before everything was done to it", 1_000)]);
    });
    await Promise.all([disturb, tooEarly]);
    for (const check of checks) check();
    await (mode === "steady" ? expectReplayable(opened) : expectUndisturbed(opened, seeds));
    const said = (kind: string) => opened.said(kind).length;
    const counted = ["worker-lost", "job-lost", "job-returned", "stale", "quarantined", "refused", "taken-in", "adopted", "garbled"];
    const events = counted.filter((kind) => said(kind) > 0).map((kind) => `${said(kind)} ${kind}`);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${expect.getState().currentTestName}: ${seconds} s, ${twice(opened)} begun twice, ${events.join(", ")}`);
    return opened;
  }

  const kill = (kills: number, meanMs: number) => () => killWorkers(kills, meanMs, rng);

  describe.runIf(chaos)("each by itself", () => {
    it("workers killed at random moments throughout", async () => {
      await disturbed({ stretch: 16 }, kill(12, 500));
    });
    it("a worker that stands still and goes on", async () => {
      await disturbed(
        {},
        () => stopAndContinue(4_000),
        () => stopAndContinue(4_000),
      );
    });
    it("workers that drain", async () => {
      await disturbed({}, () => drain);
    });
    it.each(["aof", "none"] as const)("Redis away for ten seconds (persistence: %s)", async (persistence) => {
      expect(twice(await disturbed({ persistence }, () => redisAway(10_000)))).toBe(0);
    });
    it("the controller killed and resumed, three times", async () => {
      expect(twice(await disturbed({}, killController, killController, killController))).toBe(0);
    });
    it("workers of a wrong version", async () => {
      expect(twice(await disturbed({}, () => wrongVersion))).toBe(0);
    });
    it("workers whose clock is an hour off", async () => {
      expect(twice(await disturbed({ workers: 1 }, () => wrongClock))).toBe(0);
    });
    it("two runs at once", async () => {
      expect(twice(await disturbed({ stretch: 2, seeds: [1, 4] }))).toBe(0);
    });
    it("a steady search: workers killed, the controller killed and resumed, Redis away", async () => {
      await disturbed({ mode: "steady", stretch: 12 }, kill(4, 500), killController, () => redisAway(5_000), kill(2, 500));
    });
    it("all of it, to two runs at once", async () => {
      await disturbed(
        { stretch: 24, seeds: [1, 4] },
        kill(4, 700),
        killController,
        () => redisAway(5_000),
        () => stopAndContinue(4_000),
        () => drain,
        () => wrongVersion,
        kill(4, 700),
      );
    });
  });

  describe.skipIf(chaos)("in short", () => {
    it.runIf(full)("workers killed, standing still, draining, of a wrong version and with a wrong clock", async () => {
      await disturbed(
        { slots: 1 },
        kill(3, 500),
        () => stopAndContinue(3_000),
        () => drain,
        () => wrongVersion,
        () => wrongClock,
      );
    });
    it.runIf(full)("a steady search: the controller and workers killed", async () => {
      await disturbed({ mode: "steady", slots: 1 }, killController, kill(3, 500));
    });
    it("the controller killed and resumed, and Redis away, with its memory lost", async () => {
      expect(twice(await disturbed({ slots: 1 }, killController, () => redisAway(3_000)))).toBe(0);
    });
  });

  describe("on machines of their own", () => {
    const cuts: ["unplugged" | "silent", number][] = chaos
      ? [
          ["unplugged", 30_000],
          ["silent", 30_000],
        ]
      : [["silent", 6_000]];
    it.for(cuts)("one of which is %s for %i ms", async ([how, cutMs], context) => {
      const network = openNetwork(3);
      if (typeof network === "string") {
        console.warn(`the test of a machine that is cut off is skipped: ${network}`);
        return context.skip();
      }
      try {
        const redisOptions = ["--bind", "127.0.0.1", network.address, "--protected-mode", "no"];
        const opened = await openChaosFleet({ stretch: chaos ? 20 : 8, redisOptions });
        fleet = opened;
        const address = { ...opened.redis.address, host: network.address };
        const workers = network.machines.map(({ run }) => opened.worker({ slots: 1, network: { run, redis: address } }));
        const { over } = search(opened);
        await progress(opened, 10);
        const check = await cutOff(network.machines[0] as (typeof network.machines)[number], workers[0] as Program, how, cutMs)(opened);
        opened.hurry();
        expect(await over).toEqual([0]);
        check();
        await expectUndisturbed(opened);
        await opened.dispose();
      } finally {
        await fleet?.dispose();
        network.dispose();
      }
    });
  });
});
