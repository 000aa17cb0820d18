/** Side data: what was seen of an objective at lower fidelities and in earlier runs, as two more features of every candidate. */
import { BoundedCache } from "../../base/index.ts";
import { at, item, Matrix } from "../../base/matrix.ts";
import { fidelitiesOf } from "../fidelity/questions.ts";
import type { EarlierTrial, EvaluatedCandidate, ObjectiveTraits, SearcherOptions } from "../searcher.ts";
import { blockNames, type FeatureSpace } from "./featureSpace.ts";
import { ObjectiveModel } from "./objectiveModel.ts";
import type { FeatureMatrices } from "./process/kernels.ts";

/** Values below which a source says nothing. */
const fewestValues = 4;
/** Values of a source that its model sees: the latest of a fidelity. */
const mostValues = 200;
/** Models of fidelities that are kept. */
const modelsKept = 8;

/** The columns of an objective, one matrix of two columns for each source that says something of it. */
export interface SideData<G> {
  columns(objective: number, candidates: readonly G[], matrices: FeatureMatrices): readonly Matrix[];
}

/** Learns from the lower fidelities among the trials and from earlier runs. What it learns depends on the trials alone. */
export type LearnSideData<G> = (features: FeatureSpace<G>, trials: readonly EvaluatedCandidate<G>[]) => SideData<G>;

/**
 * A source's values have a Gaussian process of their own. Its columns are that process's mean and, where the source saw the candidate
 * itself, by how much the value differs from the mean (else 0), both in units of the source's standard deviation. A linear kernel of
 * them lets the source count for as much as the trials bear it out, and for nothing where they do not.
 */
export function createSideData<G>(options: SearcherOptions<G>, traits: readonly ObjectiveTraits[]): LearnSideData<G> {
  const { space, earlier = [] } = options;
  const full = fidelitiesOf(options).length - 1;
  const models = new BoundedCache<SideModel<G> | undefined>(modelsKept);
  const ofEarlier = new BoundedCache<SideModel<G> | undefined>(earlier.length * traits.length);
  /** Of the fidelities, by numbers of trials. */
  const thetas = new Map<string, Float64Array | undefined>();

  const model = (features: FeatureSpace<G>, objective: number, trials: readonly EarlierTrial<G>[], start?: Float64Array) => {
    const seen = trials.filter(({ objectives }) => Number.isFinite(objectives[objective])).slice(-mostValues);
    return seen.length < fewestValues ? undefined : new SideModel(features, seen, objective, item(traits, objective), space, start);
  };

  /** Of a fidelity: hyper-parameters are climbed for at certain numbers of trials, from those at the number before. */
  const modelAt = (fidelity: number, features: FeatureSpace<G>, objective: number, trials: readonly EarlierTrial<G>[]) => {
    let theta: Float64Array | undefined;
    for (let count = firstMilestone; count < trials.length; count = Math.ceil(1.5 * count)) {
      const key = `${fidelity}/${objective}/${count}`;
      if (!thetas.has(key)) thetas.set(key, model(features, objective, trials.slice(0, count), theta)?.theta);
      theta = thetas.get(key);
    }
    return models.get(`fidelity ${fidelity}/${objective}/${trials.length}`, () => model(features, objective, trials, theta));
  };

  return (features, trials) => {
    const lower = Array.from({ length: full }, (_, fidelity) =>
      trials.flatMap((trial) => (trial.status === "feasible" && trial.fidelity === fidelity ? [trial] : [])),
    );
    return {
      columns: (objective, candidates, matrices) => {
        const isShown = item(traits, objective).atAnyFidelity === true;
        const sources = [
          ...earlier.map((run, i) => ofEarlier.get(`${i}/${objective}`, () => model(features, objective, run.trials))),
          ...(isShown ? [] : lower.map((seen, fidelity) => modelAt(fidelity, features, objective, seen))),
        ];
        return sources.flatMap((source) => (source ? [source.columns(candidates, matrices)] : []));
      },
    };
  };
}

/** Trials of a fidelity at which hyper-parameters are first climbed for. */
const firstMilestone = 16;

class SideModel<G> {
  readonly #model: ObjectiveModel;
  readonly #format: (g: G) => string;
  /** By text: observed values less the model's means. */
  readonly #residuals = new Map<string, number>();

  constructor(
    features: FeatureSpace<G>,
    trials: readonly EarlierTrial<G>[],
    objective: number,
    traits: ObjectiveTraits,
    { format }: Pick<SearcherOptions<G>["space"], "format">,
    start?: Float64Array,
  ) {
    this.#format = format;
    const matrices = features.matrices(trials.map(({ genotype }) => genotype));
    const values = trials.map(({ objectives }) => objectives[objective] as number);
    const blocks = blockNames.filter((block) => features.has(block));
    this.#model = new ObjectiveModel({ traits, features: matrices, values, blocks }, start);
    const means = this.#model.standardMeans(matrices);
    trials.forEach(({ genotype }, i) => {
      this.#residuals.set(format(genotype), at(this.#model.standard, i) - at(means, i));
    });
  }

  get theta(): Float64Array {
    return this.#model.theta;
  }

  columns(candidates: readonly G[], matrices: FeatureMatrices): Matrix {
    const columns = new Matrix(candidates.length, 2);
    const means = this.#model.standardMeans(matrices);
    candidates.forEach((candidate, i) => {
      columns.set(i, 0, at(means, i));
      columns.set(i, 1, this.#residuals.get(this.#format(candidate)) ?? 0);
    });
    return columns;
  }
}
