/** Standings and choices, against slow obvious versions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dominates } from "../../search/index.ts";
import type { Experiment } from "../experiment.ts";
import type { StageTraining, Trial } from "../trial.ts";
import { atStage, comparedTrials, stageProgress, standingOf } from "./standing.ts";

const stages = [
  { steps: 10, seeds: 1 },
  { steps: 40, keep: 5, seeds: 1 },
  { steps: 90, keep: 3, seeds: 2 },
];
const experiment = {
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  evaluator: { kind: "train", training: { stages } },
  devices: [],
  objectives: [{ metric: "error" }, { metric: "parameters" }],
} as unknown as Experiment;

const training = (stage: number, seed: number, score: number | undefined, rest: Partial<StageTraining> = {}): StageTraining => ({
  ...{ stage, fidelity: { steps: stages[stage]?.steps as number }, seed, seconds: 0 },
  ...(score === undefined ? { failure: { code: "timeout", message: "" } } : { score }),
  ...rest,
});
const trialOf = (number: number, score: number | undefined, parameters: number, trainings: readonly StageTraining[] = []): Trial => ({
  ...{ number, architecture: `a${number}`, fidelity: { steps: 10 }, seed: 0, gate: "trained", excesses: [], devices: {}, seconds: 0 },
  parameters,
  status: score === undefined ? "infeasible" : "feasible",
  ...(score === undefined ? {} : { score, objectives: [100 - score, parameters] }),
  ...(trainings.length === 0 ? {} : { trainings }),
});

describe("a trial's standing", () => {
  const trial = trialOf(0, 80, 7, [
    training(1, 1, 85),
    training(2, 2, 90, { testScore: 88 }),
    training(2, 3, 94, { testScore: 89 }),
    training(2, 4, undefined),
  ]);

  it("is the mean over the seeds that did not fail, with the deviation of the sample", () => {
    expect(standingOf(experiment, trial, 0)).toMatchObject({ seeds: 1, score: 80, objectives: [20, 7] });
    expect(standingOf(experiment, trial, 1)).toMatchObject({ seeds: 1, score: 85, objectives: [15, 7] });
    expect(standingOf(experiment, trial, 1)).not.toHaveProperty("scoreDeviation");
    // Two values that are 2a apart have the deviation a√2.
    expect(standingOf(experiment, trial, 2)).toMatchObject({
      ...{ seeds: 2, score: 92, objectives: [8, 7], fidelity: { steps: 90 } },
      ...{ scoreDeviation: 2 * Math.SQRT2, testScore: 88.5, testScoreDeviation: Math.SQRT1_2 },
    });
    expect(standingOf(experiment, trialOf(1, 80, 7, [training(1, 1, undefined)]), 1)).toBeUndefined();
    expect(standingOf(experiment, trialOf(1, undefined, 7), 0)).toBeUndefined();
  });

  it("takes the place of the search's score, and of its test", () => {
    expect(atStage(experiment, trial)).toMatchObject({ score: 92, testScore: 88.5, objectives: [8, 7], fidelity: { steps: 90 } });
    const searched = { ...trialOf(1, 80, 7), testScore: 79 };
    expect(atStage(experiment, searched)).toBe(searched);
    const longer = { ...searched, trainings: [training(1, 1, 85)] };
    expect(atStage(experiment, longer)).not.toHaveProperty("testScore");
    expect(atStage(experiment, longer, 2)).toBeUndefined();
    const shown = atStage(experiment, trial);
    expect(atStage(experiment, shown)).toEqual(shown);
  });

  it("holds means of the evaluator's own numbers, and what they break", () => {
    const own = {
      ...experiment,
      evaluator: { kind: "command", stages, metrics: { recall: { goal: "maximise", atLeast: 50 } } },
      objectives: [{ metric: "own", name: "recall", goal: "maximise" }, { metric: "parameters" }],
    } as unknown as Experiment;
    const withMetrics = (a: number, b: number) =>
      trialOf(0, 80, 7, [training(1, 1, 85, { metrics: { recall: a } }), training(1, 2, 86, { metrics: { recall: b } })]);
    expect(standingOf(own, withMetrics(48, 56), 1)).toMatchObject({ metrics: { recall: 52 }, excesses: [], objectives: [-52, 7] });
    expect(standingOf(own, withMetrics(44, 54), 1)?.excesses).toEqual([{ metric: "recall", value: 49, budget: 50 }]);
  });
});

/** Peels fronts by comparing all with all; of the front that does not fit, takes the most crowded out, measured axis by axis. */
function slowChoice(trials: readonly { number: number; objectives: readonly number[] }[], count: number): number[] {
  let rest = [...trials];
  const chosen: number[] = [];
  while (rest.length > 0 && chosen.length < count) {
    let front = rest.filter((one) => !rest.some((other) => dominates(other.objectives, one.objectives)));
    rest = rest.filter((one) => !front.includes(one));
    const gap = (one: (typeof trials)[number], axis: number) => {
      const line = front.toSorted((a, b) => (a.objectives[axis] as number) - (b.objectives[axis] as number) || a.number - b.number);
      const at = line.indexOf(one);
      const [first, last] = [line[0]?.objectives[axis] as number, line.at(-1)?.objectives[axis] as number];
      if (first === last) return 0;
      if (at === 0 || at === line.length - 1) return Number.POSITIVE_INFINITY;
      return ((line[at + 1]?.objectives[axis] as number) - (line[at - 1]?.objectives[axis] as number)) / (last - first);
    };
    while (chosen.length + front.length > count) {
      const crowding = front.map((one) => gap(one, 0) + gap(one, 1));
      const least = Math.min(...crowding);
      const out = front.filter((_, i) => crowding[i] === least).sort((a, b) => b.number - a.number)[0];
      front = front.filter((one) => one !== out);
    }
    chosen.push(...front.map(({ number }) => number));
  }
  return chosen.sort((a, b) => a - b);
}

