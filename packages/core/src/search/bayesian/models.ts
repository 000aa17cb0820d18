/** Models of all objectives and of the budgets, learned from trials. */
import { item, numberAt } from "../../base/matrix.ts";
import { fidelitiesOf } from "../fidelity/questions.ts";
import { constrainedSort } from "../front/pareto.ts";
import type { EvaluatedCandidate, ObjectiveTraits, SearcherOptions } from "../searcher.ts";
import { type Acquisition, createImprovement } from "./acquisition.ts";
import { blockNames, type FeatureSpace } from "./featureSpace.ts";
import { expectedShortfall } from "./improvement.ts";
import { type CandidateBeliefs, KnownBeliefs, ObjectiveModel, type ObservedObjective } from "./objectiveModel.ts";
import type { FeatureMatrices } from "./process/kernels.ts";
import { distribution, exp } from "./process/normal.ts";
import { createSideData, type SideData } from "./sideData.ts";

/** Feasible trials below which nothing is modelled. */
const fewestTrials = 3;
/** Trials that a model sees, and those by which its hyper-parameters are climbed for: the time grows with the cube of their number. */
const mostTrials = 200;
const mostClimbed = 100;
/** The reference lies this share of the range of values beyond the largest seen, so that the ends of the front count too. */
const margin = 0.5;

type Trial<G> = EvaluatedCandidate<G>;
type Feasible<G> = Extract<Trial<G>, { readonly status: "feasible" }>;

/** What candidates are worth; a list of them is looked at at once. */
export type Fitted<G> = (candidates: readonly G[]) => Acquisition;

/** Learns from trials; nothing where they are too few. */
export type Learn<G> = (features: FeatureSpace<G>, trials: readonly Trial<G>[]) => Fitted<G> | undefined;

/**
 * Models that are learned anew from any number of trials. Hyper-parameters are climbed for at certain numbers of trials, and from there
 * a few steps on: so what is learned depends on the trials alone, and a run that is continued need not go through all before.
 */
