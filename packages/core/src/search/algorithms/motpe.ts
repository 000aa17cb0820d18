/** Multi-objective TPE. */
import { z } from "zod";
import type { Rng } from "../../base/index.ts";
import { at, item, numberAt } from "../../base/matrix.ts";
import { hypervolume } from "../front/hypervolume.ts";
import { ObjectiveRanges } from "../front/scalarise.ts";
import type { EvaluatedCandidate, Searcher, SearcherKind, SearcherOptions } from "../searcher.ts";
import { initial, round } from "../sharedSettings.ts";
import { leastCrowded } from "./nsga2.ts";
import { densityRatio } from "./parzen.ts";
import { createRounds, type Round } from "./rounds.ts";

const settings = z.strictObject({
  round,
  initial,
});
type Settings = z.output<typeof settings>;

/** Share of the trials that count as good, and the most that do. */
const goodShare = 0.2;
const mostGood = 25;
/** Candidates of which one is chosen. */
const drawn = 24;
/** Trials of the model: the good ones and the latest others. */
const mostOthers = 500;
/** Objectives up to which good trials are weighed by their hypervolumes. */
const mostWeighed = 3;

/**
 * Multi-objective tree-structured Parzen estimator (Ozaki, Tanigaki, Watanabe and Onishi, GECCO 2020): candidates are drawn near good trials,
 * and that is taken which is likeliest among the good ones in comparison with the others. Good are the first fronts, weighed by the
 * hypervolume that each alone dominates.
 *
 * Where it differs from the paper:
 * - One kernel over all columns of the encoding, exp(−b · ½ Σ |x − y|) (the multivariate form), because a genotype cannot be made from a
 *   column's value; candidates are mutations and crossovers of good trials.
 * - Objectives that are known beforehand are columns beside the encoding; what is known to be over budget is proposed last.
 * - Of the last front that counts as good the least crowded are taken. With more than three objectives all good trials weigh the same.
 * - A fifth of the trials counts as good, at most 25, instead of a tenth: searches here are short.
 * - Trials come in rounds. Infeasible trials come after feasible ones, by violation.
 */
export const motpe: SearcherKind<typeof settings> = { name: "motpe", settings, create: createMotpe, plan: planned };

function planned({ round, initial }: Settings, evaluations: number) {
  return { round: round ?? Math.min(50, Math.max(4, Math.round(evaluations / 25))), initial: initial ?? 12 };
}

function createMotpe<G>(options: SearcherOptions<G>, chosen: Settings): Searcher<G> {
  const { round: batch, initial } = planned(chosen, options.evaluations);
  return createRounds(options, { name: "motpe", batch, initial, propose: (round) => propose(round, 2 * batch, options) });
}

function* propose<G>({ trials, draw, isOpen }: Round<G>, count: number, options: SearcherOptions<G>): Generator<G> {
  const { space, objectives } = options;
  const good = leastCrowded(trials, Math.min(mostGood, Math.ceil(goodShare * trials.length) + 1)).map(({ told }) => told);
  const chosenAsGood = new Set(good);
  const others = trials.filter((trial) => !chosenAsGood.has(trial)).slice(-mostOthers);
  const weights = weightsOf(good, trials, objectives);
  const column = columnsOf(options, trials.slice(-mostOthers));
  const pointsOf = (all: readonly EvaluatedCandidate<G>[]) => all.map(({ genotype }) => column(genotype));
  const ratio = densityRatio(
    { points: pointsOf(good), weights },
    { points: pointsOf(others), weights: others.map(() => 1 / others.length) },
    Math.log(2 + 5 * good.length),
  );

  const seen = new Set<string>();
  for (let tries = 0; seen.size < count && tries < 2 * count; tries++) {
    let [best, highest] = [undefined as G | undefined, Number.NEGATIVE_INFINITY];
    for (let n = 0; n < drawn; n++) {
      const genotype = near(good, weights, draw, space);
      if (!isOpen(genotype) || seen.has(space.format(genotype))) continue;
      const likelier = ratio(column(genotype));
      if (likelier > highest) [best, highest] = [genotype, likelier];
    }
    if (best === undefined) continue;
    seen.add(space.format(best));
    yield best;
  }
}

/** A candidate near a good trial: after one mutation or more, half of the time crossed with another good one before. */
function near<G>(good: readonly EvaluatedCandidate<G>[], weights: readonly number[], draw: Rng, space: SearcherOptions<G>["space"]): G {
  const pick = () => {
    let index = 0;
    for (let left = draw.next() - numberAt(weights, 0); left >= 0 && index < good.length - 1; left -= numberAt(weights, index)) index++;
    return item(good, index).genotype;
  };
  let child = draw.next() < 0.5 ? space.crossover(pick(), pick(), draw) : pick();
  do child = space.mutate(child, draw);
  while (draw.next() < 0.5);
  return child;
}

/** Of each good trial the hypervolume that it alone dominates, and a little for all, as shares. */
export function weightsOf<G>(
  good: readonly EvaluatedCandidate<G>[],
  trials: readonly EvaluatedCandidate<G>[],
  objectives: number,
): number[] {
  const ranges = new ObjectiveRanges(objectives);
  for (const trial of trials) if (trial.status === "feasible") ranges.add(trial.objectives);
  const points = good.map((trial) =>
    trial.status === "feasible" && objectives <= mostWeighed
      ? trial.objectives.map((value, axis) => ranges.scaled(value, axis))
      : undefined,
  );
  const reference = new Array<number>(objectives).fill(1.1);
  const volume = (without: number) =>
    hypervolume(points.filter((point, index) => point !== undefined && index !== without) as number[][], reference);
  const whole = volume(-1);
  const shares = points.map((_, index) => Math.max(0, whole - volume(index)) + (whole + 1e-9) / (10 * good.length));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}

/**
 * A candidate as what densities are of: its encoding, each column divided by its largest magnitude among the trials, and each objective that is known
 * beforehand, a cost as its logarithm, in shares of its range among them.
 */
function columnsOf<G>(
  { space, known, traits }: SearcherOptions<G>,
  trials: readonly EvaluatedCandidate<G>[],
): (genotype: G) => Float64Array {
  const knownOf = (genotype: G): number[] =>
    (known?.(genotype) ?? []).flatMap((objective, axis) => {
      if (!objective) return [];
      return [traits?.[axis]?.nature === "cost" && objective.value > 0 ? Math.log(objective.value) : objective.value];
    });
  const scale = columnScales(trials.map(({ genotype }) => space.encode(genotype)));
  const rows = trials.map(({ genotype }) => knownOf(genotype));
  const ranges = new ObjectiveRanges(rows[0]?.length ?? 0);
  for (const row of rows) ranges.add(row);
  return (genotype) => {
    const encoding = space.encode(genotype);
    const costs = knownOf(genotype);
    const columns = new Float64Array(encoding.length + costs.length);
    encoding.forEach((value, i) => {
      columns[i] = value * at(scale, i);
    });
    costs.forEach((value, axis) => {
      columns[encoding.length + axis] = ranges.scaled(value, axis);
    });
    return columns;
  };
}

/** What makes the largest magnitude of each column one. */
function columnScales(encodings: readonly Float64Array[]): Float64Array {
  const largest = new Float64Array(encodings[0]?.length ?? 0);
  for (const encoding of encodings)
    encoding.forEach((value, column) => {
      largest[column] = Math.max(at(largest, column), Math.abs(value));
    });
  return largest.map((value) => (value > 0 ? 1 / value : 1));
}