describe("who comes into a stage", () => {
  const score = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 50, max: 60 }) }, { weight: 1, arbitrary: fc.constant(undefined) });
  const one = fc.record({ score, parameters: fc.integer({ min: 1, max: 8 }), longer: score, full: fc.tuple(score, score) });

  it("are the best of the one before, by what it said of them; and only those of the last complete stage are compared", () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), fc.boolean(), (list, complete) => {
        const bare = list.map(({ score, parameters }, number) => trialOf(number, score, parameters));
        const standing = (number: number, score: number | undefined) =>
          score === undefined ? [] : [{ number, objectives: [100 - score, list[number]?.parameters as number] }];
        const second = slowChoice(
          list.flatMap(({ score }, number) => standing(number, score)),
          5,
        );
        const longer = (number: number) => list[number]?.longer;
        const third = slowChoice(
          second.flatMap((number) => standing(number, longer(number))),
          3,
        );
        const missing = complete ? undefined : third.at(-1);
        const trials = bare.map((trial): Trial => {
          const trained = second.includes(trial.number) ? [training(1, 0, longer(trial.number))] : [];
          const full = third.includes(trial.number) ? (list[trial.number]?.full ?? []).map((score, seed) => training(2, seed, score)) : [];
          return { ...trial, trainings: [...trained, ...(trial.number === missing ? full.slice(1) : full)] };
        });
        const numbers = (all: readonly Trial[]) => all.map(({ number }) => number);
        expect(stageProgress(experiment, bare).map(({ members }) => numbers(members))[0]).toEqual(second);
        expect(stageProgress(experiment, trials).map(({ members }) => numbers(members))).toEqual([second, third]);
        const isWhole = missing === undefined;
        const expected = isWhole
          ? third.filter((number) => list[number]?.full.some((score) => score !== undefined))
          : second.filter((number) => longer(number) !== undefined);
        const compared = comparedTrials(experiment, trials);
        expect(numbers(compared)).toEqual(expected);
        expect(compared.every(({ fidelity }) => "steps" in fidelity && fidelity.steps === (isWhole ? 90 : 40))).toBe(true);
      }),
    );
  });

  it("is nobody while the search has found nothing; and all trials are compared as long as nobody was trained longer", () => {
    const trials = [trialOf(0, 80, 7), trialOf(1, undefined, 3), trialOf(2, 70, 3)];
    expect(comparedTrials(experiment, trials)).toEqual(trials);
    expect(stageProgress(experiment, trials)).toMatchObject([{ index: 1, trained: 0, trainings: 2 }]);
    expect(comparedTrials(experiment, [trialOf(1, undefined, 3)])).toEqual([]);
    const single = { ...experiment, evaluator: { kind: "train", training: { epochs: 3 } } } as unknown as Experiment;
    expect(comparedTrials(single, trials)).toEqual(trials);
    expect(stageProgress(single, trials)).toEqual([]);
  });
});
