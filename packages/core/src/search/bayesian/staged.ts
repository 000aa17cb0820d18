/** Bayesian optimisation at several fidelities. */
import { item } from "../../base/matrix.ts";
import { leastCrowded } from "../algorithms/nsga2.ts";
import { askingAt } from "../fidelity/questions.ts";
import { Rungs } from "../fidelity/rungs.ts";
import type { EvaluatedCandidate, Searcher, SearcherOptions } from "../searcher.ts";
import { createProposer, usualFirstCount } from "./proposer.ts";

/** Full evaluations of a round; every stage is a whole number of batches of so many. */
const batch = 4;
/** What the low evaluations of a round may cost by its full ones, and how many there are at most. */
const lowShare = 0.36;
const mostLow = 24;

/** Questions at one fidelity that are chosen by one model. */
interface Stage {
  readonly isFull: boolean;
  /** The number of the first. */
  readonly begin: number;
}

/**
 * In turn many candidates are evaluated at the lowest fidelity and a few of those in full. Both are chosen by expected improvement
 * of a full evaluation, whose models have what low fidelities showed as side data; where a low evaluation shows an objective as a full
 * one would, that objective is certain when candidates are chosen for full ones. It begins with one candidate of each region of the
 * space at the lowest fidelity, of which the best fronts are evaluated in full. Fidelities between the lowest and the full one are
 * not asked for.
 *
 * What it proposes depends on the trials told up to the last whole stage alone, and on how many questions were asked.
 */
export function createStaged<G>(options: SearcherOptions<G>, pool: number): Searcher<G> {
  const rungs = new Rungs("bayesian", options);
  const full = rungs.fidelities.length - 1;
  const low = batch * Math.max(1, Math.min(mostLow / batch, Math.round(lowShare / item(rungs.fidelities, 0).cost)));
  const firstLow = low + usualFirstCount;
  const propose = createProposer(options, pool, options.rng.fork("proposals"), firstLow);
  const told: EvaluatedCandidate<G>[] = [];
  let order: { readonly stage: Stage; readonly best: Iterator<G> } | undefined;

  /** The stage to which a question belongs. */
  const stageOf = (question: number): Stage => {
    const begun = firstLow + usualFirstCount;
    if (question < firstLow) return { isFull: false, begin: 0 };
    if (question < begun) return { isFull: true, begin: firstLow };
    const round = begun + Math.floor((question - begun) / (low + batch)) * (low + batch);
    return question < round + low ? { isFull: false, begin: round } : { isFull: true, begin: round + low };
  };

  const best = (trials: readonly EvaluatedCandidate<G>[], isFull: boolean): Iterator<G> => {
    if (!isFull) return propose(trials);
    const isLow = ({ fidelity = full, status }: EvaluatedCandidate<G>) => fidelity < full && status === "feasible";
    const done = new Set(trials.filter((trial) => (trial.fidelity ?? full) === full).map(({ genotype }) => options.space.format(genotype)));
    const open = trials.filter((trial) => isLow(trial) && !done.has(options.space.format(trial.genotype)));
    if (done.size > 0)
      return propose(
        trials,
        open.map(({ genotype }) => genotype),
      );
    return leastCrowded(open, usualFirstCount)
      .map(({ told: { genotype } }) => genotype)
      [Symbol.iterator]();
  };

  const next = () => {
    const given = rungs.start(0);
    if (given) return given;
    const { isFull } = stageOf(rungs.questions);
    const { begin } = stageOf(told.length);
    if (order?.stage.begin !== begin || order.stage.isFull !== isFull) {
      order = { stage: { begin, isFull }, best: best(told.slice(0, begin), isFull) };
    }
    for (let step = order.best.next(); !step.done; step = order.best.next()) {
      const question = rungs.ask(step.value, isFull ? full : 0);
      if (question) return question;
    }
    return rungs.sample(0) ?? rungs.promoteAny();
  };

  return {
    name: "bayesian",
    batch,
    ...askingAt("bayesian", rungs.fidelities, next),
    tell(trials) {
      rungs.tell(trials);
      told.push(...trials);
    },
  };
}
