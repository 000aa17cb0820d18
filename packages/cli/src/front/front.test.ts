import { type Experiment, type Objective, parseObjective, parseObjectives, type Trial } from "@archwright/core";
import { frontJson, frontOf, frontPicture, queryFront } from "@archwright/core/query";
import { queryExperiment as experiment, sampleQueryTrials } from "@archwright/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderCsv } from "./csv.ts";
import { renderPlot } from "./plot.ts";
import { renderFront } from "./table.ts";

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
    const objectives = query.map((text) => parseObjective(text, ["local", "board"], experiment.task));
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const all = sampleQueryTrials(seed);
        const front = frontOf(experiment.task, all, objectives);
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

describe("the picture of a front", () => {
  /** Where the line goes, as pairs of coordinates. */
  const line = (svg: string) => /aria-label="line"[^>]*><path d="M([^"Z]*)/.exec(svg)?.[1] ?? "";

  it("has a staircase that never goes the wrong way, where few trials were measured", () => {
    const objectives = parseObjectives("error,latency@local", ["local", "board"], experiment.task);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const all = sampleQueryTrials(seed);
        const svg = renderPlot(frontPicture(experiment, "e-1", frontOf(experiment.task, all, objectives)));
        expect(svg).not.toContain("NaN");
        if (!all.some(({ status }) => status === "feasible")) return;
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
      ...{ number, architecture: "a <b> & c", status: "feasible", score: accuracy, macs: 1e6 * latency, parameters: 1000 * number },
      devices: { board: { estimates: { latencyMs: { value: latency } }, measurements: [] } },
    }) as unknown as Trial;
  const drawn = (trials: readonly Trial[], objectives: string) =>
    renderPlot(
      frontPicture(experiment, "e-1", frontOf(experiment.task, trials, parseObjectives(objectives, ["local", "board"], experiment.task))),
    );

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
        ...{ number, architecture: `a${number}`, status: "feasible", score: accuracy },
        devices: { board: { estimates: { latencyMs: { value, source: "predicted" } }, measurements: [] } },
      }) as unknown as Trial;
    const objectives = parseObjectives("error,latency@board", ["local", "board"], experiment.task);
    const front = frontOf(experiment.task, [trial(39, 0, 80), trial(41, 1, 90)], objectives);
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

describe("a front whose members were trained with several seeds", () => {
  const stages = [
    { steps: 100, seeds: 1 },
    { steps: 800, keep: 3, seeds: 3 },
  ];
  const staged = { ...experiment, evaluator: { kind: "train", training: { stages } } } as unknown as Experiment;
  const trial = (number: number, value: number, scores: readonly number[]) =>
    ({
      ...{ number, architecture: `a${number}`, status: "feasible", gate: "trained", excesses: [], fidelity: { steps: 100 } },
      ...{ score: 60, objectives: [40, value], devices: { board: { estimates: { latencyMs: { value } }, measurements: [] } } },
      trainings: scores.map((score, seed) => ({ stage: 1, fidelity: { steps: 800 }, seed, score, testScore: score - 1, seconds: 1 })),
    }) as unknown as Trial;
  const front = queryFront(staged, [trial(1, 9, [88.7, 88.3, 88.2]), trial(2, 6, [88.1, 88.4, 88.6]), trial(3, 3, [84, 84.3, 83.8])]);
  const shown = { ...front, experiment: staged };

  it("shows mean and spread of validation and test, and marks whom seeds cannot tell from a cheaper one", () => {
    const lines = renderFront(shown, { width: 120, command: "" }).split("\n");
    expect(lines[4]).toMatch(/^ {4}1 {2}88\.40 ± 0\.26 {2}87\.40 ± 0\.26~ {6}3 {7}9\.000 {2}a1 *$/);
    expect(lines[5]).toMatch(/87\.37 ± 0\.25 /);
    expect(lines[7]).toMatch(/^~ trial 1 is no better in test accuracy than trial 2, as far as 3 seeds tell: \+0\.03 /);
  });

  it("has deviations and seeds in CSV, and bars in its picture", () => {
    const [head = "", first = ""] = renderCsv(shown).split("\n");
    expect(head).toContain("accuracy,accuracy_sd,test_accuracy,test_accuracy_sd,seeds,");
    expect(Number(first.split(",")[3])).toBeCloseTo(Math.sqrt(0.07), 10);
    const svg = renderPlot(frontPicture(staged, "e-1", front));
    expect(/aria-label="link"[^>]*>(.*?)<\/g>/.exec(svg)?.[1]?.match(/<path/g)).toHaveLength(3);
    expect(svg).toContain("± deviation over seeds");
  });
});
