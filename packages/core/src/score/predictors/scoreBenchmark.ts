/** How well score models predict the architectures of a table from few whose scores are known. */
import { createRng, InputError } from "../../base/index.ts";
import { at, item } from "../../base/matrix.ts";
import { kendall, quantile, spearman } from "../../base/statistics.ts";
import type { ScorePrediction } from "./prediction.ts";
import type { ScoreCandidate, ScoreModel, ScoreTraits } from "./predictor.ts";

/** Candidates that tell a model which features there are and how they are scaled. */
const sampleSize = 500;

export interface ScoreBenchmark {
  /** Canonical texts, all different, and their scores; NaN where unknown. */
  readonly architectures: readonly string[];
  readonly scores: Float64Array;
  /** What is seen of an architecture; called once for each whose score is known. */
  readonly describe: (architecture: string) => ScoreCandidate;
  readonly models: readonly ScoreModel[];
  /** Numbers of trials to learn from. */
  readonly trialsKnown: readonly number[];
  readonly traits?: ScoreTraits;
  /** Independent choices of what is learned from. The first n of a choice are the choice of n. */
  readonly trials: number;
  readonly seed: number | string;
  /** Milliseconds of a clock, for the times; without it they are 0. */
  readonly now?: () => number;
  /** Told after each choice of trials. */
  readonly onTrial?: (trial: number) => void;
}

/** Over the choices: means, of every known architecture that was not learned from. */
export interface ScoreModelResult {
  readonly model: string;
  readonly trialsKnown: number;
  readonly spearmanMean: number;
  /** Sample standard deviation, 0 for one choice. */
  readonly spearmanSd: number;
  readonly kendallMean: number;
  /** The same among those whose score is in the best quarter. */
  readonly spearmanBestMean: number;
  readonly kendallBestMean: number;
  /** Root of the mean squared error of the predicted medians. */
  readonly rmseMean: number;
  /** Share of scores in the 95 percent interval. */
  readonly coverage95Mean: number;
  /** Continuous ranked probability score, in the score's unit. */
  readonly crpsMean: number;
  /** Of the natural logarithm of the density at the score. */
  readonly logDensityMean: number;
  readonly fitMs: number;
  readonly predictMs: number;
}

export interface ScoreBenchmarkResult {
  /** Architectures whose score is known. */
  readonly known: number;
  /** By model, in the order given, then by number of trials. */
  readonly results: readonly ScoreModelResult[];
}

/** Learns each model from several choices of trials and says how well it predicts all others. @throws InputError */
export function benchmarkScores(benchmark: ScoreBenchmark): ScoreBenchmarkResult {
  const { architectures, scores, describe, models, trialsKnown, traits = {}, trials, seed, now = noClock } = benchmark;
  const rows = [...architectures.keys()].filter((row) => Number.isFinite(at(scores, row)));
  checkBenchmark(benchmark, rows.length);
  const candidates = rows.map((row) => describe(item(architectures, row)));
  const truths = Float64Array.from(rows, (row) => at(scores, row));
  const positions = [...rows.keys()];
  const sample = createRng(`${seed}/score sample`).shuffle(positions).slice(0, sampleSize);
  const learners = models.map((model) => ({ model, learner: model.prepare(sample.map((position) => item(candidates, position))) }));
  const seen = new Map<string, ScoreChoice[]>();
  for (let trial = 0; trial < trials; trial++) {
    const order = createRng(`${seed}/score ${trial}`).shuffle(positions);
    for (const count of trialsKnown) {
      const known = order.slice(0, count).map((position) => ({ candidate: item(candidates, position), score: at(truths, position) }));
      const others = order.slice(count);
      const truth = Float64Array.from(others, (position) => at(truths, position));
      for (const { model, learner } of learners) {
        const startedAt = now();
        const predictor = learner.learn(known, traits);
        const fittedAt = now();
        const predictions = predictor.predict(others.map((position) => item(candidates, position)));
        const [fitMs, predictMs] = [fittedAt - startedAt, now() - fittedAt];
        const key = `${model.name}/${count}`;
        seen.set(key, [...(seen.get(key) ?? []), { ...judge(predictions, truth, traits), fitMs, predictMs }]);
      }
    }
    benchmark.onTrial?.(trial);
  }
  const results = models.flatMap(({ name }) =>
    trialsKnown.map((count) => summarise(name, count, seen.get(`${name}/${count}`) as readonly ScoreChoice[])),
  );
  return { known: rows.length, results };
}

const noClock = () => 0;

