/** A model of one objective: how its values are transformed, which kernel they have, and what is believed of candidates. */
import { dot } from "../../base/linearAlgebra.ts";
import { addAt, at, item, type Matrix } from "../../base/matrix.ts";
import type { ObjectiveTraits } from "../searcher.ts";
import { type BlockName, blockNames } from "./featureSpace.ts";
import type { Belief } from "./improvement.ts";
import { climb, GaussianProcess, hyperPrior, type Regression, relationsOf } from "./process/gaussianProcess.ts";
import type { FeatureMatrices, KernelBlock, KernelKind } from "./process/kernels.ts";
import { log } from "./process/normal.ts";

/** Kernels by the nature of an objective. */
const kernels: Readonly<Record<ObjectiveTraits["nature"], readonly (readonly [KernelKind, BlockName])[]>> = {
  score: [
    ["smooth", "summary"],
    ["smooth", "structure"],
    ["linear", "summary"],
  ],
  cost: [
    ["linear", "executed"],
    ["smooth", "work"],
    ["smooth", "structure"],
  ],
};
/** Where nothing but encodings is given. */
const kernelsOfEncoding: readonly (readonly [KernelKind, BlockName])[] = [
  ["smooth", "encoding"],
  ["linear", "encoding"],
];

/** The kernel of an objective. @param blocks that tell candidates apart. */
export function kernelsFor(nature: ObjectiveTraits["nature"], blocks: readonly BlockName[]): readonly KernelBlock[] {
  const chosen = blocks.includes("summary") ? kernels[nature] : kernelsOfEncoding;
  return chosen.map(([kind, block]): KernelBlock => ({ kind, features: blockNames.indexOf(block) }));
}

export const expectedNoise = { score: 1e-2, cost: 1e-3 } as const;
/** By how much less than a block of features, as a logarithm, a source is expected to weigh until trials bear it out. */
const sourceDiscount = 1.5;
/** What a good prediction leaves unexplained is noise for a large part. */
const deviationNoise = 0.2;
/** Steps uphill: from the prior's mean, from hyper-parameters of fewer trials, and where these are but a few trials old. */
const steps = { first: 30, later: 8, few: 5 };
/** Trials from which on a few more change little: then hyper-parameters stay until there are half as many more. */
const many = 80;
/** A cost's noise grows with the cost, within these factors of the usual. */
const noiseFactors = { least: 0.05, most: 5 };

/** What trials show of one objective. */
export interface ObservedObjective {
  readonly traits: ObjectiveTraits;
  /** Of the trials, in the order of `values`. */
  readonly features: FeatureMatrices;
  readonly values: readonly number[];
  /** What was predicted for the trials beforehand; then the model is of how wrong that was. */
  readonly predicted?: readonly number[];
  /** Blocks that tell candidates apart. */
  readonly blocks: readonly BlockName[];
  /** How many matrices of side data follow those of the blocks in `features`. */
  readonly sources?: number;
}

/** How values become numbers that a Gaussian process is good at, and back. */
interface Scale {
  readonly shape: Belief["shape"];
  readonly least: number;
  readonly mean: number;
  readonly sd: number;
}

/** What is believed of one objective of each of some candidates; grows more certain as some of them are chosen. */
export interface CandidateBeliefs {
  /** Of what an evaluation would show. */
  of(candidate: number): Belief;
  /** Takes it that a candidate is evaluated and shows what is expected. */
  choose(candidate: number): void;
}

/** A model of an objective that has seen trials. */
export class ObjectiveModel {
  readonly theta: Float64Array;
  /** The values as the process sees them: transformed, of mean 0 and variance 1. */
  readonly standard: Float64Array;
  readonly #process: GaussianProcess;
  readonly #scale: Scale;
  /** For costs: the usual size, to which the noise belongs, and the least believed. */
  readonly #level: { readonly usual: number; readonly least: number } | undefined;

