import { type Experiment, type Objective, parseObjective, type Trial } from "@archwright/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frontJson, renderCsv } from "../front/data.ts";
import { renderPlot } from "../front/plot.ts";
import { renderFront } from "../front/table.ts";
import { frontOf, parseObjectives } from "./front.ts";
import { parseCondition } from "./where.ts";

const device = (name: string, kind: string, budgets = {}) => ({ name, kind, budgets });
const experiment = {
  name: "e",
  devices: [device("local", "measured"), device("board", "profile", { latencyMs: 40 })],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "board" }],
} as unknown as Experiment;

/** A trial with what a query looks at; a latency of `local` that was measured for some. */
const trials = (options: { readonly measuredShare?: number } = {}): fc.Arbitrary<readonly Trial[]> => {
  // Coarse values are often equal, fine ones differ by less than what a table usually shows.
  const between = (min: number, max: number) =>
    fc.oneof(
      fc.integer({ min, max }),
      fc.double({ min, max, noNaN: true }).map((value) => Number(value.toPrecision(8))),
    );
  const value = between(1, 50);
  const one = fc.record({
    accuracy: between(50, 100),
    predicted: value,
    measured: fc.option(value, { freq: options.measuredShare ?? 1 }),
    board: value,
    size: fc.integer({ min: 1, max: 9 }),
  });
  return fc.array(one, { maxLength: 25 }).map((list) =>
    list.map(({ accuracy, predicted, measured, board, size }, number) => {
      const measurements =
        measured === null ? [] : [{ device: "local", metric: "latencyMs", value: measured, median: measured, spread: 0 }];
      const latency = (value: number) => ({ latencyMs: { value, source: "analytic" } });
      const devices = { local: { estimates: latency(predicted), measurements }, board: { estimates: latency(board), measurements: [] } };
      const architecture = `stem-${size} tail-${number}`;
      return {
        number,
        architecture,
        status: "feasible",
        gate: "trained",
        accuracy,
        macs: size * 1000,
        parameters: size,
        devices,
        excesses: [],
      };
    }),
  ) as unknown as fc.Arbitrary<readonly Trial[]>;
};

/** Vectors to be minimised: none may be nowhere worse than another that differs. */
function expectNonDominated(vectors: readonly (readonly number[])[]): void {
  for (const a of vectors) {
    for (const b of vectors) {
      if (a === b) continue;
      const nowhereWorse = a.every((value, i) => value <= (b[i] as number));
      expect(nowhereWorse, `[${a}] dominates [${b}]`).toBe(false);
    }
  }
}

const sign = (objective: Objective) => (objective.metric === "error" ? -1 : 1);
const queries = [
  ["error", "latency@local"],
  ["error", "latency@board"],
  ["latency@local"],
  ["error", "latency@local", "macs"],
  ["latency@local", "latency@board"],
];

describe("what is printed of a front is not dominated in the printed values", () => {
  it.each(queries.map((query) => [query]))("by %s, in table, CSV and JSON", (query) => {
    const objectives = query.map((text) => parseObjective(text, ["local", "board"]));
    fc.assert(
      fc.property(trials(), (all) => {
        const front = frontOf(all, objectives);
        const shown = { ...front, experiment };
        if (front.trials.length === 0) return;
        const names = renderCsv(shown).split("\n")[1]?.split(",").at(-2)?.split(" ") ?? [];
        expect(names).toHaveLength(objectives.length);

        const [head = [], ...rows] = renderCsv(shown)
          .trim()
          .split("\n")
          .map((line) => line.split(","));
        const csv = rows.map((row) => names.map((name, i) => sign(objectives[i] as Objective) * Number(row[head.indexOf(name)])));
        expect(head).toEqual(expect.arrayContaining(names));
        expectNonDominated(csv);

        const json = frontJson(experiment, "e-1", front, objectives);
        expectNonDominated(json.trials.map((trial) => query.map((name) => trial.objectives[name] as number)));
        expectNonDominated(
          json.trials.map((trial) =>
            objectives.map((objective) => {
              if ("device" in objective) return trial.costs[objective.device]?.latency_ms as number;
              return objective.metric === "error" ? -(trial.accuracy as number) : (trial.macs as number);
            }),
          ),
        );

        const table = renderFront(shown, { width: 1000, columns: names, command: "" }).split("\n");
        const body = table.slice(4, 4 + front.trials.length).map((line) =>
          line
            .trim()
            .split(/ {2,}/)
            .slice(1, 1 + names.length),
        );
        expectNonDominated(body.map((cells) => cells.map((cell, i) => (names[i] === "accuracy" ? -1 : 1) * Number(cell.replace("!", "")))));
      }),
      { numRuns: 40 },
    );
  });
});

