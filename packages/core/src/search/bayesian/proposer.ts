/** In which order candidates are worth evaluating, given the trials so far. */
import { createQuickRng, type Rng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import { constrainedSort } from "../front/pareto.ts";
import type { EvaluatedCandidate, SearcherOptions } from "../searcher.ts";
import { type Acquisition, expectedPoint, worth } from "./acquisition.ts";
import { representativeRows } from "./design.ts";
import { blockNames, FeatureSpace } from "./featureSpace.ts";
import { createModels, type Fitted } from "./models.ts";
import { climbWithin, drawPool, type PoolSizes } from "./pool.ts";

/** Candidates from which the features are learned and the first are chosen, and how many first ones. */
const sampleSize = 1500;
export const usualFirstCount = 8;
/** Trials that candidates are bred from, and promising candidates whose neighbours are looked at. */
const parentCount = 30;
/** Shares of the pool: drawn at random, bred from the best trials, and from the most promising candidates of the former. */
const shares = {
  first: { random: 0.6, mutated: 0.16, crossed: 0.08 },
  second: { random: 0, mutated: 0.12, crossed: 0.04 },
} as const;
/** Share of the pool, the most promising, of which a batch is chosen. */
const shortlistShare = 0.05;

/** Share of a pool that is to be within the budgets that can be checked beforehand. */
const leastWithin = 0.1;
/** So many trials in a row over those budgets, after which only children of the best trials are looked at: perhaps nothing else is within. */
const hopeless = 40;

/**
 * Gives candidates, the most promising first, each on the supposition that those before it are evaluated.
 * @param among where it is given, these alone; then nothing before there is a model.
 */
export type Propose<G> = (trials: readonly EvaluatedCandidate<G>[], among?: readonly G[]) => Iterator<G>;

/**
 * What is proposed depends on the trials and on the generator's seed alone.
 * @param poolSize how many candidates are considered.
 * @param firstCount how many are proposed of different regions of the space before there is a model.
 */
export function createProposer<G>(options: SearcherOptions<G>, poolSize: number, rng: Rng, firstCount = usualFirstCount): Propose<G> {
  const { space, violation } = options;
  const isOver = (genotype: G) => violation !== undefined && violation(genotype) > 0;
  const key = rng.fork("pools").int(2 ** 32);
  const models = createModels(options);
  let begun: { readonly features: FeatureSpace<G>; readonly first: readonly G[] } | undefined;

  return function* (trials, among) {
    begun ??= begin(options, poolSize, firstCount, rng.fork("design"));
    const { features, first } = begun;
    if (among) {
      const fitted = models(features, trials);
      if (fitted) yield* inOrder(fitted(among), among);
      return;
    }
    if (trials.length < first.length) {
      yield* first;
      return;
    }
    const draw = createQuickRng(key ^ trials.length);
    const excluded = new Set(trials.map(({ genotype }) => space.format(genotype)));
    const parents = constrainedSort(trials.filter(({ status }) => status !== "failed"))
      .flat()
      .slice(0, parentCount)
      .map((index) => item(trials, index).genotype);
    if (trials.length >= hopeless && trials.slice(-hopeless).every(({ genotype }) => isOver(genotype))) {
      yield* drawPool(space, parents, { random: 0, mutated: parentCount, crossed: 0 }, excluded, draw);
      return;
    }
    const fitted = models(features, trials);
    if (!fitted) return;
    const pool: G[] = [];
    const add = (candidates: readonly G[]) => {
      pool.push(...candidates);
      for (const candidate of candidates) excluded.add(space.format(candidate));
    };
    add(drawPool(space, parents, sizesOf(shares.first, poolSize), excluded, draw));
    const missing = Math.ceil(leastWithin * poolSize) - pool.filter((candidate) => !isOver(candidate)).length;
    if (violation && missing > 0) add(climbWithin(space, violation, [...pool, ...parents], missing, excluded, draw));
    const worths = worthsOf(fitted, pool);
    const promising = largest(worths, parentCount).map((index) => item(pool, index));
    const near = drawPool(space, promising, sizesOf(shares.second, poolSize), excluded, draw);
    pool.push(...near);
    worths.push(...worthsOf(fitted, near));
    const shortlist = largest(worths, Math.ceil(shortlistShare * poolSize)).map((index) => item(pool, index));
    yield* inOrder(fitted(shortlist), shortlist);
  };
}

function sizesOf({ random, mutated, crossed }: PoolSizes, pool: number): PoolSizes {
  return { random: Math.ceil(random * pool), mutated: Math.ceil(mutated * pool), crossed: Math.ceil(crossed * pool) };
}

/** The features of the space, and the first candidates. */
function begin<G>({ space, features: describe }: SearcherOptions<G>, poolSize: number, firstCount: number, rng: Rng) {
  const sample = drawPool(space, [], { random: Math.min(sampleSize, poolSize), mutated: 0, crossed: 0 }, new Set(), rng);
  const features = new FeatureSpace(space, describe, sample);
  const block = features.has("summary") ? "summary" : "encoding";
  const points = item(features.matrices(sample), blockNames.indexOf(block));
  return { features, first: representativeRows(points, firstCount, rng).map((row) => item(sample, row)) };
}

function worthsOf<G>(fitted: Fitted<G>, candidates: readonly G[]): number[] {
  const acquisition = fitted(candidates);
  return candidates.map((_, i) => worth(acquisition, i));
}

/** Positions of the candidates that are worth most, best first; ties, to nine digits, in their order. */
function largest(worths: readonly number[], count: number): readonly number[] {
  const compared = rounded(worths);
  return compared
    .map((_, i) => i)
    .sort((a, b) => item(compared, b) - item(compared, a) || a - b)
    .slice(0, count);
}

/** Shares of the largest, to nine digits, so that no last bit decides. */
function rounded(worths: readonly number[]): readonly number[] {
  const largest = worths.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 ? worths.map((value) => Math.round((value / largest) * 1e9)) : worths.map(() => 0);
}

/** One after another the candidate that is worth most, believing that those before it show what is expected. */
function* inOrder<G>(acquisition: Acquisition, candidates: readonly G[]): Generator<G> {
  const open = new Set(candidates.keys());
  while (open.size > 0) {
    const left = [...open];
    const worths = rounded(left.map((index) => worth(acquisition, index)));
    let best = 0;
    worths.forEach((value, i) => {
      if (value > item(worths, best)) best = i;
    });
    const chosen = item(left, best);
    open.delete(chosen);
    yield item(candidates, chosen);
    acquisition.improvement.add(expectedPoint(acquisition, chosen));
    for (const beliefs of acquisition.objectives) beliefs.choose(chosen);
  }
}