export function createModels<G>(options: SearcherOptions<G>): Learn<G> {
  const { space, objectives, known, violation, withinBudgets } = options;
  const traits = options.traits ?? Array.from({ length: objectives }, (): ObjectiveTraits => ({ nature: "score" }));
  const full = fidelitiesOf(options).length - 1;
  const sideData = createSideData(options, traits);
  const hyperparameters = new Map<string, Float64Array | undefined>();

  /** The matrices of candidates by which an objective is modelled: blocks of features, then side data. */
  const matricesOf = (objective: number, features: FeatureSpace<G>, side: SideData<G>, candidates: readonly G[]): FeatureMatrices => {
    const matrices = features.matrices(candidates);
    return [...matrices, ...side.columns(objective, candidates, matrices)];
  };

  const observe = (
    objective: number,
    features: FeatureSpace<G>,
    trials: readonly Trial<G>[],
    most = mostTrials,
  ): ObservedObjective | undefined => {
    const isBudget = objective < 0;
    const isShown = isBudget || item(traits, objective).atAnyFidelity === true;
    const seen = trials.filter(
      (trial) =>
        trial.status !== "failed" && (isBudget || trial.objectives !== undefined) && (isShown || (trial.fidelity ?? full) === full),
    );
    if (seen.length < fewestTrials) return undefined;
    const kept = isBudget || seen.length <= most ? seen.slice(-most) : representative(seen, most);
    const isSlackKnown = kept.some((trial) => trial.status === "feasible" && trial.slack !== undefined);
    const isPredicted = !isBudget && knowledgeOf(objective, trials, known) === "predicted";
    const genotypes = kept.map(({ genotype }) => genotype);
    const hasSideData = !isBudget && !isPredicted;
    const matrices = hasSideData ? matricesOf(objective, features, sideData(features, trials), genotypes) : features.matrices(genotypes);
    return {
      traits: isBudget ? { nature: "cost" } : item(traits, objective),
      features: matrices,
      sources: matrices.length - blockNames.length,
      values: kept.map((trial) =>
        isBudget || trial.status === "failed" ? budgetShare(trial, isSlackKnown) : numberAt(trial.objectives ?? [], objective),
      ),
      ...(isPredicted && known ? { predicted: kept.map(({ genotype }) => known(genotype)[objective]?.value ?? 1) } : {}),
      blocks: blockNames.filter((block) => features.has(block)),
    };
  };

  const learn = (objective: number, features: FeatureSpace<G>, trials: readonly Trial<G>[]): ObjectiveModel | undefined => {
    const observed = observe(objective, features, trials);
    if (!observed) return undefined;
    let theta: Float64Array | undefined;
    for (let milestone = firstMilestone; milestone <= trials.length; milestone = milestoneAfter(milestone)) {
      const key = `${objective}/${milestone}`;
      if (!hyperparameters.has(key)) {
        const then = observe(objective, features, trials.slice(0, milestone), mostClimbed);
        hyperparameters.set(key, then && new ObjectiveModel(then, theta, true).theta);
      }
      theta = hyperparameters.get(key);
    }
    return new ObjectiveModel(observed, theta);
  };

  return (features, trials) => {
    const feasible = trials.filter((trial): trial is Feasible<G> => trial.status === "feasible" && (trial.fidelity ?? full) === full);
    const side = sideData(features, trials);
    const shown = full === 0 ? undefined : shownBelow(trials, full, space);
    const isUnforeseen = ({ genotype, status }: Trial<G>) => status === "infeasible" && !((violation?.(genotype) ?? 0) > 0);
    // Where it is told how probably a candidate is within the budgets, nothing better is known of them.
    const budgets = !withinBudgets && trials.some(isUnforeseen) ? learn(-1, features, trials) : undefined;
    const modelled = Array.from({ length: objectives }, (_, objective) =>
      knowledgeOf(objective, trials, known) === "exact" ? undefined : learn(objective, features, trials),
    );
    if (feasible.length < fewestTrials) {
      if (budgets) return (candidates) => leastViolation(budgets.on(features.matrices(candidates)));
      if (violation) return (candidates) => leastOver(candidates.map(violation));
      return undefined;
    }
    const points = finitePoints(feasible.map(({ objectives }) => objectives));
    const reference = referenceOf(points, traits);
    return (candidates) => {
      const matrices = features.matrices(candidates);
      const free = known && candidates.map((candidate) => known(candidate));
      const shownOf = shown && candidates.flatMap((candidate) => shown.get(space.format(candidate)) ?? []);
      const isShown = (objective: number) => shownOf?.length === candidates.length && traits[objective]?.atAnyFidelity === true;
      const beliefs = modelled.map((model, objective): CandidateBeliefs => {
        const values = free?.map((row) => row[objective]?.value ?? Number.POSITIVE_INFINITY) ?? [];
        if (shownOf && isShown(objective)) return new KnownBeliefs(shownOf.map(({ objectives }) => numberAt(objectives, objective)));
        if (!model) return new KnownBeliefs(values);
        if (knowledgeOf(objective, trials, known) === "predicted") return model.on(matrices, values);
        return model.on([...matrices, ...side.columns(objective, candidates, matrices)]);
      });
      const within = budgets?.on(matrices);
      return {
        objectives: beliefs,
        improvement: createImprovement(points, reference),
        feasibility: (candidate) => {
          const over = violation?.(item(candidates, candidate)) ?? 0;
          if (over > 0) return chanceOver(over);
          return (withinBudgets?.(item(candidates, candidate)) ?? 1) * (within ? probabilityWithin(within, candidate) : 1);
        },
      };
    };
  };
}

/** What feasible candidates showed below the full fidelity, by text. */
function shownBelow<G>(trials: readonly Trial<G>[], full: number, { format }: SearcherOptions<G>["space"]) {
  const shown = new Map<string, Feasible<G>>();
  for (const trial of trials) {
    if (trial.status === "feasible" && (trial.fidelity ?? full) < full) shown.set(format(trial.genotype), trial);
  }
  return shown;
}

