import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Experiment, Trial } from "../../experiment/index.ts";
import { createBlockStore } from "../../testing/examples/blockStore.ts";
import { queryExperiment } from "../../testing/examples/queryExamples.ts";
import { queryTrials } from "../../testing/examples/queryTrials.ts";
import { describeComparison, type FrontQuery, queryFront } from "../front.ts";
import { frontJson } from "../frontJson.ts";
import { FollowedRun } from "./followedRun.ts";
import { frontRows } from "./frontRows.ts";

const run = "e-1";
const stages = [
  { steps: 100, seeds: 1 },
  { steps: 800, keep: 3, seeds: 2 },
];
const metrics = { recall: { goal: "maximise" }, top5: { goal: "minimise" } };
/** With one training, with numbers of the evaluator's own, and with stages. */
const experiments = {
  plain: queryExperiment,
  own: {
    ...queryExperiment,
    evaluator: { kind: "command", command: ["x"], metrics },
    objectives: [...queryExperiment.objectives, { metric: "own", name: "recall", goal: "maximise" }],
  },
  staged: { ...queryExperiment, evaluator: { kind: "train", training: { stages } } },
} as unknown as Readonly<Record<string, Experiment>>;

/** What trials may have beside what `queryTrials` gives them. */
const beside = fc.record({
  tested: fc.boolean(),
  recall: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  top5: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  measuredTwice: fc.boolean(),
  onBoard: fc.boolean(),
  hint: fc.boolean(),
  later: fc.integer({ min: 0, max: 3 }),
  retrained: fc.integer({ min: 0, max: 2 }),
  unscored: fc.integer({ max: 6 }).map((roll) => roll === 0),
});
type Beside = Parameters<typeof extended>[1];

function extended(
  trial: Trial,
  has: {
    readonly [Key in "tested" | "measuredTwice" | "onBoard" | "hint" | "unscored"]: boolean;
  } & { readonly [Key in "recall" | "top5"]: number | undefined } & { readonly [Key in "later" | "retrained"]: number },
  retrains: boolean,
): Trial {
  const { local, board } = trial.devices;
  if (local === undefined || board === undefined) throw new Error("a trial without its devices");
  const [measurement] = local.measurements;
  const again = measurement && has.measuredTwice ? [{ ...measurement, value: measurement.value + 1 }] : [];
  const onBoard = has.onBoard ? [{ device: "board", metric: "latencyMs", value: 7, median: 7, spread: 0 }] : [];
  const { latencyMs } = local.estimates;
  const hinted = latencyMs && has.hint ? { latencyMs: { ...latencyMs, low95: 1, profile: "laptop" } } : local.estimates;
  const own = Object.fromEntries(Object.entries({ recall: has.recall, top5: has.top5 }).filter(([, value]) => value !== undefined));
  const score = has.unscored ? undefined : trial.score;
  const trainings = Array.from({ length: has.later }, (_, seed) => ({
    ...{ stage: 1, fidelity: { steps: 800 }, seed, score: 60 + ((trial.number * 7 + seed * 3) % 30), seconds: 1 },
  }));
  const retrainings = Array.from({ length: has.retrained }, (_, seed) => ({
    ...{ fidelity: { epochs: 30 }, seed, score: 70 + ((trial.number * 5 + seed) % 20), testScore: 70 + seed, seconds: 2 },
  }));
  const { score: _, ...rest } = trial;
  return {
    ...rest,
    ...(score === undefined ? {} : { score, objectives: [100 - score, board.estimates.latencyMs?.value ?? 0, -(has.recall ?? 0)] }),
    ...(has.tested ? { testScore: 50 + (trial.number % 9) } : {}),
    ...(Object.keys(own).length > 0 ? { metrics: own } : {}),
    devices: {
      local: { estimates: hinted, measurements: [...local.measurements, ...again] },
      board: { estimates: board.estimates, measurements: onBoard },
    },
    ...(trainings.length > 0 ? { trainings } : {}),
    ...(retrains && retrainings.length > 0 ? { retrainings } : {}),
    fidelity: { epochs: 3 },
  } as unknown as Trial;
}

