/** What the dashboard's page computes of a run's trials, against slow and obvious versions of it. */
import { createRng } from "@archwright/core/base";
import type { PointsAnswer } from "@archwright/dashboard";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BudgetFilter } from "../packages/dashboard/web/data/budgets.ts";
import { formatNumber, formatSeconds, formatValue } from "../packages/dashboard/web/data/format.ts";
import { FrontFinder } from "../packages/dashboard/web/data/front.ts";
import { PointTable, standing } from "../packages/dashboard/web/data/points.ts";
import { linkTo, parseRoute } from "../packages/dashboard/web/data/route.ts";
import { listed } from "../packages/dashboard/web/data/runs.ts";
import { dominatedArea, joined, overBudget, planeOf } from "../packages/dashboard/web/data/search.ts";
import { inPages, madeUpColumns, madeUpPoints, madeUpRuns } from "./support/dashboard/madeUp.ts";

/** A table that has taken up these answers. */
function tableOf(answers: readonly PointsAnswer[]): PointTable {
  const table = new PointTable();
  for (const answer of answers) table.apply(answer);
  return table;
}

/** Values of few different sizes, so that many are equal. */
function rounded(points: PointsAnswer): PointsAnswer {
  const coarse = (value: number | null) => (value === null ? null : Number(value.toPrecision(2)));
  return { ...points, values: Object.fromEntries(Object.entries(points.values).map(([name, column]) => [name, column.map(coarse)])) };
}

const betterOf = (name: string) => madeUpColumns.find((column) => column.name === name)?.better;

/** Numbers of the trials within limits that no other dominates: every pair is looked at. */
function slowFront(points: PointsAnswer, x: string, y: string, limits: ReadonlyMap<string, number>): number[] {
  const value = (name: string, i: number) => points.values[name]?.[i] ?? null;
  const cost = (name: string, i: number) => (betterOf(name) === "higher" ? -1 : 1) * (value(name, i) as number);
  const rows = points.number.flatMap((_, i) => {
    const within = [...limits].every(([name, limit]) => {
      const own = value(name, i);
      return own !== null && (betterOf(name) === "higher" ? own >= limit : own <= limit);
    });
    return points.state[i] === 0 && within && value(x, i) !== null && value(y, i) !== null ? [i] : [];
  });
  const dominates = (a: number, b: number) =>
    cost(x, a) <= cost(x, b) && cost(y, a) <= cost(y, b) && (cost(x, a) < cost(x, b) || cost(y, a) < cost(y, b));
  return rows.filter((row) => !rows.some((other) => dominates(other, row))).map((row) => points.number[row] as number);
}

const limited = madeUpColumns.filter(({ better }) => better !== null).map(({ name }) => name);
const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);

