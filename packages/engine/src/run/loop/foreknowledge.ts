/** What a searcher is told of candidates that nobody has evaluated. */
import {
  BoundedCache,
  budgetViolation,
  candidateFeatures,
  type Genotype,
  type KnownObjective,
  measuredBy,
  type Objective,
  type ObjectiveTraits,
  objectiveValue,
  type SearcherOptions,
} from "@archwright/core";
import { passCheapGates } from "../gates.ts";
import type { Problem } from "../problem.ts";

/** Known only of what was evaluated. */
const isEvaluated = ({ metric }: Objective) => metric === "error" || metric === "own";

/** Candidates whose costs are kept. */
const candidatesKept = 20_000;

interface Known {
  readonly objectives: readonly (KnownObjective | undefined)[];
  readonly violation: number;
}

/**
 * The features of candidates' graphs, what the objectives are like, and all that the cheap gates find out: sizes, and costs that are
 * computed, looked up or predicted and that nobody measures; and how far over budget a candidate is by these.
 */
export function foreknowledge(
  problem: Problem,
): Pick<SearcherOptions<unknown>, "features" | "traits" | "known" | "violation" | "turnsAway"> {
  const { experiment, space, devices } = problem;
  const { objectives, task } = experiment;
  const features = candidateFeatures(experiment.space, task);
  const measured = new Set(devices.flatMap(({ device }) => (measuredBy(device) === undefined ? [] : [device.name])));
  const cache = new BoundedCache<Known>(candidatesKept);
  const lookUp = (genotype: unknown): Known => {
    const architecture = space.format(genotype);
    return cache.get(architecture, () => {
      const gated = passCheapGates(problem, genotype, architecture);
      return {
        violation: budgetViolation(gated.excesses),
        objectives: objectives.map((objective) => {
          if (isEvaluated(objective) || ("device" in objective && measured.has(objective.device))) return undefined;
          // A network that cannot be built has no costs, and is no use.
          return { value: objectiveValue(gated, objective, task) ?? Number.POSITIVE_INFINITY, sd: 0 };
        }),
      };
    });
  };
  const hasBudgets = devices.some(({ device }) => Object.keys(device.budgets).length > 0);
  return {
    features: (genotype) => features(genotype as Genotype),
    traits: objectives.map(
      (objective): ObjectiveTraits => ({
        nature: isEvaluated(objective) ? "score" : "cost",
        // Nothing is known of what the evaluator's own numbers may be.
        ...(objective.metric === "own" ? {} : { least: 0 }),
      }),
    ),
    ...(objectives.some((objective) => !isEvaluated(objective)) && { known: (genotype: unknown) => lookUp(genotype).objectives }),
    ...(hasBudgets && { violation: (genotype: unknown) => lookUp(genotype).violation, turnsAway: true }),
  };
}