const names = ["error", "macs", "latency@local", "latency@board", "peak_memory@board", "energy@board", "recall", "top5"];
const queries: fc.Arbitrary<FrontQuery> = fc.record(
  {
    device: fc.constantFrom("board", "local"),
    objectives: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((list) => list.join()),
    where: fc.array(
      fc
        .tuple(
          fc.constantFrom(...names, "accuracy", "test_accuracy", "parameters"),
          fc.constantFrom("<=", ">=", "<", ">", "="),
          fc.integer({ min: 1, max: 60 }),
        )
        .map(([name, sign, bound]) => {
          const unit: Record<string, number> = { macs: 100, "peak_memory@board": 200 };
          return `${name}${sign}${bound * (unit[name] ?? 1)}`;
        }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

/** All that can be told of an answer, or what was said in place of one. */
function told(answer: () => Parameters<typeof describe_>[1], experiment: Experiment) {
  try {
    return describe_(experiment, answer());
  } catch (error) {
    return String(error);
  }
}

function describe_(
  experiment: Experiment,
  front: Omit<ReturnType<typeof queryFront>, "compared"> & { readonly compared: Int32Array | readonly Trial[] },
) {
  return {
    json: frontJson(experiment, run, front, front.objectives),
    trials: front.trials,
    compared: Array.from(front.compared as readonly (Trial | number)[], (one) => (typeof one === "number" ? one : one.number)),
    sentence: describeComparison(front),
    differences: front.differences,
  };
}

describe("a followed run", () => {
  it.each(Object.keys(experiments))("answers as a query over the trials does: %s", (name) => {
    const experiment = experiments[name] as Experiment;
    fc.assert(
      fc.property(
        queryTrials({ measuredShare: 12 }),
        fc.infiniteStream(beside),
        fc.array(queries, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (plain, stream, asked, batch, retrains) => {
          const all = plain.map((trial) => extended(trial, stream.next().value as Beside, retrains));
          const { store, write } = createBlockStore();
          const followed = new FollowedRun(store, run);
          for (let from = 0; from < all.length; from += batch) {
            write(all.slice(from, from + batch));
            if (from % 2 === 0) followed.update();
          }
          const compare = (query: FrontQuery) =>
            expect(told(() => followed.front(experiment, query), experiment)).toEqual(
              told(() => queryFront(experiment, store.trials(run), query), experiment),
            );
          followed.update();
          for (const query of asked) compare(query);
          // Changed trials gain and lose values.
          write(
            all.filter((_, i) => i % 3 === 0).map((trial) => extended({ ...trial, score: 61 }, stream.next().value as Beside, retrains)),
          );
          followed.update();
          for (const query of asked) compare(query);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("reads as much at once as it is told, and nothing before it is told", () => {
    const { store, write } = createBlockStore();
    const trials = fc.sample(queryTrials(), { seed: 1, numRuns: 50 }).find(({ length }) => length >= 3) ?? [];
    for (const trial of trials) write([trial]);
    const followed = new FollowedRun(store, run);
    expect(followed.columns.count).toBe(0);
    expect(followed.update(1)).toBe(true);
    expect(followed.columns.count).toBe(2);
    expect(followed.update()).toBe(false);
    expect(followed.columns.count).toBe(trials.length);
  });
});

describe("the rows that no other dominates", () => {
  it.each([
    [2, 40],
    [3, 40],
    [2, 1e9],
    [3, 1e9],
  ])("are those of all pairs, of %i objectives with %i values", (axes, values) => {
    // Enough rows for the grid; equal values, values far from all others, and objectives without a range among them.
    let state = 7;
    const next = () => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const count = 6000;
    const objectives = Array.from({ length: axes }, (_, axis) =>
      Float64Array.from({ length: count }, () => {
        if (next() < 0.001) return 1e12;
        return axis === 1 && values === 40 ? 3 : Math.floor(next() * values);
      }),
    );
    const rows = Int32Array.from({ length: count }, (_, row) => row).filter((row) => row % 7 !== 0);
    const at = (row: number) => objectives.map((column) => column[row] as number);
    const isBehind = (row: number, other: number) => {
      const [mine, others] = [at(row), at(other)];
      const isEqual = mine.every((value, axis) => value === others[axis]);
      return isEqual ? other < row : mine.every((value, axis) => (others[axis] as number) <= value);
    };
    const expected = [...rows].filter((row) => !rows.some((other) => other !== row && isBehind(row, other)));
    const found = frontRows(rows, objectives);
    expect([...found].sort((a, b) => a - b)).toEqual(expected);
    const texts = found.map((row) =>
      at(row)
        .map((value) => String(value).padStart(15))
        .join(),
    );
    expect(texts).toEqual(texts.toSorted());
  });
});