describe("the front under limits", () => {
  it("is that of an obvious computation, whatever moves", () => {
    const moves = fc.array(fc.tuple(fc.nat(limited.length - 1), fc.option(fc.nat(99))), { maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(limited.length - 1), fc.nat(limited.length - 1), moves, (seed, xAt, yAt, list) => {
        const points = rounded(madeUpPoints(60, { seed: String(seed) }));
        const table = tableOf([points]);
        const filter = new BudgetFilter(table);
        filter.refresh();
        const finder = new FrontFinder();
        const [x, y] = [limited[xAt] ?? "", limited[yAt] ?? ""];
        const column = (name: string) => table.columns.get(name) as NonNullable<ReturnType<typeof table.columns.get>>;
        finder.sort(table, column(x), column(y));
        const limits = new Map<string, number>();
        for (const [at, percent] of list) {
          const name = limited[at] ?? "";
          const known = (points.values[name] ?? []).filter((value) => value !== null).sort((a, b) => a - b);
          const limit = percent === null ? undefined : known[Math.floor((percent / 100) * known.length)];
          filter.set(name, limit);
          filter.apply();
          if (limit === undefined) limits.delete(name);
          else limits.set(name, limit);
          const found = [...finder.find(filter.outside)].map((row) => table.number[row] as number);
          expect(sorted(found)).toEqual(sorted(slowFront(points, x, y, limits)));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is the same when trials come in parts and are changed later", () => {
    const points = rounded(madeUpPoints(1500));
    const stale = { ...points, values: { ...points.values, accuracy: (points.values.accuracy ?? []).map(() => 99) } };
    const answers = [...inPages(stale, 400).slice(0, 3), ...inPages(points, 350)];
    const table = new PointTable();
    const filter = new BudgetFilter(table);
    const finder = new FrontFinder();
    const limits = new Map([["peak_memory_bytes@stm32f746", 100_000]]);
    for (const answer of answers) {
      const rows = table.apply(answer);
      for (const [name, limit] of limits) filter.set(name, limit);
      filter.refresh();
      const [x, y] = [table.columns.get("latency_ms@raspberry-pi-4"), table.columns.get("accuracy")];
      if (!x || !y) throw new Error("no columns");
      if (answer === answers[0]) finder.sort(table, x, y);
      else finder.update(table, rows);
    }
    expect(table.count).toBe(1500);
    const found = [...finder.find(filter.outside)].map((row) => table.number[row] as number);
    expect(sorted(found)).toEqual(sorted(slowFront(points, "latency_ms@raspberry-pi-4", "accuracy", limits)));
  });

  it("counts, names the best, and says which limit to loosen", () => {
    const points = madeUpPoints(500);
    const table = tableOf([points]);
    const filter = new BudgetFilter(table);
    filter.refresh();
    const feasible = points.state.filter((state) => state === 0).length;
    expect(filter.within()).toBe(feasible);
    filter.set("latency_ms@stm32f746", 20);
    filter.set("flash_bytes@stm32f746", 1);
    filter.apply();
    expect(filter.within()).toBe(0);
    const latency = points.values["latency_ms@stm32f746"] ?? [];
    const without = latency.filter((value, i) => points.state[i] === 0 && value !== null && value <= 20).length;
    expect(filter.tightest()).toEqual({ name: "flash_bytes@stm32f746", without });
    filter.set("flash_bytes@stm32f746", undefined);
    filter.apply();
    const column = table.columns.get("accuracy");
    const accuracies = (points.values.accuracy ?? []).filter((_, i) => points.state[i] === 0 && (latency[i] ?? 99) <= 20);
    expect(column && filter.best(column)?.value).toBe(Math.max(...accuracies.map((value) => value ?? 0)));
  });

  it("compares the trials of one stage of training only", () => {
    const points = madeUpPoints(50);
    const stage = points.number.map((_, i) => (i % 5 === 0 ? 2 : 1));
    const table = tableOf([{ ...points, stage, front: [1] }]);
    for (let row = 0; row < 50; row++) {
      if (points.state[row] === 0) expect(table.standing[row]).toBe(row % 5 === 0 ? standing.compared : standing.earlier);
    }
  });
});

describe("the area that a front dominates", () => {
  it("is that of counting cells, after every trial", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 25 }), (list) => {
        const points = madeUpPoints(list.length);
        const values = { ...points.values, "latency_ms@stm32f746": list.map(([x]) => x), accuracy: list.map(([, y]) => y) };
        const table = tableOf([{ ...points, values, state: list.map(() => 0) }]);
        const [x, y] = [table.columns.get("latency_ms@stm32f746"), table.columns.get("accuracy")];
        if (!x || !y) throw new Error("no columns");
        const steps = dominatedArea(table, x, y, { x: [12, 0], y: [0, 12] });
        for (let known = 1; known <= list.length; known++) {
          let cells = 0;
          for (let a = 0; a < 12; a++) {
            for (let b = 0; b < 12; b++) if (list.slice(0, known).some(([px, py]) => px <= a && py > b)) cells++;
          }
          const share = steps.findLast(({ trials }) => trials <= known)?.share ?? 0;
          expect(share).toBeCloseTo(cells / 144, 9);
        }
      }),
    );
  });

  it("lies between the worst and the best that are compared", () => {
    const table = tableOf([madeUpPoints(200)]);
    const [x, y] = [table.columns.get("latency_ms@stm32f746"), table.columns.get("accuracy")];
    if (!x || !y) throw new Error("no columns");
    const plane = planeOf(table, x, y);
    if (!plane) throw new Error("no plane");
    expect(plane.x[0]).toBeGreaterThan(plane.x[1]);
    expect(plane.y[0]).toBeLessThan(plane.y[1]);
    const last = dominatedArea(table, x, y, plane).at(-1);
    expect(last?.share).toBeGreaterThan(0.3);
    expect(last?.share).toBeLessThan(1);
    expect(joined([plane, { x: [plane.x[0] + 1, plane.x[1] + 1], y: plane.y }])).toEqual({ x: [plane.x[0] + 1, plane.x[1]], y: plane.y });
  });

  it("budgets are counted over what is known", () => {
    const points = madeUpPoints(300);
    const found = overBudget(tableOf([points]));
    const memory = (points.values["peak_memory_bytes@stm32f746"] ?? []).filter((value) => value !== null && value > 262_144).length;
    expect(found.map(({ column, over, known }) => [column.info.name, over, known])).toContainEqual([
      "peak_memory_bytes@stm32f746",
      memory,
      300,
    ]);
  });
});

