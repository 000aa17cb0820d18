import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, InputError, type Rng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import {
  attainmentSurface,
  canDiffer,
  contendersOf,
  drawSettings,
  evaluationsToTargets,
  expectedRunningTime,
  frontFound,
  invertedDistancePlus,
  judgeAcross,
  judgeLottery,
  judgeTask,
  qualityCourse,
  type SearchTrace,
  searchTable,
  shareReached,
  signedRankTest,
  type TableTask,
  tableTask,
} from "./index.ts";

/** The full tier repeats as often as the promise says. */
const repeats = process.env.MODE === "full" ? 1000 : 250;

const grid = toySpace([6, 6, 6]);
const cells = Array.from({ length: 216 }, (_, i): Toy => [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6]);

/** Accuracy rises with the sum, latency with the first two; both with a little noise of the row's own. */
function sampleTask(name: string, objectives = 2): TableTask<Toy> {
  const rng = createRng(name);
  return tableTask({
    name,
    space: grid,
    objectives: ["error", "latency"].slice(0, objectives),
    rows: cells.map((g) => {
      const [a = 0, b = 0, c = 0] = g;
      const error = 60 - 3 * a - 2 * b - c + rng.next();
      return {
        architecture: grid.format(g),
        objectives: [error, 1 + a + 2 * b + rng.next()].slice(0, objectives),
        merit: 100 - error,
        trainingSeconds: 10 + a,
      };
    }),
  });
}

const run = { algorithm: "nsga2", settings: {}, evaluations: 40, initial: 0, seed: 0, repeat: 0, copy: 0 };

describe("searchTable", () => {
  const task = sampleTask("searches");

  it("is paired: the same repeat begins with the same random candidates, and repeats itself", () => {
    const [a, again, other] = [run, run, { ...run, algorithm: "random" }].map((one) => searchTable(task, one));
    expect(again).toEqual(a);
    expect(other?.rows.slice(0, 4)).toEqual(a?.rows.slice(0, 4));
    expect(searchTable(task, { ...run, repeat: 1 }).rows).not.toEqual(a?.rows);
    expect(searchTable(task, { ...run, copy: 1 }).rows).not.toEqual(a?.rows);
  });

  it("tells all the same initial candidates where there are some, copies too", () => {
    const starts = [run, { ...run, algorithm: "random" }, { ...run, copy: 1 }].map((one) =>
      searchTable(task, { ...one, initial: 10 }).rows.slice(0, 10),
    );
    expect(new Set(starts.map((rows) => rows.join())).size).toBe(1);
    expect(starts[0]).toHaveLength(10);
  });

  it("evaluates no row twice, and ends with the table", () => {
    const { rows, ownSeconds } = searchTable(task, { ...run, evaluations: 1000 });
    expect(new Set(rows).size).toBe(216);
    expect(rows).toHaveLength(216);
    expect(ownSeconds).toHaveLength(216);
  });

  it("takes the algorithm's own time by the clock that it is given", () => {
    let clock = 0;
    const { ownSeconds } = searchTable(task, run, () => clock++);
    expect(ownSeconds[0]).toBeGreaterThan(0);
    expect([...ownSeconds].sort((a, b) => a - b)).toEqual(ownSeconds);
  });

  it("searches what a partial table knows", () => {
    const partial = tableTask({
      name: "part",
      space: grid,
      objectives: ["x"],
      rows: cells.slice(0, 50).map((g, i) => ({ architecture: grid.format(g), objectives: [i === 7 ? Number.NaN : i] })),
    });
    expect(new Set(searchTable(partial, { ...run, evaluations: 100 }).rows).size).toBe(49);
    expect(() => tableTask({ name: "none", space: grid, objectives: ["x"], rows: [] })).toThrow(InputError);
  });

  it("counts an evaluation of a row over budget, which is on no front", () => {
    const within = (g: Toy) => (g[0] as number) + (g[1] as number) >= 5;
    const described = (most: (g: Toy) => boolean) => ({
      name: "budget",
      space: grid,
      objectives: ["x", "y"],
      rows: cells.map((g) => ({
        architecture: grid.format(g),
        objectives: [g[0] as number, g[1] as number],
        violation: most(g) ? 0 : 0.5,
      })),
      reference: [6, 6],
    });
    const task = tableTask(described(within));
    expect(task.front.map(([x = 0, y = 0]) => x + y)).toEqual(new Array(6).fill(5));
    const { rows } = searchTable(task, { ...run, evaluations: 216 });
    expect(rows).toHaveLength(216);
    const course = qualityCourse(task, { rows, ownSeconds: [] }, 216);
    expect(course.at(-1)).toBe(1);
    expect([...course].sort((a, b) => a - b)).toEqual(course);
    expect(frontFound(task, { rows, ownSeconds: [] })).toEqual(task.front);
    expect(() => tableTask(described(() => false))).toThrow(/no architecture is within the budgets/);
  });
});