/** What one choice of trials gave. */
interface ScoreChoice {
  readonly spearman: number;
  readonly kendall: number;
  readonly spearmanBest: number;
  readonly kendallBest: number;
  readonly rmse: number;
  readonly coverage95: number;
  readonly crps: number;
  readonly logDensity: number;
  readonly fitMs: number;
  readonly predictMs: number;
}

function judge(
  predictions: readonly ScorePrediction[],
  truth: Float64Array,
  { best: limit }: ScoreTraits,
): Omit<ScoreChoice, "fitMs" | "predictMs"> {
  const predicted = Float64Array.from(predictions, ({ median }) => median);
  const threshold = quantile(truth, 0.75);
  const best = [...truth.keys()].filter((i) => at(truth, i) >= threshold);
  const [bestPredicted, bestTruth] = [predicted, truth].map((values) => Float64Array.from(best, (i) => at(values, i))) as [
    Float64Array,
    Float64Array,
  ];
  const mean = (of: (i: number) => number) => truth.reduce((sum, _, i) => sum + of(i), 0) / truth.length;
  const prediction = (i: number) => item(predictions, i);
  const highest = limit === undefined ? Number.POSITIVE_INFINITY : highestWithDensity(truth, limit);
  return {
    spearman: spearman(predicted, truth),
    kendall: kendall(predicted, truth),
    spearmanBest: spearman(bestPredicted, bestTruth),
    kendallBest: kendall(bestPredicted, bestTruth),
    rmse: Math.sqrt(mean((i) => (at(predicted, i) - at(truth, i)) ** 2)),
    coverage95: mean((i) => (prediction(i).low95 <= at(truth, i) && at(truth, i) <= prediction(i).high95 ? 1 : 0)),
    crps: mean((i) => prediction(i).crps(at(truth, i))),
    logDensity: mean((i) => prediction(i).logDensity(Math.min(at(truth, i), highest))),
  };
}

/** A perfect score has no density where what is missing has a logarithm: it counts as if a tenth of the least were missing that others miss. */
function highestWithDensity(truth: Float64Array, limit: number): number {
  const missing = truth.map((score) => limit - score).filter((value) => value > 0);
  return limit - (missing.length > 0 ? missing.reduce((a, b) => Math.min(a, b)) : 1) / 10;
}

function summarise(model: string, trialsKnown: number, trials: readonly ScoreChoice[]): ScoreModelResult {
  const mean = (of: (trial: ScoreChoice) => number) => trials.reduce((sum, trial) => sum + of(trial), 0) / trials.length;
  const spearmanMean = mean(({ spearman }) => spearman);
  const squares = trials.reduce((sum, { spearman }) => sum + (spearman - spearmanMean) ** 2, 0);
  return {
    model,
    trialsKnown,
    spearmanMean,
    spearmanSd: trials.length < 2 ? 0 : Math.sqrt(squares / (trials.length - 1)),
    kendallMean: mean(({ kendall }) => kendall),
    spearmanBestMean: mean(({ spearmanBest }) => spearmanBest),
    kendallBestMean: mean(({ kendallBest }) => kendallBest),
    rmseMean: mean(({ rmse }) => rmse),
    coverage95Mean: mean(({ coverage95 }) => coverage95),
    crpsMean: mean(({ crps }) => crps),
    logDensityMean: mean(({ logDensity }) => logDensity),
    fitMs: mean(({ fitMs }) => fitMs),
    predictMs: mean(({ predictMs }) => predictMs),
  };
}

function checkBenchmark({ architectures, trialsKnown, trials, models }: ScoreBenchmark, known: number): void {
  if (models.length === 0) throw new InputError("there is no score model", { expected: "at least one" });
  if (trialsKnown.length === 0) throw new InputError("there is no number of trials to learn from", { expected: "at least one" });
  for (const count of trialsKnown) {
    if (!Number.isInteger(count) || count < 1) throw new InputError(`${count} known trials`, { expected: "a whole number of at least 1" });
    if (count + fewestOthers > known) {
      throw new InputError(`${count} trials are to be learned from, and ${known} of ${architectures.length} scores are known`, {
        expected: `at most ${Math.max(0, known - fewestOthers)}, so that at least ${fewestOthers} are left to predict`,
      });
    }
  }
  if (!Number.isInteger(trials) || trials < 1) throw new InputError(`${trials} trials`, { expected: "a whole number of at least 1" });
}

/** A rank correlation among the best quarter of fewer says nothing. */
const fewestOthers = 20;