it("numbers and times are readable, and what is unknown is a dash", () => {
  expect([0, 1234567, 12.3456, 0.000012, 1e12].map((value) => formatNumber(value))).toEqual([
    "0",
    "1,234,567",
    "12.35",
    "1.20e-5",
    "1.00e+12",
  ]);
  expect(formatNumber(0.004, 2)).toBe("0.004");
  expect(formatNumber(0.01234567)).toBe("0.01235");
  expect(formatValue(65536, "bytes")).toBe("64\u202fKiB");
  expect(formatValue(1_234_567, "count")).toBe("1.235M");
  expect(formatValue(null, "ms")).toBe("–");
  expect(formatValue(Number.NaN, "percent")).toBe("–");
  expect([0.2, 45, 600, 7500, 200_000].map(formatSeconds)).toEqual(["200 ms", "45 s", "10 min", "2 h 5 min", "2 d 7 h"]);
});

it("addresses lead back to what they were made of, whatever a name holds", () => {
  for (const run of ["r1", "a/b?c#d", "../../etc/passwd", "<b>&amp;", "50%", "ä 字 \u0000", "?run=x&run=y", "."]) {
    expect(parseRoute(linkTo.run(run)).place).toEqual({ page: "run", run });
    expect(parseRoute(linkTo.trial(run, 12)).place).toEqual({ page: "trial", run, trial: 12 });
    expect(parseRoute(linkTo.compare([run, "b"])).place).toEqual({ page: "compare", runs: [run, "b"] });
  }
  expect(parseRoute("#/runs/%E0%A4%A").place.page).toBe("unknown");
  expect(parseRoute("#/runs/a/trials/x").place.page).toBe("unknown");
});

it("runs of which something is unknown come last, whichever way they are sorted", () => {
  const runs = madeUpRuns(50).map((run, i) => (i % 7 === 0 ? { ...run, best_accuracy: null } : run));
  const rng = createRng("order");
  for (const descending of [true, false]) {
    const found = listed(
      [...runs].sort(() => rng.next() - 0.5),
      "",
      { by: "best", descending },
    ).map((run) => run.best_accuracy as number | null);
    const known = found.filter((value) => value !== null);
    expect(found.slice(known.length).every((value) => value === null)).toBe(true);
    expect(known).toEqual([...known].sort((a, b) => (descending ? b - a : a - b)));
  }
});