describe("qualityCourse", () => {
  it("ends at 1 where all was evaluated, and with one objective at the merit of the best", () => {
    const all: SearchTrace = { rows: cells.map((_, i) => i), ownSeconds: cells.map(() => 0) };
    const two = qualityCourse(sampleTask("two"), all, 300);
    expect(two).toHaveLength(300);
    expect(two.at(-1)).toBeCloseTo(1, 12);
    const one = sampleTask("one", 1);
    expect(qualityCourse(one, all, 216).at(-1)).toBe(Math.max(...one.merit));
  });
});

describe("invertedDistancePlus", () => {
  it("agrees with its definition, and is 0 for the front itself", () => {
    const vectors = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(vectors, vectors, (found, truth) => {
        const reference = [25, 25];
        const extent = [0, 1].map((axis) => {
          const values = truth.map((vector) => vector[axis] as number);
          return Math.max(...values) - Math.min(...values) || 25 - Math.min(...values);
        });
        const naive = truth.map((z) =>
          Math.min(
            ...found.map((a) => Math.hypot(...a.map((value, axis) => Math.max(value - (z[axis] as number), 0) / (extent[axis] as number)))),
          ),
        );
        expect(invertedDistancePlus(found, truth, reference)).toBeCloseTo(naive.reduce((sum, value) => sum + value, 0) / truth.length, 10);
        expect(invertedDistancePlus(truth, truth, reference)).toBe(0);
      }),
    );
  });
});

describe("attainmentSurface", () => {
  it("bounds just the points that enough runs attain", () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(
        fc.array(fc.array(point, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0.1, 0.5, 0.9),
        (fronts, share) => {
          const corners = attainmentSurface(fronts, share);
          const attains = (front: readonly (readonly [number, number])[], x: number, y: number) => front.some(([a, b]) => a <= x && b <= y);
          for (let x = 0; x <= 6; x++) {
            for (let y = 0; y <= 6; y++) {
              const count = fronts.filter((front) => attains(front, x, y)).length;
              expect(attains(corners, x, y)).toBe(count >= Math.max(1, share * fronts.length - 1e-9));
            }
          }
        },
      ),
    );
  });
});

describe("targets", () => {
  it("count from the first evaluation that reaches them", () => {
    const needed = evaluationsToTargets([0.1, 0.5, 0.5, 0.9], [0.1, 0.5, 0.8, 1], (value, target) => value >= target);
    expect(needed).toEqual([1, 2, 4, undefined]);
    expect(shareReached([needed, needed], 4)).toEqual([0.25, 0.5, 0.5, 0.75]);
    // Two runs reach it after 2 and 4 of 10, one not at all: 16 evaluations for two successes.
    expect(expectedRunningTime([2, undefined, 4], 10)).toBe(8);
    expect(expectedRunningTime([undefined], 10)).toBeUndefined();
  });
});