  /**
   * @param before hyper-parameters of fewer trials, to go on from, unless there were fewer sources.
   * @param thorough whether to climb far, for hyper-parameters that later ones begin with.
   */
  constructor({ traits, features, values, predicted, blocks, sources = 0 }: ObservedObjective, before?: Float64Array, thorough = false) {
    const transformed = predicted ? deviations(values, predicted) : transform(values, traits);
    const { mean, sd } = transformed;
    this.#scale = transformed;
    const ofSources = Array.from({ length: sources }, (_, i): KernelBlock => ({ kind: "linear", features: blockNames.length + i }));
    const own = kernelsFor(traits.nature, blocks);
    const kernelBlocks = [...own, ...ofSources];
    const prior = hyperPrior(kernelBlocks, predicted ? deviationNoise : expectedNoise[traits.nature]);
    for (let source = own.length; source < kernelBlocks.length; source++) addAt(prior.mean, source, -sourceDiscount);
    const start = before?.length === prior.mean.length ? before : undefined;
    const standard = Float64Array.from(transformed.values, (value) => (value - mean) / sd);
    let regression: Regression = { blocks: kernelBlocks, features, values: standard, noise: standard.map(() => 1), prior };
    const related = relationsOf(regression);
    let theta = start ?? climb(regression, prior.mean, steps.first, related);
    if (traits.nature === "cost" && transformed.shape === "normal") {
      const process = new GaussianProcess(regression, theta, related);
      const { mean: levels } = process.predict(features);
      const sizes = levels.map((level) => level * sd + mean);
      const least = Math.max(values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) / 2, 0);
      const usual = sizes.reduce((sum, size) => sum + Math.max(size, least), 0) / sizes.length;
      if (usual > 0) {
        this.#level = { usual, least };
        regression = { ...regression, noise: sizes.map((size) => noiseOf(size, usual, least)) };
      }
    }
    const further = thorough || !start ? steps.later : values.length > many ? 0 : steps.few;
    if (further > 0) theta = climb(regression, theta, further, related);
    this.theta = theta;
    this.standard = standard;
    this.#process = new GaussianProcess(regression, theta, related);
  }

  /** Means of candidates on the scale of {@link standard}. */
  standardMeans(features: FeatureMatrices): Float64Array {
    return this.#process.means(features);
  }

  /** @param predicted what was predicted for them beforehand, where the model was learned from such. */
  on(features: FeatureMatrices, predicted?: readonly number[]): CandidateBeliefs {
    const { mean, variance } = this.#process.predict(features);
    const noise = new Float64Array(mean.length).fill(this.#process.noise);
    if (this.#level) {
      const { usual, least } = this.#level;
      const { mean: offset, sd } = this.#scale;
      mean.forEach((level, i) => {
        noise[i] = at(noise, i) * noiseOf(level * sd + offset, usual, least);
      });
    }
    const offset = new Float64Array(mean.length);
    predicted?.forEach((value, i) => {
      offset[i] = log(Math.max(value, tiny));
    });
    return new ProcessBeliefs({ process: this.#process, scale: this.#scale, features, mean, variance, noise, offset });
  }
}

function noiseOf(size: number, usual: number, least: number): number {
  return Math.min(noiseFactors.most, Math.max(noiseFactors.least, Math.max(size, least) / usual)) ** 2;
}

function transform(values: readonly number[], { nature, least, worst }: ObjectiveTraits): Scale & { readonly values: readonly number[] } {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [
    finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  const cap = Math.min(worst ?? Number.POSITIVE_INFINITY, high);
  const clipped = values.map((value) => Math.min(Math.max(value, finite.length > 0 ? low : 0), finite.length > 0 ? cap : 0));
  const isLog = nature === "score" && least !== undefined && low >= least;
  // Exact zeros of a logarithm are as far off as they are rare: a tenth of the smallest other value.
  const positive = isLog ? clipped.map((value) => value - least).filter((value) => value > 0) : [];
  const smallest = positive.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) / 10;
  const shown = isLog && positive.length > 0 ? clipped.map((value) => log(Math.max(value - least, smallest))) : clipped;
  const mean = shown.reduce((sum, value) => sum + value, 0) / Math.max(1, shown.length);
  const variance = shown.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, shown.length);
  const shape = isLog && positive.length > 0 ? "logNormal" : "normal";
  return { shape, least: least ?? 0, mean, sd: variance > 0 ? Math.sqrt(variance) : 1, values: shown };
}

/** Of predicted costs. */
const tiny = 1e-12;

/** Logarithms of what was found by what was predicted: their mean is 0 if the predictions are any good. */
function deviations(values: readonly number[], predicted: readonly number[]): Scale & { readonly values: readonly number[] } {
  const ratios = values.map((value, i) => {
    const ratio = Math.max(value, tiny) / Math.max(item(predicted, i), tiny);
    return log(Math.min(Math.max(ratio, 1e-3), 1e3));
  });
  const square = ratios.reduce((sum, ratio) => sum + ratio * ratio, 0) / Math.max(1, ratios.length);
  return { shape: "logNormal", least: 0, mean: 0, sd: square > 0 ? Math.sqrt(square) : 1e-3, values: ratios };
}

interface ProcessBeliefsParts {
  readonly process: GaussianProcess;
  readonly scale: Scale;
  readonly features: FeatureMatrices;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly noise: Float64Array;
  /** Added to the means, in the transformed objective's unit. */
  readonly offset: Float64Array;
}

class ProcessBeliefs implements CandidateBeliefs {
  readonly #parts: ProcessBeliefsParts;
  readonly #variance: Float64Array;
  /** Needed once a candidate is chosen. */
  #roots: Matrix | undefined;
  /** One entry for each candidate chosen: what it adds to each candidate's root. */
  readonly #added: Float64Array[] = [];

  constructor(parts: ProcessBeliefsParts) {
    this.#parts = parts;
    this.#variance = parts.variance.slice();
  }

  of(candidate: number): Belief {
    const { scale, mean, noise, offset } = this.#parts;
    return {
      shape: scale.shape,
      least: scale.least,
      mean: at(mean, candidate) * scale.sd + scale.mean + at(offset, candidate),
      sd: Math.sqrt(at(this.#variance, candidate) + at(noise, candidate)) * scale.sd,
    };
  }

  /** Conditions on one more value, its own mean: means stay, variances shrink by a column more of the Cholesky factor. */
  choose(candidate: number): void {
    const { process, features, noise } = this.#parts;
    this.#roots ??= process.roots(features);
    const roots = this.#roots;
    const shared = process.kernel(features, candidate);
    const root = roots.row(candidate);
    const scale = 1 / Math.sqrt(at(this.#variance, candidate) + at(noise, candidate));
    const added = Float64Array.from({ length: roots.rows }, (_, i) => {
      let sum = at(shared, i) - dot(roots.row(i), root);
      for (const column of this.#added) sum -= at(column, i) * at(column, candidate);
      return sum * scale;
    });
    added.forEach((u, i) => {
      this.#variance[i] = Math.max(at(this.#variance, i) - u * u, 1e-12);
    });
    this.#added.push(added);
  }
}

/** Objectives that are certain beforehand. */
export class KnownBeliefs implements CandidateBeliefs {
  readonly #values: readonly number[];

  constructor(values: readonly number[]) {
    this.#values = values;
  }

  of(candidate: number): Belief {
    return { shape: "normal", least: 0, mean: item(this.#values, candidate), sd: 0 };
  }

  choose(): void {}
}