/** Numbers of trials at which hyper-parameters are climbed for: 8, 12, 16, 24, 36, …, half as many more each time, in whole batches. */
const firstMilestone = 8;
const milestoneAfter = (milestone: number) => milestone + Math.max(4, 4 * Math.floor(milestone / 8));

/** Whether an objective is known beforehand, of the first trials and so of all candidates. */
function knowledgeOf<G>(
  objective: number,
  trials: readonly Trial<G>[],
  known: SearcherOptions<G>["known"],
): "none" | "predicted" | "exact" {
  const first = trials.slice(0, firstMilestone).map(({ genotype }) => known?.(genotype)[objective]);
  if (first.length === 0 || first.some((value) => value === undefined)) return "none";
  return first.every((value) => value?.sd === 0) ? "exact" : "predicted";
}

/** What trials have of their budgets, 1 at a budget; where nobody says how far within one is, it counts as this. */
const shareOfFeasible = 0.7;
function budgetShare<G>(trial: Trial<G>, isSlackKnown: boolean): number {
  if (trial.status === "feasible") return trial.slack === undefined ? shareOfFeasible : 1 - Math.min(1, Math.max(0, trial.slack));
  // Well away from what counts as feasible.
  return trial.status === "infeasible" ? (isSlackKnown ? 1 : 1.1) + Math.min(1, Math.max(0, trial.violation)) : shareOfFeasible;
}

/** Trials of the first fronts, and of the others every so many. In their order. */
function representative<G>(trials: readonly Trial<G>[], most: number): readonly Trial<G>[] {
  const order = constrainedSort(trials).flat();
  const near = order.slice(0, Math.floor((2 * most) / 3));
  const rest = order.slice(near.length).sort((a, b) => a - b);
  const wanted = most - near.length;
  const spread = Array.from({ length: wanted }, (_, i) => item(rest, Math.floor((i * rest.length) / wanted)));
  return [...near, ...spread].sort((a, b) => a - b).map((index) => item(trials, index));
}

/** Infinite objectives as the worst, or best, of the others. */
function finitePoints(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const axes = item(points, 0).map((_, axis) => {
    const finite = points.map((point) => numberAt(point, axis)).filter(Number.isFinite);
    return finite.length > 0
      ? ([finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))] as const)
      : ([0, 0] as const);
  });
  return points.map((point) => point.map((value, axis) => Math.min(Math.max(value, item(axes, axis)[0]), item(axes, axis)[1])));
}

/** Where a point is worth nothing: guessing, or a little beyond the worst seen. */
function referenceOf(points: readonly (readonly number[])[], traits: readonly ObjectiveTraits[]): readonly number[] {
  return item(points, 0).map((_, axis) => {
    const values = points.map((point) => numberAt(point, axis));
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return Math.min(item(traits, axis).worst ?? Number.POSITIVE_INFINITY, high + (high > low ? margin * (high - low) : 1));
  });
}

function probabilityWithin(beliefs: CandidateBeliefs, candidate: number): number {
  const { mean, sd } = beliefs.of(candidate);
  return distribution((1 - mean) / sd);
}

/** Candidates that are known to be over budget come after all others, the nearest to the budgets first. */
const chanceOver = (violation: number) => 1e-6 * exp(-Math.min(50, 10 * violation));

/** Where next to nothing is feasible: what is known to be least over budget. */
function leastOver(violations: readonly number[]): Acquisition {
  return {
    objectives: [],
    improvement: { of: () => 1, add: () => undefined },
    feasibility: (i) => exp(-Math.min(600, 10 * item(violations, i))),
  };
}

/** Where next to nothing is feasible: what may be least over budget. */
function leastViolation(beliefs: CandidateBeliefs): Acquisition {
  return {
    objectives: [beliefs],
    // Below the usual violation: where all are far over budget, what is nearer counts too.
    improvement: { of: ([belief]) => (belief ? expectedShortfall(belief, 1.6) : 0), add: () => undefined },
    feasibility: () => 1,
  };
}