describe("drawSettings", () => {
  it("draws what the algorithm accepts, each once, the same for the same generator", () => {
    const drawn = drawSettings("nsga2", 100, 20, createRng(0));
    expect(drawn).toHaveLength(20);
    expect(drawSettings("nsga2", 100, 20, createRng(0))).toEqual(drawn);
    for (const settings of drawn) {
      expect(settings.population).toBeGreaterThanOrEqual(2);
      expect(settings.population).toBeLessThanOrEqual(100);
      searchTable(sampleTask("accepted"), { ...run, settings, evaluations: 5 });
    }
  });

  it("gives one where settings change nothing, and none that is refused", () => {
    expect(drawSettings("random", 100, 20, createRng(0))).toHaveLength(1);
    expect(drawSettings("nsga2", 100, 5, createRng(0), () => false)).toEqual([]);
  });
});

describe("contendersOf", () => {
  it("always has random search, and lets a name take part twice", () => {
    const contenders = contendersOf(["nsga2", "nsga2"]);
    expect(contenders.map(({ label }) => label)).toEqual(expect.arrayContaining(["random", "nsga2", "nsga2 (2)"]));
    expect(contenders.map(({ copy }) => copy).filter((copy) => copy === 1)).toHaveLength(1);
    expect(() => contendersOf(["nsga"])).toThrow(/nsga2/);
  });
});

describe("judgeTask", () => {
  const judged = (names: readonly string[], seeds: number, task = sampleTask("judged")) => {
    const all = contendersOf(names).map(({ label, algorithm, copy }) => ({
      label,
      traces: Array.from({ length: seeds }, (_, repeat) => searchTable(task, { ...run, algorithm, repeat, copy })),
    }));
    return judgeTask(task, all, { evaluations: run.evaluations, margin: 0.005, alpha: 0.05, rng: createRng(0) });
  };

  it("tells all that is promised of each contender and pair", () => {
    const result = judged(["nsga2", "nsga2"], 12);
    expect(result.pairs).toHaveLength((result.contenders.length * (result.contenders.length - 1)) / 2);
    for (const contender of result.contenders) {
      expect(contender.values).toHaveLength(12);
      expect(contender.byEvaluations.at.at(-1)).toBe(40);
      expect(contender.byEvaluations.middle.at(-1)).toBeCloseTo(contender.median, 12);
      expect(contender.byTrainingSeconds?.middle.at(-1)).toBeCloseTo(contender.median, 12);
      expect(contender.attainment.map(({ share }) => share)).toEqual([0.1, 0.5, 0.9]);
      expect(contender.shareReached).toHaveLength(40);
      expect(contender.interquartileMean.low).toBeLessThanOrEqual(contender.interquartileMean.value);
    }
    for (const { evaluationsToMatch } of result.contenders) expect(evaluationsToMatch).toHaveLength(result.contenders.length);
    const random = result.contenders[0];
    expect(random?.sharedStart).toBe(40);
    const [pair] = result.pairs.filter(({ a, b }) => a === "nsga2" && b === "nsga2 (2)");
    expect(pair?.verdict).not.toMatch(/better/);
    const across = judgeAcross([result, result, result, result, result, result], { alpha: 0.05, rng: createRng(0) });
    expect(across.ranking?.criticalDifference).toBeGreaterThan(0);
    expect(judgeAcross([result], { alpha: 0.05, rng: createRng(0) }).ranking).toBeUndefined();
  });

  it("says after how many evaluations one has what another has at the end", () => {
    const task = sampleTask("matched", 1);
    // From the worst architecture to the best: a search that goes on in steps has the end of a slower one after fewer evaluations.
    const order = task.merit.map((_, row) => row).sort((a, b) => (task.merit[a] as number) - (task.merit[b] as number));
    const every = (step: number): SearchTrace => {
      const rows = Array.from({ length: 40 }, (_, i) => order[step * i] as number);
      return { rows, ownSeconds: rows.map(() => 0) };
    };
    const all = [
      { label: "slow", traces: [every(1), every(1), every(1)] },
      { label: "quick", traces: [every(4), every(1), every(4)] },
    ];
    const { contenders } = judgeTask(task, all, { evaluations: 40, margin: 0.1, alpha: 0.05, rng: createRng(0), draws: 1 });
    expect(contenders.map(({ evaluationsToMatch }) => evaluationsToMatch)).toEqual([
      [40, undefined],
      // The first of the others' best 156 is its eleventh: 4 × 10 > 39.
      [11, 40],
    ]);
  });

  it("judges settings", () => {
    const task = sampleTask("lottery");
    const drawn = [2, 10].map((population) => ({
      settings: { population },
      traces: [[0, 1].map((repeat) => searchTable(task, { ...run, settings: { population }, repeat }))],
    }));
    const { worst, median, best, settings } = judgeLottery("nsga2", [task], drawn, 40);
    expect(settings).toHaveLength(2);
    for (const [i, low] of worst.entries()) {
      expect(low).toBeLessThanOrEqual(median[i] as number);
      expect(median[i]).toBeLessThanOrEqual(best[i] as number);
    }
  });
});