describe("a query", () => {
  const objectives = parseObjectives("error,latency@local", ["local", "board"]);

  it("compares measurements only where all trials in question have one, and says so", () => {
    fc.assert(
      fc.property(trials({ measuredShare: 6 }), (all) => {
        const everywhere = all.length > 0 && all.every((trial) => (trial.devices.local?.measurements.length ?? 0) > 0);
        const { compared_as } = frontJson(experiment, "e-1", frontOf(all, objectives), objectives);
        expect(compared_as).toEqual({ "latency@local": everywhere ? "measured" : "predicted" });
      }),
    );
  });

  it("asks its conditions of the same kind of value", () => {
    const condition = parseCondition("latency@local<=25ms", experiment);
    fc.assert(
      fc.property(trials(), (all) => {
        const { compared, values, trials: front } = frontOf(all, objectives, [condition]);
        for (const trial of compared) expect(values.cost(trial, "local", "latencyMs")).toBeLessThanOrEqual(25);
        expect(front.every((trial) => compared.includes(trial))).toBe(true);
      }),
    );
  });

  it.each([
    ["accuracy>=70%", 70],
    ["accuracy ≥ 70 %", 70],
    ["test_accuracy>=70", 70],
    ["error<=30%", 30],
    ["macs<1.5M", 1.5e6],
    ["latency@board=>5ms", 5],
    ["latency_ms@board<=500us", 0.5],
    ["peak_memory@board<=64 KiB", 65_536],
  ])("understands the condition %s", (text, bound) => {
    const value = (at: number): Trial =>
      ({
        ...{ accuracy: text.startsWith("error") ? 100 - at : at, testAccuracy: at, macs: at },
        devices: { board: { estimates: { latencyMs: { value: at }, peakMemoryBytes: { value: at } }, measurements: [] } },
      }) as unknown as Trial;
    const { holds } = parseCondition(text, experiment);
    const { values } = frontOf([], objectives);
    const upwards = /[>≥]/.test(text);
    expect(holds(value(bound * 1.01), values)).toBe(upwards);
    expect(holds(value(bound * 0.99), values)).toBe(!upwards);
  });

  it("refuses the same objective twice, and a unit of something else", () => {
    expect(() => parseObjectives("error,latency@local,error", ["local"])).toThrow("write instead: --objectives error,latency@local");
    expect(() => parseCondition("accuracy>=70ms", experiment)).toThrow("'ms' is not a unit of percent");
  });
});

describe("the picture of a front", () => {
  /** Where the line goes, as pairs of coordinates. */
  const line = (svg: string) => /aria-label="line"[^>]*><path d="M([^"Z]*)/.exec(svg)?.[1] ?? "";

  it("has a staircase that never goes the wrong way, where few trials were measured", () => {
    const objectives = parseObjectives("error,latency@local", ["local", "board"]);
    fc.assert(
      fc.property(trials(), (all) => {
        const svg = renderPlot({ ...frontOf(all, objectives), experiment, run: "e-1" });
        expect(svg).not.toContain("NaN");
        if (all.length === 0) return;
        const points = line(svg)
          .split("L")
          .map((pair) => pair.split(",").map(Number) as [number, number]);
        // Less latency to the left, less error further down: to the right the line only goes down, where y grows.
        points.forEach(([x, y], i) => {
          const [before, above] = points[i - 1] ?? [x, y];
          expect(x).toBeGreaterThanOrEqual(before);
          expect(y).toBeGreaterThanOrEqual(above);
        });
      }),
      { numRuns: 20 },
    );
  });

  const one = (accuracy: number, latency: number, number: number) =>
    ({
      ...{ number, architecture: "a <b> & c", status: "feasible", accuracy, macs: 1e6 * latency, parameters: 1000 * number },
      devices: { board: { estimates: { latencyMs: { value: latency } }, measurements: [] } },
    }) as unknown as Trial;
  const drawn = (trials: readonly Trial[], objectives: string) =>
    renderPlot({ ...frontOf(trials, parseObjectives(objectives, ["local", "board"])), experiment, run: "e-1" });

  it("says what it is of, how values are known, and which point is which trial", () => {
    const svg = drawn([one(90, 5, 0), one(95, 50, 17), one(80, 6, 2)], "error,latency@board");
    for (const said of ["e: the front of e-1", "on local, board", "latency@board (ms), predicted", "validation error (%)"])
      expect(svg).toContain(said);
    for (const said of [">17</text>", "front, above a budget", "other feasible trials"]) expect(svg).toContain(said);
    expect(svg).toContain("&lt;b&gt;");
  });

  it("has a scale for a third objective", () => {
    const svg = drawn([one(90, 5, 1), one(95, 50, 17), one(80, 4, 9)], "error,latency@board,macs");
    expect(svg).toContain(">macs</text>");
    expect(svg).toContain("4000 to 13200");
  });

  it("of one objective shows the search's course, not a diagonal", () => {
    const svg = drawn([one(90, 5, 0), one(80, 5, 1), one(95, 5, 2)], "error");
    expect(svg).toContain("trial, in the order of the search");
    const heights = line(svg)
      .split("L")
      .map((pair) => pair.split(",")[1]);
    expect(new Set(heights).size).toBe(2);
  });

  it.each(["error", "error,latency@board", "error,latency@board,macs"])("is drawn of no trial and of one, by %s", (objectives) => {
    for (const trials of [[], [one(90, 5, 0)]]) expect(drawn(trials, objectives)).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("a front member above a budget", () => {
  it("is marked in table, CSV and JSON", () => {
    const trial = (value: number, number: number, accuracy: number) =>
      ({
        ...{ number, architecture: `a${number}`, status: "feasible", accuracy },
        devices: { board: { estimates: { latencyMs: { value, source: "predicted" } }, measurements: [] } },
      }) as unknown as Trial;
    const objectives = parseObjectives("error,latency@board", ["local", "board"]);
    const front = frontOf([trial(39, 0, 80), trial(41, 1, 90)], objectives);
    const table = renderFront({ ...front, experiment }, { width: 80, command: "" });
    expect(table).toMatch(/41\.000!/);
    expect(table).toMatch(/39\.000 /);
    expect(table).toContain("! trial 1 is over budget: latency@board is 41ms (predicted), the budget 40ms");
    const rows = renderCsv({ ...front, experiment })
      .trim()
      .split("\n");
    expect(rows.map((row) => row.split(",").at(-1))).toEqual(["over_budget", "latency@board", ""]);
    const marks = frontJson(experiment, "e-1", front, objectives).trials.map(({ over_budget }) => over_budget);
    expect(marks).toEqual([[{ device: "board", cost: "latency_ms", kind: "predicted", value: 41, budget: 40 }], []]);
  });
});
