import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Experiment, gates, type Objective, objectiveValue, type Trial } from "../../experiment/index.ts";
import { hypervolume } from "../../search/index.ts";
import { createBlockStore } from "../../testing/examples/blockStore.ts";
import { queryExperiment } from "../../testing/examples/queryExamples.ts";
import { queryTrials } from "../../testing/examples/queryTrials.ts";
import { FollowedRun } from "../columnar/index.ts";
import { bindingBudgets } from "./bindingBudgets.ts";
import { gateCounts } from "./gateCounts.ts";
import { courseJson, hypervolumeCourse } from "./hypervolumeCourse.ts";

function follow(trials: readonly Trial[]): FollowedRun {
  const { store, write } = createBlockStore();
  for (let from = 0; from < trials.length; from += 7) write(trials.slice(from, from + 7));
  const run = new FollowedRun(store, "e-1");
  run.update();
  return run;
}

const withObjectives = (...objectives: readonly Objective[]) => ({ ...queryExperiment, objectives }) as Experiment;
const error = { metric: "error" } as const;
const onBoard = { metric: "latencyMs", device: "board" } as const;

describe("the course of the hypervolume", () => {
  it.each([
    [withObjectives(error)],
    [withObjectives(error, onBoard)],
    [withObjectives(error, onBoard, { metric: "peakMemoryBytes", device: "board" })],
    [withObjectives(error, onBoard, { metric: "parameters" }, { metric: "macs" })],
  ])("is the hypervolume of the trials so far, whatever the objectives", (experiment) => {
    fc.assert(
      fc.property(queryTrials(), (all) => {
        const course = hypervolumeCourse(experiment, follow(all.map((trial) => ({ ...trial, seconds: 0.5 + trial.number }))));
        const vectorOf = (trial: Trial) => experiment.objectives.map((one) => objectiveValue(trial, one, experiment.task));
        const known = all.filter((trial) => trial.status === "feasible" && vectorOf(trial).every((value) => value !== undefined));
        const vectors = known.map((trial) => vectorOf(trial) as number[]);
        if (course === undefined) {
          expect(known).toEqual([]);
          expect(courseJson(experiment, course)).toBeNull();
          return;
        }
        const corner = course.reference.map(({ value }) => value);
        // `board` has a budget of 40 ms, the others have none.
        const worst = experiment.objectives.map((one, axis) =>
          "device" in one && one.metric === "latencyMs" ? 40 : Math.max(...vectors.map((vector) => vector[axis] as number)),
        );
        expect(corner).toEqual(worst);
        const sizeAfter = (number: number) =>
          hypervolume(
            vectors.filter((_, i) => (known[i] as Trial).number <= number),
            corner,
          );
        for (const { trial, evaluations, seconds, hypervolume: size } of course.steps) {
          expect(size).toBeCloseTo(sizeAfter(trial), 6);
          const until = all.filter(({ number }) => number <= trial);
          expect(evaluations).toBe(until.filter(({ score }) => score !== undefined).length);
          expect(seconds).toBeCloseTo(
            until.reduce((sum, { number }) => sum + 0.5 + number, 0),
            9,
          );
        }
        // Nothing grows between two steps.
        known.forEach(({ number }) => {
          const step = course.steps.findLast(({ trial }) => trial <= number);
          expect(step?.hypervolume ?? 0).toBeCloseTo(sizeAfter(number), 6);
        });
        expect(course.steps.at(-1)?.trial).toBe(known.at(-1)?.number);
      }),
      { numRuns: 60 },
    );
  });
});

/** Trials with excesses: what the gates know of budgets. */
const stopped = fc.array(
  fc.record({
    status: fc.constantFrom("feasible", "infeasible", "failed"),
    gate: fc.constantFrom(...gates),
    latency: fc.option(fc.integer({ min: 41, max: 80 })),
    low: fc.option(fc.integer({ min: 41, max: 70 })),
    memory: fc.option(fc.integer({ min: 101, max: 200 })),
    recall: fc.option(fc.integer({ min: 1, max: 39 })),
  }),
  { maxLength: 40 },
);

it("gates and budgets are counted as the trials say", () => {
  const devices = [{ name: "board", kind: "profile", budgets: { latencyMs: 40, peakMemoryBytes: 100, flashBytes: 7 } }];
  const evaluator = { kind: "command", command: ["x"], metrics: { recall: { goal: "maximise", atLeast: 40 } } };
  const experiment = { ...queryExperiment, devices, evaluator } as unknown as Experiment;
  fc.assert(
    fc.property(stopped, (all) => {
      const trials = all.map(({ status, gate, latency, low, memory, recall }, number) => {
        const excesses = [
          ...(latency === null
            ? []
            : [{ device: "board", cost: "latencyMs", value: latency, budget: 40, ...(low === null ? {} : { low95: low }) }]),
          ...(memory === null ? [] : [{ device: "board", cost: "peakMemoryBytes", value: memory, budget: 100 }]),
          ...(recall === null ? [] : [{ metric: "recall", value: recall, budget: 40 }]),
        ];
        const feasible = status === "feasible" || excesses.length === 0;
        return {
          number,
          status: feasible ? "feasible" : status,
          gate,
          excesses: feasible ? [] : excesses,
          devices: {},
        } as unknown as Trial;
      });
      const { columns } = follow(trials);
      for (const { gate, reached, passed, stopped: over, failed } of gateCounts(columns)) {
        const at = trials.filter((trial) => trial.gate === gate);
        expect(reached).toBe(trials.filter((trial) => gates.indexOf(trial.gate) >= gates.indexOf(gate)).length);
        expect([over, failed]).toEqual(["infeasible", "failed"].map((status) => at.filter((trial) => trial.status === status).length));
        expect(passed).toBe(reached - over - failed);
      }
      const budgets = bindingBudgets(experiment, columns);
      expect(budgets.map(({ name }) => name).sort()).toEqual(["flash@board", "latency@board", "peak_memory@board", "recall"]);
      for (const { name, exceeded, alone, relaxed } of budgets) {
        const isOf = (excess: Trial["excesses"][number]) =>
          "metric" in excess
            ? name === "recall"
            : name === { latencyMs: "latency@board", peakMemoryBytes: "peak_memory@board" }[excess.cost as string];
        const over = trials.filter((trial) => trial.status === "infeasible" && trial.excesses.some(isOf));
        const single = over.filter(({ excesses }) => excesses.length === 1);
        expect([exceeded, alone]).toEqual([over.length, single.length]);
        for (const { by, passing } of relaxed) {
          const passes = ([excess]: Trial["excesses"]) => {
            if (excess === undefined) return false;
            if ("metric" in excess) return excess.value >= 40 * (1 - by);
            return (excess.low95 ?? excess.value) <= excess.budget * (1 + by);
          };
          expect(passing).toBe(single.filter(({ excesses }) => passes(excesses)).length);
        }
      }
      expect(budgets.map(({ alone }) => alone)).toEqual(budgets.map(({ alone }) => alone).sort((a, b) => b - a));
    }),
  );
});
