import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { toySpace } from "../../testing/searcher.ts";
import { ratioCourse } from "../comparison/course.ts";
import { runOnTable } from "../comparison/tableRun.ts";
import { tableTask } from "../comparison/task.ts";
import { benchmarkSearch } from "../searchBenchmark.ts";

const space = toySpace([4, 4, 4, 4]);
const all = [...Array(256).keys()].map((code) => [0, 1, 2, 3].map((place) => Math.floor(code / 4 ** place) % 4));
const rng = createRng("noise");
const rows = all.map((g) => {
  const value = g.reduce((sum, gene, i) => sum + gene * (1 + i), 0) + rng.next();
  const other = 10 - (g[0] as number) + rng.next();
  return { architecture: space.format(g), objectives: [value, other], atLower: [[value + 3 * rng.next(), other]] };
});
const options = { settings: {}, evaluations: 20, initial: [] };
const description = { name: "made up", space, objectives: ["a", "b"], reference: [40, 12] };

it("counts evaluations by their cost, and full ones alone towards the front", () => {
  const task = tableTask({ ...description, rows, lower: [{ cost: 0.06 }] });
  for (const algorithm of ["successive-halving", "asha"]) {
    const trace = runOnTable(task, { algorithm, ...options, rng: createRng(1) });
    const spent = trace.spent ?? [];
    expect(spent).toHaveLength(trace.rows.length);
    // Every full evaluation costs one, and some cheap ones lie between.
    spent.forEach((cost, i) => {
      const low = (cost - (spent[i - 1] ?? 0) - 1) / 0.06;
      expect(low).toBeGreaterThanOrEqual(-1e-6);
      expect(low).toBeCloseTo(Math.round(low), 6);
    });
    expect(spent.at(-1)).toBeLessThanOrEqual(20);
    expect(trace.rows.length).toBeLessThan(20);
    const course = ratioCourse(task, trace, 20);
    expect(course).toHaveLength(20);
    course.forEach((ratio, i) => {
      const paid = spent.filter((cost) => cost <= i + 1).length;
      expect(ratio).toBe(ratioCourse(task, { rows: trace.rows.slice(0, paid) }, paid).at(-1) ?? 0);
    });
  }
});

it("tells no difference to an algorithm that knows of no fidelities", () => {
  const offered = runOnTable(tableTask({ ...description, rows, lower: [{ cost: 0.06 }] }), {
    algorithm: "nsga2",
    ...options,
    rng: createRng(2),
  });
  const alone = runOnTable(tableTask({ ...description, rows }), { algorithm: "nsga2", ...options, rng: createRng(2) });
  expect(offered.rows).toEqual(alone.rows);
  expect(offered.spent).toEqual(alone.rows.map((_, i) => i + 1));
  expect(alone.spent).toBeUndefined();
});

it("never asks again for what a cheap look failed to show", () => {
  const known = new Set(rows.slice(0, 128).map(({ architecture }) => architecture));
  const task = tableTask({
    ...description,
    rows: rows.map((row) => (known.has(row.architecture) ? row : { ...row, atLower: [[Number.NaN, 1]] })),
    lower: [{ cost: 0.06 }],
  });
  const { rows: found } = runOnTable(task, { algorithm: "successive-halving", ...options, evaluations: 1000, rng: createRng(3) });
  expect(found).toHaveLength(128);
  expect(found.every((row) => row < 128)).toBe(true);
});

it("finds more by cheap looks that tell much than without", () => {
  const table = { rows: new Map(rows.map(({ architecture, objectives }) => [architecture, objectives])), reference: [40, 12] };
  const lower = [{ cost: 0.06, rows: new Map(rows.map(({ architecture, atLower }) => [architecture, atLower[0] as number[]])) }];
  const search = (searched: typeof table) =>
    benchmarkSearch({ space, table: searched, algorithm: "successive-halving", evaluations: 20, trials: 20, seed: 0 }).hypervolumeRatioMean;
  const [without, withLooks] = [search(table), search({ ...table, ...{ lower } })];
  expect(withLooks[3]).toBeGreaterThan(without[3] as number);
});
