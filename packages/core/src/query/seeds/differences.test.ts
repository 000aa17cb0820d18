import { describe, expect, it } from "vitest";
import { atStage, comparedTrials, type Experiment, parseObjectives, type StageTraining, type Trial } from "../../experiment/index.ts";
import { queryExperiment } from "../../testing/examples/queryExamples.ts";
import { columnTexts, frontColumns } from "../columns.ts";
import { describeComparison, queryFront } from "../front.ts";
import { frontJson } from "../frontJson.ts";
import { frontPicture } from "../picture.ts";
import { likeTheBest, notBetter, scoreDifferences } from "./differences.ts";
import { describeSeeds, describeWeights, weightsJson } from "./wording.ts";

const stages = [
  { steps: 100, seeds: 1 },
  { steps: 800, keep: 4, seeds: 3 },
];
const experiment = { ...queryExperiment, evaluator: { kind: "train", training: { stages } } } as unknown as Experiment;

/** A trial with its scores in the last stage, and on the test examples the same plus a shift. */
function trial(number: number, latency: number, scores: readonly number[], shift: number | undefined = undefined): Trial {
  const trainings = scores.map((score, i): StageTraining => {
    const tested = shift === undefined ? {} : { testScore: score + shift };
    return { stage: 1, fidelity: { steps: 800 }, seed: i, score, ...tested, seconds: 1 };
  });
  const device = { estimates: { latencyMs: { value: latency } }, measurements: [] };
  return {
    ...{ number, architecture: `a${number}`, status: "feasible", gate: "trained", excesses: [], seed: 0, seconds: 1 },
    ...{ fidelity: { steps: 100 }, score: 70, objectives: [30, latency], devices: { board: device }, trainings },
  } as unknown as Trial;
}

/** The best; one that is hardly worse; one that clearly is; and one that the others dominate, for its deviation. */
const four = (shift?: number) => [
  trial(4, 9, [88.7, 88.3, 88.2], shift),
  trial(7, 6, [88.1, 88.4, 88.6], shift),
  trial(9, 3, [84, 84.3, 83.8], shift),
  trial(2, 12, [80, 80.5, 79.5], shift),
];

describe("scoreDifferences", () => {
  it("tells what is clear from what three seeds cannot tell, with the deviation of all that were trained", () => {
    const { trials, differences } = queryFront(experiment, four());
    expect(trials.map(({ number }) => number)).toEqual([4, 7, 9]);
    expect(differences).toMatchObject({ of: "validation", trials: 4, degrees: 8 });
    // Variances .07, .0633…, .0633… and .25, of two degrees of freedom each.
    expect(differences?.pooledDeviation).toBeCloseTo(Math.sqrt((0.07 + 0.19 / 3 + 0.19 / 3 + 0.25) / 4), 10);
    const pairs = differences?.pairs.map(({ trial, than, verdict }) => [trial, than, verdict]);
    expect(pairs).toEqual([
      [4, 7, "undecided"],
      [7, 9, "better"],
      [4, 9, "better"],
    ]);
    if (differences === undefined) throw new Error("nothing was compared");
    expect(notBetter(differences).map(({ trial }) => trial)).toEqual([4]);
    expect(likeTheBest(differences)).toEqual({ best: 4, others: [7] });
  });

  it("judges by test scores where all members have them, in the order of validation", () => {
    const [best, second, ...others] = four(-1);
    // Tested, the best of validation is clearly worse than the second.
    const reversed = [best, second].map((one, i) => ({
      ...one,
      trainings: one?.trainings?.map((training) => ({ ...training, testScore: (training.score ?? 0) + 5 * i })),
    })) as readonly Trial[];
    const found = queryFront(experiment, [...reversed, ...others]).differences;
    expect(found?.of).toBe("test");
    expect(found?.pairs[0]).toMatchObject({ trial: 4, than: 7, verdict: "worse" });
    const partly = queryFront(experiment, [...four().slice(0, 1), ...four(-1).slice(1)]).differences;
    expect(partly?.of).toBe("validation");
  });

  it("says nothing where there is one member, nothing was repeated, or nothing is said of scores", () => {
    expect(queryFront(experiment, four().slice(0, 1)).differences).toBeUndefined();
    const single = four().map((one) => ({ ...one, trainings: one.trainings?.slice(0, 1) })) as readonly Trial[];
    const once = single.flatMap((one) => atStage(experiment, one, 1) ?? []);
    expect(once.map((one) => one.standing.seeds)).toEqual([1, 1, 1, 1]);
    expect(scoreDifferences(experiment, once, once)).toBeUndefined();
    expect(scoreDifferences(queryExperiment, four(), four())).toBeUndefined();
    const costs = parseObjectives("latency@board,macs", ["board"], experiment.task);
    expect(scoreDifferences(experiment, comparedTrials(experiment, four()), [], costs)).toBeUndefined();
  });
});

