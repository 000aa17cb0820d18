/** The conformance suite of stores. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../experiment/index.ts";
import {
  exampleExperiment,
  exampleTrial,
  failedTrial as failed,
  infeasibleTrial as infeasible,
  exampleMeasurement as measurement,
  exampleOwner as owner,
  examplePlan as plan,
} from "./examples/exampleTrials.ts";
import { blocksConformance } from "./storeBlocks.ts";

/**
 * What every {@link Store} must do.
 *
 * @param open gives an empty store; the suite closes it.
 */
export function storeConformance(name: string, open: () => Store): void {
  describe(`${name} as a store`, () => {
    let store: Store;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    describe("runs", () => {
      test("are given back as they were made", () => {
        const run = store.createRun({ ...plan, seed: Number.MAX_SAFE_INTEGER, owner });
        expect(run).toMatchObject({ ...plan, seed: Number.MAX_SAFE_INTEGER, id: "digits-1", status: "running", seconds: 0 });
        expect(run.owner).toEqual(owner);
        expect("owner" in store.createRun(plan)).toBe(false);
        store.deleteRun("digits-2");
        expect(new Date(run.createdAt).toISOString()).toBe(run.createdAt);
        expect(store.run("digits-1")).toEqual(run);
        expect(store.runs()).toEqual([run]);
      });

      test("count up by name, newest last, and never take the id of a deleted one", () => {
        const ids = ["digits", "a-1", "digits", "a"].map((name) => store.createRun({ ...plan, name }).id);
        expect(ids).toEqual(["digits-1", "a-1-1", "digits-2", "a-1"]);
        expect(store.runs().map((run) => run.id)).toEqual(ids);
        store.deleteRun("digits-2");
        expect(store.createRun(plan).id).toBe("digits-3");
        expect(store.runs().map((run) => run.id)).toEqual(["digits-1", "a-1-1", "a-1", "digits-3"]);
      });

      test("change only where a change is named", () => {
        const larger = { ...exampleExperiment, search: { ...exampleExperiment.search, evaluations: 60 } };
        const { id } = store.createRun({ ...plan, owner });
        store.updateRun(id, { seconds: 2.5 });
        expect(store.run(id)).toMatchObject({ ...plan, seconds: 2.5, status: "running", owner });
        const changed = store.updateRun(id, { status: "interrupted", owner: undefined, summary: { reason: "Ctrl-C", trials: [1, 2] } });
        expect(changed).toEqual(store.run(id));
        expect(changed).toMatchObject({ seconds: 2.5, status: "interrupted", summary: { reason: "Ctrl-C", trials: [1, 2] } });
        expect("owner" in changed).toBe(false);
        store.updateRun(id, { status: "running", owner: { pid: 4711 }, experiment: larger, experimentHash: "7d793037" });
        expect(store.run(id)).toMatchObject({ status: "running", summary: { reason: "Ctrl-C", trials: [1, 2] } });
        expect(store.run(id)).toMatchObject({ owner: { pid: 4711 }, experiment: larger, experimentHash: "7d793037" });
      });

      test("change as a function decides that sees them, and not where it throws", () => {
        const { id } = store.createRun({ ...plan, owner });
        const refuse = () => {
          throw new Error("it is being run");
        };
        expect(() => store.updateRun(id, refuse)).toThrow("it is being run");
        store.updateRun(id, (run) => ({ seconds: run.seconds + (run.owner?.pid ?? 0) }));
        expect(store.run(id)).toMatchObject({ seconds: owner.pid, status: "running", owner });
      });

      test("that are unknown read as nothing and cannot be written to", () => {
        expect(store.run("digits-7")).toBeUndefined();
        expect([...store.trials("digits-7")]).toEqual([]);
        expect(store.changes("digits-7")).toMatchObject({ trials: [], events: [], more: false });
        expect(store.blocks("digits-7")).toEqual({ blocks: [], cursor: 0, more: false });
        expect(store.trial("digits-7", 0)).toBeUndefined();
        expect(store.weights("digits-7", 0)).toBeUndefined();
        expect(store.events("digits-7")).toEqual([]);
        expect(store.measurements({ run: "digits-7" })).toEqual([]);
        for (const write of [
          () => store.updateRun("digits-7", { seconds: 1 }),
          () => store.deleteRun("digits-7"),
          () => store.addTrials("digits-7", [exampleTrial(0)]),
          () => store.updateTrial("digits-7", exampleTrial(0)),
          () => store.putWeights("digits-7", 0, Float32Array.of(1)),
          () => store.keepWeights("digits-7", []),
          () => store.addMeasurement("digits-7", "x", measurement),
          () => store.addEvent("digits-7", "started", null),
        ]) {
          expect(write).toThrow(/digits-7/);
        }
      });

      test("take everything that belongs to them along when deleted, and nothing else", () => {
        const [gone, kept] = [store.createRun(plan).id, store.createRun(plan).id];
        for (const id of [gone, kept]) {
          store.addTrials(id, [exampleTrial(0)]);
          store.putWeights(id, 0, Float32Array.of(1));
          store.addMeasurement(id, "a", measurement);
          store.addEvent(id, "started", {});
        }
        store.addMeasurement(undefined, "a", measurement);
        store.deleteRun(gone);
        expect([...store.trials(gone)]).toEqual([]);
        expect(store.weights(gone, 0)).toBeUndefined();
        expect(store.events(gone)).toEqual([]);
        expect(store.measurements().map((entry) => entry.run)).toEqual([kept, kept, undefined]);
        expect([...store.trials(kept)]).toEqual([exampleTrial(0)]);
        expect(store.weights(kept, 0)).toEqual(Float32Array.of(1));
        expect(store.events(kept)).toHaveLength(1);
      });
    });

    describe("trials", () => {
      test("of every kind are given back exactly", () => {
        const { id } = store.createRun(plan);
        const trials = [
          exampleTrial(0),
          infeasible(1),
          failed(2),
          { ...exampleTrial(3), score: 0 },
          { ...exampleTrial(4), seed: 2 ** 53 - 1 },
        ];
        store.addTrials(id, trials);
        expect([...store.trials(id)]).toEqual(trials);
        for (const trial of trials) expect(store.trial(id, trial.number)).toEqual(trial);
        expect(store.trial(id, 5)).toBeUndefined();
      });

      test("come in order of number, whatever the order of adding", () => {
        const { id } = store.createRun(plan);
        store.addTrials(id, [exampleTrial(7), exampleTrial(2)]);
        store.addTrials(id, []);
        store.addTrials(id, [exampleTrial(5), exampleTrial(0)]);
        expect([...store.trials(id)].map((trial) => trial.number)).toEqual([0, 2, 5, 7]);
        expect(store.trial(id, 3)).toBeUndefined();
      });

      test.each([1, 99, 100, 101, 500, 501, 1234])("are complete when there are %i", (count) => {
        const { id } = store.createRun(plan);
        store.addTrials(
          id,
          Array.from({ length: count }, (_, number) => exampleTrial(number)),
        );
        const iterable = store.trials(id);
        expect([...iterable].map((trial) => trial.number)).toEqual(Array.from({ length: count }, (_, number) => number));
        expect([...iterable]).toHaveLength(count);
      });

      test("can be left half way through, and written while they are read", () => {
        const { id } = store.createRun(plan);
        store.addTrials(
          id,
          Array.from({ length: 1000 }, (_, number) => exampleTrial(number)),
        );
        for (const trial of store.trials(id)) {
          if (trial.number === 10) break;
        }
        let count = 0;
        for (const trial of store.trials(id)) {
          store.updateTrial(id, { ...trial, testScore: 50 });
          count++;
        }
        expect(count).toBe(1000);
        expect([...store.trials(id)].every((trial) => trial.testScore === 50)).toBe(true);
        store.deleteRun(id);
      });

      test("are added all or none", () => {
        const { id } = store.createRun(plan);
        store.addTrials(id, [exampleTrial(1)]);
        expect(() => store.addTrials(id, [exampleTrial(0), exampleTrial(1)])).toThrow();
        expect(() => store.addTrials(id, [exampleTrial(2), exampleTrial(2)])).toThrow();
        expect([...store.trials(id)]).toEqual([exampleTrial(1)]);
        store.addTrials(id, [exampleTrial(0)]);
        expect([...store.trials(id)]).toHaveLength(2);
      });

      test("are replaced by an update, which needs one to replace", () => {
        const { id } = store.createRun(plan);
        store.addTrials(id, [exampleTrial(0), exampleTrial(1)]);
        store.updateTrial(id, { ...failed(0), testScore: 97.5 });
        expect(store.trial(id, 0)).toEqual({ ...failed(0), testScore: 97.5 });
        expect(store.trial(id, 1)).toEqual(exampleTrial(1));
        expect(() => store.updateTrial(id, exampleTrial(2))).toThrow();
        expect(store.trial(id, 2)).toBeUndefined();
      });

      test("hold any text", () => {
        const { id } = store.createRun(plan);
        const text = 'it\'s "quoted" \\ \n\t ü 漢 😀 -- ; DROP TABLE trials';
        const trial = { ...failed(0), architecture: text, failure: { code: "crash", message: `${text}\0 after a zero` } } as const;
        store.addTrials(id, [trial]);
        expect(store.trial(id, 0)).toEqual(trial);
      });
    });

    describe("changes", () => {
      test("are what was written since the cursor: trials added or changed, and events", () => {
        const { id } = store.createRun(plan);
        store.addTrials(id, [exampleTrial(3), exampleTrial(1)]);
        store.addEvent(id, "started", null);
        const first = store.changes(id);
        expect(first.trials.map(({ number }) => number)).toEqual([3, 1]);
        expect(first.events.map(({ kind }) => kind)).toEqual(["started"]);
        expect(store.changes(id, first.cursor)).toEqual({ trials: [], events: [], cursor: first.cursor, more: false });

        store.addTrials(id, [exampleTrial(0)]);
        store.updateTrial(id, { ...exampleTrial(3), testScore: 50 });
        store.addEvent(id, "done", null);
        const second = store.changes(id, first.cursor);
        expect(second.trials).toEqual([exampleTrial(0), { ...exampleTrial(3), testScore: 50 }]);
        expect(second.events.map(({ kind }) => kind)).toEqual(["done"]);
        expect(store.changes(id).trials.map(({ number }) => number)).toEqual([1, 0, 3]);
      });

      test("come in parts where there are many, and lose none", () => {
        const { id } = store.createRun(plan);
        store.addTrials(
          id,
          Array.from({ length: 70 }, (_, i) => exampleTrial(i)),
        );
        for (let i = 0; i < 45; i++) store.addEvent(id, `event-${i}`, null);
        const trials: number[] = [];
        const events: string[] = [];
        let read = store.changes(id, undefined, 20);
        for (let part = 0; part < 10; part++) {
          trials.push(...read.trials.map(({ number }) => number));
          events.push(...read.events.map(({ kind }) => kind));
          if (!read.more) break;
          // Written again while it is read: it comes once more, as it is then.
          if (part === 0) store.updateTrial(id, exampleTrial(5));
          read = store.changes(id, read.cursor, 20);
        }
        expect(read.more).toBe(false);
        expect(trials).toEqual([...Array.from({ length: 70 }, (_, i) => i), 5]);
        expect(events).toEqual(Array.from({ length: 45 }, (_, i) => `event-${i}`));
      });

      test("are those of one run", () => {
        const [one, other] = [store.createRun(plan).id, store.createRun(plan).id];
        store.addTrials(one, [exampleTrial(0)]);
        const { cursor } = store.changes(one);
        store.addTrials(other, [exampleTrial(0)]);
        store.addEvent(other, "started", null);
        store.deleteRun(other);
        store.addTrials(one, [exampleTrial(1)]);
        store.addEvent(one, "started", null);
        const { trials, events } = store.changes(one, cursor);
        expect([trials.map(({ number }) => number), events.map(({ kind }) => kind)]).toEqual([[1], ["started"]]);
      });
    });

    describe("blocks", () => blocksConformance(() => store));

    describe("weights", () => {
      test("come back bit for bit, also of a part of a buffer", () => {
        const { id } = store.createRun(plan);
        const weights = Float32Array.of(0, -0, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38);
        const large = Float32Array.from({ length: 300_000 }, (_, index) => Math.fround(index / 7));
        store.putWeights(id, 0, weights);
        store.putWeights(id, 1, weights.subarray(2, 4));
        store.putWeights(id, 2, large);
        store.putWeights(id, 3, new Float32Array(0));
        expect(store.weights(id, 0)).toEqual(weights);
        expect(store.weights(id, 1)).toEqual(Float32Array.of(1 / 3, Number.NaN));
        // Element by element this long, the matcher takes seconds.
        expect(store.weights(id, 2)?.every((weight, index) => weight === large[index])).toBe(true);
        expect(store.weights(id, 2)).toHaveLength(large.length);
        expect(store.weights(id, 3)).toEqual(new Float32Array(0));
        expect(store.weights(id, 4)).toBeUndefined();
      });

      test("are a copy, and the last ones put", () => {
        const { id } = store.createRun(plan);
        const weights = Float32Array.of(1, 2);
        store.putWeights(id, 0, weights);
        weights.fill(9);
        store.weights(id, 0)?.fill(8);
        expect(store.weights(id, 0)).toEqual(Float32Array.of(1, 2));
        store.putWeights(id, 0, Float32Array.of(3));
        expect(store.weights(id, 0)).toEqual(Float32Array.of(3));
      });

      test("are forgotten but for those to be kept, in this run only", () => {
        const [one, other] = [store.createRun(plan).id, store.createRun(plan).id];
        for (let trial = 0; trial < 5; trial++) {
          store.putWeights(one, trial, Float32Array.of(trial));
          store.putWeights(other, trial, Float32Array.of(trial));
        }
        store.keepWeights(one, [1, 4, 77]);
        expect([0, 1, 2, 3, 4].filter((trial) => store.weights(one, trial))).toEqual([1, 4]);
        store.keepWeights(one, []);
        expect([0, 1, 2, 3, 4].filter((trial) => store.weights(one, trial))).toEqual([]);
        expect([0, 1, 2, 3, 4].filter((trial) => store.weights(other, trial))).toEqual([0, 1, 2, 3, 4]);
      });
    });

    test("measurements are found by run, device and architecture, in order of adding", () => {
      const { id } = store.createRun(plan);
      const other = { ...measurement, device: "browser", value: 0.1 + 0.2 };
      store.addMeasurement(id, "a", measurement);
      store.addMeasurement(undefined, "a", other);
      store.addMeasurement(id, "b", other);
      const all = [
        { run: id, architecture: "a", measurement },
        { architecture: "a", measurement: other },
        { run: id, architecture: "b", measurement: other },
      ];
      expect(store.measurements()).toEqual(all);
      expect(store.measurements({ run: id })).toEqual([all[0], all[2]]);
      expect(store.measurements({ device: "browser" })).toEqual([all[1], all[2]]);
      expect(store.measurements({ architecture: "a", device: "local" })).toEqual([all[0]]);
      expect(store.measurements({ run: id, architecture: "b", device: "local" })).toEqual([]);
    });

    test("measurements that trials carry, or are given as they are updated, are found too", () => {
      const { id } = store.createRun(plan);
      const trial = exampleTrial(0);
      store.addTrials(id, [trial, infeasible(1)]);
      const later = { ...measurement, device: "browser" };
      store.updateTrial(id, { ...trial, testScore: 1 });
      store.updateTrial(id, { ...trial, devices: { ...trial.devices, browser: { estimates: {}, measurements: [later] } } }, [later]);
      expect(store.measurements({ run: id, architecture: trial.architecture }).map((entry) => entry.measurement)).toEqual([
        measurement,
        later,
      ]);
      expect(() => store.updateTrial(id, exampleTrial(9), [measurement])).toThrow();
      expect(store.measurements({ run: id })).toHaveLength(3);
    });

    test("its version changes with every write, and not by reading", () => {
      const seen = [store.version()];
      const differs = (write: () => unknown) => {
        write();
        seen.push(store.version());
      };
      let id = "";
      differs(() => {
        id = store.createRun(plan).id;
      });
      differs(() => store.updateRun(id, { seconds: 1 }));
      differs(() => store.addTrials(id, [exampleTrial(0)]));
      differs(() => store.updateTrial(id, exampleTrial(0)));
      differs(() => store.addEvent(id, "started", null));
      differs(() => store.putWeights(id, 0, Float32Array.of(1)));
      differs(() => store.addMeasurement(undefined, "a", measurement));
      differs(() => store.deleteRun(id));
      expect(new Set(seen).size).toBe(seen.length);
      for (const read of [() => store.runs(), () => store.changes(id), () => store.trial(id, 0), () => store.version()]) read();
      expect(store.version()).toBe(seen.at(-1));
    });

    test("events are kept in order", () => {
      const { id } = store.createRun(plan);
      store.addEvent(id, "started", { workers: 2 });
      store.addEvent(id, "interrupted", null);
      const events = store.events(id);
      expect(events.map(({ kind, detail }) => ({ kind, detail }))).toEqual([
        { kind: "started", detail: { workers: 2 } },
        { kind: "interrupted", detail: null },
      ]);
      for (const { at } of events) expect(new Date(at).toISOString()).toBe(at);
    });

    test("a closed store refuses everything, and closing twice is harmless", () => {
      const { id } = store.createRun(plan);
      store.close();
      store.close();
      expect(() => store.runs()).toThrow(/closed/);
      expect(() => store.addTrials(id, [exampleTrial(0)])).toThrow(/closed/);
      expect(() => store.addEvent(id, "late", null)).toThrow(/closed/);
      expect(() => [...store.trials(id)]).toThrow(/closed/);
      expect(() => store.changes(id)).toThrow(/closed/);
      expect(() => store.blocks(id)).toThrow(/closed/);
    });
  });
}
