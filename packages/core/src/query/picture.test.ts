import fc from "fast-check";
import { expect, it } from "vitest";
import { parseObjectives, type Trial } from "../experiment/index.ts";
import { queryExperiment as experiment } from "../testing/examples/queryExamples.ts";
import { queryTrials as trials } from "../testing/examples/queryTrials.ts";
import { frontOf } from "./front.ts";
import { frontPicture } from "./picture.ts";

const queries = ["error", "error,latency@local", "error,latency@board,macs"];

it.each(queries)("of %s has points inside its axes, a staircase through the front that only goes down, and steps for all", (text) => {
  const objectives = parseObjectives(text, ["local", "board"], experiment.task);
  fc.assert(
    fc.property(trials(), (all) => {
      const front = frontOf(experiment.task, all, objectives);
      const { points, across, up, third, staircase, legend } = frontPicture(experiment, "e-1", front);
      expect(points).toHaveLength(front.compared.length);
      for (const { x, y, step } of points) {
        for (const [value, { domain }] of [
          [x, across],
          [y, up],
        ] as const) {
          expect(value).toBeGreaterThanOrEqual(domain[0]);
          expect(value).toBeLessThanOrEqual(domain[1]);
        }
        expect(step).toBeLessThan(third?.steps.length ?? 1);
      }
      expect(across.domain[0]).toBeLessThan(across.domain[1]);
      staircase.forEach(({ x, y }, i) => {
        const before = staircase[i - 1];
        if (before === undefined) return;
        expect(x === before.x || y === before.y).toBe(true);
        expect(x).toBeGreaterThanOrEqual(before.x);
        expect(y).toBeLessThanOrEqual(before.y);
      });
      const members = points.filter(({ group }) => group !== "other");
      expect(members).toHaveLength(front.trials.length);
      if (!third && objectives.length > 1) {
        for (const { x, y } of members) expect(staircase).toContainEqual({ x, y });
      }
      expect(legend.map(({ group }) => group).sort()).toEqual([...new Set(points.map(({ group }) => group))].sort());
    }),
    { numRuns: 50 },
  );
});

it("says what it shows, in which units and how it is known", () => {
  const trial = (number: number, accuracy: number, latency: number) =>
    ({
      ...{ number, architecture: `a${number}`, status: "feasible", score: accuracy },
      devices: { board: { estimates: { latencyMs: { value: latency } }, measurements: [] } },
    }) as unknown as Trial;
  const picture = frontPicture(
    experiment,
    "e-1",
    frontOf(experiment.task, [trial(0, 90, 5), trial(1, 95, 50), trial(2, 80, 6)], experiment.objectives),
  );
  expect(picture).toMatchObject({
    title: "e: the front of e-1",
    subtitle: "on local, board; 2 of 3 feasible trials",
    across: { label: "latency@board (ms), predicted", domain: [5, 50] },
    up: { label: "validation error (%)", domain: [5, 20] },
    staircase: [
      { x: 5, y: 10 },
      { x: 50, y: 10 },
      { x: 50, y: 5 },
    ],
    legend: [{ text: "front, with trial number" }, { text: "front, above a budget" }, { text: "other feasible trials" }],
  });
});
