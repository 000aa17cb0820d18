/** What the rows of the registry share: trials in one order, scores on one scale. */
import { InputError } from "../../base/index.ts";
import { at } from "../../base/matrix.ts";
import { FeatureSpace } from "../../search/bayesian/featureSpace.ts";
import { log } from "../../search/bayesian/process/normal.ts";
import type { Features } from "./columns.ts";
import { NormalPrediction, type ScorePrediction, ShortfallPrediction } from "./prediction.ts";
import type { ScoreCandidate, ScoreLearner, ScoreModel, ScoreTraits, ScoreTrial } from "./predictor.ts";

/** Normal distributions of candidates' values, of what an evaluation would show. */
export interface Beliefs {
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/**
 * Learns from candidates and their values.
 * @param candidates at least one, in an order by chance that does not depend on how they were given.
 * @param values of mean 0 and variance 1, or all 0.
 */
export type Regress = (candidates: readonly ScoreCandidate[], values: Float64Array) => (asked: readonly ScoreCandidate[]) => Beliefs;

export interface Regressor extends Omit<ScoreModel, "prepare"> {
  readonly prepare: (features: Features) => Regress;
}

/** A row of the registry, from what it does with standardised values. */
export function scoreModel({ prepare, ...row }: Regressor): ScoreModel {
  return {
    ...row,
    prepare(sample): ScoreLearner {
      const hasFeatures = sample[0]?.features !== undefined;
      if (row.needsFeatures && !hasFeatures) {
        throw new InputError(`the score model '${row.name}' looks at graphs alone, and no features of graphs are given`, {
          expected: "candidates with features",
        });
      }
      const space = { format: ({ architecture }: ScoreCandidate) => architecture, encode: ({ encoding }: ScoreCandidate) => encoding };
      const describe = hasFeatures ? ({ features = nothing }: ScoreCandidate) => features : undefined;
      const regress = prepare(new FeatureSpace(space, describe, sample));
      return { learn: (trials, traits = {}) => learn(regress, trials, traits) };
    },
  };
}

const nothing = { summary: new Map<string, number>(), structure: new Map<string, number>(), executed: new Map<string, number>() };

function learn(regress: Regress, trials: readonly ScoreTrial[], traits: ScoreTraits) {
  const sorted = inOrder(trials);
  const { values, mean, sd, toPrediction } = onOneScale(
    sorted.map(({ score }) => score),
    traits,
  );
  const predict = regress(
    sorted.map(({ candidate }) => candidate),
    values,
  );
  return {
    predict(candidates: readonly ScoreCandidate[]): readonly ScorePrediction[] {
      const beliefs = predict(candidates);
      return candidates.map((_, i) => toPrediction(mean + sd * at(beliefs.mean, i), sd * at(beliefs.sd, i)));
    },
  };
}

/** Trials in one order, whatever the order in which they were given: by hashes, so that every k-th is a choice by chance. */
function inOrder(trials: readonly ScoreTrial[]): readonly ScoreTrial[] {
  if (trials.length === 0) throw new InputError("there are no trials to learn from", { expected: "at least one" });
  for (const { candidate, score } of trials) {
    if (!Number.isFinite(score))
      throw new InputError(`the score of '${candidate.architecture}' is ${score}`, { expected: "a finite number" });
  }
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return trials
    .map(({ candidate, score }) => ({ candidate, score, key: hash(candidate.architecture) }))
    .sort((a, b) => a.key - b.key || byText(a.candidate.architecture, b.candidate.architecture) || a.score - b.score);
}

/** FNV-1a, 32 bits, with the finaliser of MurmurHash3: texts of one space differ in few places. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

interface Scaled {
  /** Of mean 0, and of variance 1 unless they are all equal. */
  readonly values: Float64Array;
  readonly mean: number;
  readonly sd: number;
  /** From a normal distribution in the unit of `mean` and `sd`. */
  readonly toPrediction: (mean: number, sd: number) => ScorePrediction;
}

function onOneScale(scores: readonly number[], { best }: ScoreTraits): Scaled {
  if (best === undefined) return { ...standardised(scores), toPrediction: (mean, sd) => new NormalPrediction(mean, sd) };
  const beyond = scores.find((score) => score > best);
  if (beyond !== undefined) throw new InputError(`a score is ${beyond}`, { expected: `at most ${best}` });
  const missing = scores.map((score) => best - score);
  // Nothing missing has no logarithm: it counts as a tenth of the least that something was missing.
  const positive = missing.filter((value) => value > 0);
  const least = positive.length > 0 ? positive.reduce((a, b) => Math.min(a, b)) / 10 : 1;
  const logs = missing.map((value) => -log(Math.max(value, least)));
  return { ...standardised(logs), toPrediction: (mean, sd) => new ShortfallPrediction(best, -mean, sd) };
}

/** Relative differences that are nothing but rounding. */
const rounding = 1e-12;

function standardised(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const differ = sd > rounding * size;
  return { values: Float64Array.from(values, (value) => (differ ? (value - mean) / sd : 0)), mean, sd: differ ? sd : 1 };
}
