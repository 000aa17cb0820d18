/** What the seeds tell of a front, in words and in JSON. */
import {
  type Experiment,
  fidelityInWords,
  retrainingsAt,
  type Standing,
  storedTraining,
  type Trial,
  trainedBy,
  trainingsIn,
} from "../../experiment/index.ts";
import { taskKindOf } from "../../tasks/index.ts";
import { likeTheBest, type MemberDifference, notBetter, type ScoreDifferences } from "./differences.ts";
import { seedsInWords, shownStanding, standingBeside } from "./shownStanding.ts";

/** `each trained for 30 epochs with 3 seeds`, or `each retrained`; undefined where the search's training stands. */
export function describeTrainings(trials: readonly Trial[]): string | undefined {
  const standings = trials.flatMap((trial) => shownStanding(trial) ?? []);
  const [first] = standings;
  return (
    first &&
    `each ${first.stage === undefined ? "retrained" : "trained"} for ${fidelityInWords(first.fidelity)} with ${seedsInWords(standings)}`
  );
}

/** Lines below a front: who is no better than a cheaper one, who cannot be told from the best, what ± is, and by what method. */
export function describeSeeds(experiment: Experiment, trials: readonly Trial[], differences?: ScoreDifferences): readonly string[] {
  const beside = trials.flatMap((trial) => standingBeside(experiment, trial) ?? []);
  const shown = trials.flatMap((trial) => shownStanding(trial) ?? []);
  const several = [...beside, ...shown].some(({ scoreDeviation }) => scoreDeviation !== undefined);
  return [
    ...(differences ? describeDifferences(differences, taskKindOf(experiment.task).score.name) : []),
    ...(several ? ["± is the standard deviation over seeds"] : []),
    ...(differences ? [describeMethod(differences)] : []),
    ...(beside.length > 0 ? [describeBeside(beside)] : []),
  ];
}

function describeDifferences(differences: ScoreDifferences, name: string): readonly string[] {
  const score = `${differences.of} ${name}`;
  const { best, others } = likeTheBest(differences);
  const many = others.length === 1 ? "trial" : "trials";
  return [
    ...notBetter(differences).map((pair) => `~ trial ${pair.trial} is ${judged(pair, score)}: ${inNumbers(pair)}`),
    ...(others.length > 0 ? [`cannot be told from trial ${best}, the best of validation, in ${score}: ${many} ${others.join(", ")}`] : []),
  ];
}

/** Why some retrainings are only shown beside. */
function describeBeside(standings: readonly Standing[]): string {
  const times = [...new Set(standings.map(({ fidelity }) => fidelityInWords(fidelity)))].join(" and ");
  return `retrained for ${times} with ${seedsInWords(standings)}: shown beside, as not all members of the front were retrained for the same time`;
}

function describeMethod({ pairs, pooledDeviation, trials }: ScoreDifferences): string {
  const adjusted =
    pairs.length === 1 ? "" : `; "as far as seeds tell" is adjusted for ${pairs.length} comparisons (Holm), intervals are not`;
  return `compared by Student's t, a seed's deviation ${pooledDeviation.toFixed(2)} pooled over ${trials} trials (a pair's own where larger)${adjusted}`;
}

function judged({ than, seeds, verdict }: MemberDifference, score: string): string {
  const far = `as far as ${seedsInWords(seeds.map((count) => ({ seeds: count })))} tell`;
  return verdict === "worse" ? `worse in ${score} than trial ${than}, ${far}` : `no better in ${score} than trial ${than}, ${far}`;
}

function inNumbers({ difference, low95, high95 }: MemberDifference): string {
  return `${signed(difference)} (95 % interval ${signed(low95)} to ${signed(high95)})`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** `weights of the retraining, 30 epochs: accuracy 91.40, test accuracy 90.93, the best of validation of 3 seeds`. */
export function describeWeights(experiment: Experiment, trial: Trial): string | undefined {
  const training = storedTraining(trial);
  if (training === undefined) return undefined;
  const { name } = taskKindOf(experiment.task).score;
  const { fidelity, score, testScore } = training;
  const test = testScore === undefined ? "" : `, test ${name} ${testScore.toFixed(2)}`;
  const others = "stage" in training ? trainingsIn(trial, training.stage) : training === trial ? [trial] : retrainingsAt(trial, fidelity);
  const best = others.length > 1 ? `, the best of validation of ${others.length} seeds` : "";
  const by = trainedBy(experiment, training);
  return `weights of ${"stage" in training ? by : `the ${by}`}, ${fidelityInWords(fidelity)}: ${name} ${score?.toFixed(2)}${test}${best}`;
}

/** The same as JSON: `{ trained_by, fidelity, seed, accuracy, test_accuracy }`. */
export function weightsJson(experiment: Experiment, trial: Trial) {
  const training = storedTraining(trial);
  if (training === undefined) return null;
  const { name } = taskKindOf(experiment.task).score;
  const { fidelity, seed, score, testScore } = training;
  return { trained_by: trainedBy(experiment, training), fidelity, seed, [name]: score ?? null, [`test_${name}`]: testScore ?? null };
}

/** `{ of, pooled_deviation, degrees_of_freedom, trials, pairs }`; each pair `{ trial, than, difference, low95, high95, p, p_holm, verdict }`. */
export function differencesJson(experiment: Experiment, { of, pooledDeviation, degrees, trials, pairs }: ScoreDifferences) {
  const { name } = taskKindOf(experiment.task).score;
  return {
    of: of === "test" ? `test_${name}` : name,
    pooled_deviation: pooledDeviation,
    degrees_of_freedom: degrees,
    trials,
    pairs: pairs.map(({ trial, than, difference, low95, high95, pValue, pHolm, verdict }) => {
      return { trial, than, difference, low95, high95, p: pValue, p_holm: pHolm, verdict };
    }),
  };
}