it("canDiffer says from how many repeats on Holm lets the clearest difference pass", () => {
  // 2 / 2^n for all differences of one sign, times the pairs: one pair needs six repeats, 28 pairs eleven.
  expect([5, 6].map((repeats) => canDiffer(2, repeats, 0.05))).toEqual([false, true]);
  expect([10, 11].map((repeats) => canDiffer(8, repeats, 0.05))).toEqual([false, true]);
});

describe("a comparison of an algorithm with itself", () => {
  /** Qualities of many independent searches of one algorithm on one task. */
  const task = sampleTask("itself");
  const pool = (algorithm: string) =>
    Array.from(
      { length: 400 },
      (_, repeat) => qualityCourse(task, searchTable(task, { ...run, algorithm, evaluations: 25, repeat }), 25).at(-1) as number,
    );

  it.each(["random", "nsga2"])("finds %s different from itself in at most 6.5 % of the repeats", (algorithm) => {
    const [values, rng] = [pool(algorithm), createRng(1)];
    let called = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const drawn = rng.shuffle(values).slice(0, 60);
      if (signedRankTest(drawn.slice(0, 30).map((value, i) => value - (drawn[30 + i] as number))).pValue <= 0.05) called++;
    }
    // Of fewer repeats the count wavers more: two standard deviations beyond.
    expect(called / repeats).toBeLessThanOrEqual(repeats === 1000 ? 0.065 : 0.08);
  });

  /** On NAS-Bench-201, two aging evolutions whose means lie 1.12 points apart are put in the wrong order by 14 % of single runs: the difference of two runs has a standard deviation of 1.04. */
  const spread = 1.04;
  it("finds a true difference of one point at 20 seeds in 95 %", () => {
    const found = (draw: (rng: Rng) => number) => {
      const rng = createRng(2);
      let count = 0;
      for (let repeat = 0; repeat < repeats; repeat++)
        if (signedRankTest(Array.from({ length: 20 }, () => draw(rng))).pValue <= 0.05) count++;
      return count / repeats;
    };
    expect(found((rng) => 1 + spread * rng.normal())).toBeGreaterThanOrEqual(0.95);
    // Of skewed runs too.
    const skewed = (rng: Rng) => -(spread / Math.SQRT2) * Math.log(1 - rng.next());
    expect(found((rng) => 1 + skewed(rng) - skewed(rng))).toBeGreaterThanOrEqual(0.95);
  });
});

describe("frontFound", () => {
  it("is not dominated", () => {
    const task = sampleTask("front");
    const front = frontFound(task, searchTable(task, run));
    expect(front.length).toBeGreaterThan(1);
    for (const [a = 0, b = 0] of front) for (const [c = 0, d = 0] of front) if (a !== c) expect(a < c).toBe(b > d);
  });
});
