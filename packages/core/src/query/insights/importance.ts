/** Which choices of the space an objective depends on. */
import { at, createRng, item, Matrix, mean, sampleVariance } from "../../base/index.ts";
import type { Experiment, Objective } from "../../experiment/index.ts";
import { BoostedTrees } from "../../score/predictors/trees/boosting.ts";
import { sortColumns } from "../../score/predictors/trees/regressionTree.ts";
import { studentLimit } from "../../search/index.ts";
import { createSpace } from "../../spaces/index.ts";
import type { FollowedRun } from "../columnar/index.ts";
import { geneColumns } from "./genes.ts";

/** How much worse a model predicts where it is told another trial's choice, as a share of the variance of the objective. */
export interface ChoiceImportance {
  readonly choice: string;
  readonly share: number;
  /** Student's 95 % interval over the folds. They share trials for learning, so it is somewhat too narrow. */
  readonly low95: number;
  readonly high95: number;
}

/** Of one objective. */
export interface ObjectiveImportance {
  readonly objective: Objective;
  /** How many trials were looked at. */
  readonly trials: number;
  /** Share of the variance that the model explains of trials that it has not seen; 1 − squared error / variance, at most 1. */
  readonly explained: number | undefined;
  /** The most important first; none where the model explains too little to say anything. */
  readonly choices: readonly ChoiceImportance[];
  /** Why nothing is said. */
  readonly missing: "too few trials" | "all values are equal" | "the model does not predict it" | undefined;
}

/** At most so many trials, evenly over the run. */
const mostTrials = 1_000;
const fewestTrials = 40;
const folds = 8;
const shuffles = 5;
/** Less than so much of the variance explained is no model. */
const leastExplained = 0.1;
const settings = { depth: 3, leaf: 2, shrinkage: 1, trees: 120, rate: 0.1, columnShare: 0.3 };

/**
 * Permutation importance (Breiman, "Random forests", Machine Learning 45, 2001; Fisher, Rudin and Dominici, JMLR 20(177), 2019) of the
 * choices of the space, one objective of the experiment after another, over the feasible trials as the search saw them. The model is
 * boosted trees; each trial is predicted by one that has not seen its fold, before and after one of its choices is replaced by that of
 * another trial of the fold. It says what the objective depends on among the trials that the search chose to look at, not in the whole space;
 * choices that went together in these share their importance by chance. The same for the same trials.
 */
export function choiceImportance(experiment: Experiment, run: FollowedRun): readonly ObjectiveImportance[] {
  const { rows, values } = run.searched(experiment);
  const step = Math.max(1, rows.length / mostTrials);
  const numbers = Array.from({ length: Math.min(rows.length, mostTrials) }, (_, i) => rows[Math.floor(i * step)] as number);
  const space = createSpace(experiment.space, experiment.task);
  const columns = geneColumns(space);
  const inputs = numbers.map((number) => columns.row(space.parse(run.trial(number).architecture)));
  return experiment.objectives.map((objective, axis): ObjectiveImportance => {
    const nothing = { objective, trials: numbers.length, choices: [], explained: undefined };
    if (numbers.length < fewestTrials) return { ...nothing, missing: "too few trials" };
    const targets = numbers.map((number) => at(item(values, axis), number));
    const variance = sampleVariance(targets) ?? 0;
    if (variance === 0) return { ...nothing, missing: "all values are equal" };
    const errors = foldErrors(inputs, Float64Array.from(targets), columns);
    const explained = 1 - mean(errors.map(({ plain }) => plain)) / variance;
    if (explained < leastExplained) return { ...nothing, explained, missing: "the model does not predict it" };
    const choices = columns.genes.map(({ gene }, i): ChoiceImportance => {
      const shares = errors.map(({ plain, shuffled }) => (item(shuffled, i) - plain) / variance);
      const share = mean(shares);
      const half = studentLimit(0.95, folds - 1) * Math.sqrt((sampleVariance(shares) ?? 0) / folds);
      return { choice: gene.name, share, low95: share - half, high95: share + half };
    });
    return { ...nothing, explained, choices: choices.sort((a, b) => b.share - a.share), missing: undefined };
  });
}

interface FoldErrors {
  /** Mean squared error of the trials of the fold. */
  readonly plain: number;
  /** The same with one choice shuffled, by choice. */
  readonly shuffled: readonly number[];
}

function foldErrors(
  inputs: readonly Float64Array[],
  targets: Float64Array,
  { genes, width }: ReturnType<typeof geneColumns>,
): readonly FoldErrors[] {
  const rng = createRng("importance of choices");
  const order = rng.shuffle([...inputs.keys()]);
  const sorted = sortColumns(Matrix.fromRows(inputs, width));
  return Array.from({ length: folds }, (_, fold): FoldErrors => {
    const held = order.filter((_, i) => i % folds === fold);
    const seen = order.filter((_, i) => i % folds !== fold);
    const model = new BoostedTrees(sorted, targets, seen, settings, rng.fork(`fold ${fold}`));
    const errorOf = (input: (i: number) => Float64Array) =>
      held.reduce((sum, row, i) => sum + (model.predict(input(i)) - at(targets, row)) ** 2, 0) / held.length;
    const draw = rng.fork(`shuffles ${fold}`);
    const shuffled = genes.map((entry) => {
      const all = Array.from({ length: shuffles }, () => {
        const others = draw.shuffle([...held]);
        return errorOf((i) => {
          const row = Float64Array.from(item(inputs, item(held, i)));
          const other = item(inputs, item(others, i));
          for (let column = entry.first; column < entry.first + entry.width; column++) row[column] = at(other, column);
          return row;
        });
      });
      return mean(all);
    });
    return { plain: errorOf((i) => item(inputs, item(held, i))), shuffled };
  });
}