describe("a front whose members were trained with several seeds", () => {
  const front = queryFront(experiment, four());

  it("is described with means, their spread and what the seeds tell", () => {
    expect(describeComparison(front)).toMatch(
      /^4 trials compared by error, latency@board \(predicted\), each trained for 800 steps with 3 seeds$/,
    );
    const lines = describeSeeds(experiment, front.trials, front.differences);
    expect(lines[0]).toMatch(
      /^~ trial 4 is no better in validation accuracy than trial 7, as far as 3 seeds tell: \+0\.03 \(95 % interval −0\.\d\d to \+0\.\d\d\)$/,
    );
    expect(lines[1]).toBe("cannot be told from trial 4, the best of validation, in validation accuracy: trial 7");
    expect(lines[2]).toBe("± is the standard deviation over seeds");
    expect(lines[3]).toMatch(
      /^compared by Student's t, a seed's deviation 0\.\d\d pooled over 4 trials \(a pair's own where larger\); .* 3 comparisons \(Holm\)/,
    );
  });

  it("has its differences in JSON, with interval and p-values", () => {
    const { differences, trials } = frontJson(experiment, "e-1", front, front.objectives);
    expect(differences).toMatchObject({ of: "accuracy", degrees_of_freedom: 8, trials: 4 });
    const [pair] = differences?.pairs ?? [];
    expect(pair).toMatchObject({ trial: 4, than: 7, verdict: "undecided" });
    expect(pair?.difference).toBeCloseTo((88.7 + 88.3 + 88.2 - 88.1 - 88.4 - 88.6) / 3, 10);
    expect(pair?.low95).toBeLessThan(0);
    expect(pair?.p).toBeLessThanOrEqual(pair?.p_holm ?? 0);
    expect(trials[0]).toMatchObject({ seeds: 3, stage: 2 });
  });

  it("is drawn with bars that its axes have room for", () => {
    const { points, up, across, subtitle, legend } = frontPicture(experiment, "e-1", front);
    expect(subtitle).toContain("3 of 4 feasible trials, each trained for 800 steps with 3 seeds");
    expect(legend.at(-1)).toEqual({ group: "bar", text: "± deviation over seeds" });
    for (const { x, y, bar } of points) {
      if (bar === undefined) throw new Error("a point has no bar");
      expect([bar.from.x, bar.to.x]).toEqual([x, x]);
      expect(bar.from.y).toBeLessThan(y);
      expect(bar.from.y).toBeGreaterThanOrEqual(up.domain[0]);
      expect(bar.to.y).toBeLessThanOrEqual(up.domain[1]);
    }
    expect(across.domain).toEqual([3, 12]);
  });
});

describe("trials that were retrained", () => {
  const retrained = (one: Trial | undefined, epochs: number, scores: readonly number[]) =>
    ({
      ...one,
      retrainings: scores.map((score, seed) => ({ fidelity: { epochs }, seed, score, testScore: score - 2, seconds: 1 })),
    }) as Trial;
  const [first, second, ...others] = four();
  const columnsOf = (trials: readonly Trial[]) => {
    const front = queryFront(experiment, trials);
    const columns = frontColumns({ ...front, experiment });
    const text = (name: string) => {
      const column = columns.find((one) => one.name === name);
      return column && columnTexts(column, front.trials);
    };
    return { front, text, lines: describeSeeds(experiment, front.trials, front.differences) };
  };

  it("stand beside a front of which others were not", () => {
    const { front, text, lines } = columnsOf([retrained(first, 30, [91, 92]), second as Trial, ...others]);
    expect(front.trials.map(({ score }) => score?.toFixed(1))).toEqual(["88.4", "88.4", "84.0"]);
    expect(text("retrained_accuracy")).toEqual(["91.50 ± 0.71", undefined, undefined]);
    expect(text("retrained_test_accuracy")).toEqual(["89.50 ± 0.71", undefined, undefined]);
    expect(lines.at(-1)).toMatch(/^retrained for 30 epochs with 2 seeds: shown beside, as not all members of the front/);
  });

  it("are the front once all of its members were, with the trials that were trained as long", () => {
    const all = [retrained(first, 30, [91, 92]), retrained(second, 30, [92, 93]), retrained(others[0], 30, [90, 90.2]), others[1] as Trial];
    const { front, text } = columnsOf(all);
    // Trial 7 is now better and cheaper than trial 4.
    expect(front.trials.map(({ number }) => number)).toEqual([7, 9]);
    expect(front.compared.map(({ number }) => number)).toEqual([4, 7, 9]);
    expect(text("accuracy")?.[0]).toBe("92.50 ± 0.71");
    expect(text("retrained_accuracy")).toBeUndefined();
    expect(describeComparison(front)).toContain("each retrained for 30 epochs with 2 seeds");
    expect(frontJson(experiment, "e-1", front, front.objectives).trials[0]).toMatchObject({ stage: null, seeds: 2, accuracy: 92.5 });
  });
});

it("says whose weights a trial has in the store", () => {
  const [one] = four(-1) as [Trial];
  expect(describeWeights(experiment, { ...one, trainings: [] })).toBeUndefined();
  const kept = {
    ...one,
    trainings: one.trainings?.map((training, i) => (i === 0 ? { ...training, weightsKept: true } : training)),
  } as Trial;
  const ofStage = "weights of stage 2 of 2, 800 steps: accuracy 88.70, test accuracy 87.70, the best of validation of 3 seeds";
  expect(describeWeights(experiment, kept)).toBe(ofStage);
  const again = { ...one, retrainings: [{ fidelity: { epochs: 30 }, seed: 9, score: 91, weightsKept: true, seconds: 1 }] } as Trial;
  expect(describeWeights(experiment, again)).toBe("weights of the retraining, 30 epochs: accuracy 91.00");
  const { trainings: _, ...once } = one;
  expect(describeWeights(experiment, once as Trial)).toBe("weights of the search, 100 steps: accuracy 70.00");
  expect(weightsJson(experiment, again)).toMatchObject({ trained_by: "retraining", seed: 9, accuracy: 91, test_accuracy: null });
});
