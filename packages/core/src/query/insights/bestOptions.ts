/** How the networks on the front differ from the others: which options they have more often. */
import { item } from "../../base/index.ts";
import type { Experiment } from "../../experiment/index.ts";
import { logGamma } from "../../search/comparison/statistics/distributions.ts";
import { holm } from "../../search/index.ts";
import { createSpace } from "../../spaces/index.ts";
import type { FollowedRun } from "../columnar/index.ts";
import { activeGenes } from "./genes.ts";

/** An option of a choice, and how many networks have it. */
export interface OptionCount {
  readonly choice: string;
  readonly option: string;
  /** On the front, and among the other feasible trials. */
  readonly front: number;
  readonly others: number;
  /** How probably at least so many of the front would have it if the front were drawn from all of these by chance. */
  readonly pValue: number;
  /** Adjusted for all options that were looked at. */
  readonly pHolm: number;
}

export interface BestOptions {
  readonly front: number;
  /** How many other feasible trials were counted: all, or of very many a part, evenly over the run. */
  readonly others: number;
  /** Those that the front has more often than the others, the least by chance first. */
  readonly options: readonly OptionCount[];
}

const mostOthers = 2_000;

/**
 * Counts over the front and the other feasible trials: Fisher's exact test, one-sided, with Holm's correction. A search looks at
 * relatives of what was good, so neither group is drawn by chance from the space: a small p says that the front differs from what else
 * was looked at, not that an option makes a network good.
 */
export function bestOptions(experiment: Experiment, run: FollowedRun): BestOptions {
  const members = new Set(run.front(experiment).trials.map(({ number }) => number));
  const all = run.feasible().filter((number) => !members.has(number));
  const step = Math.max(1, all.length / mostOthers);
  const others = Array.from({ length: Math.min(all.length, mostOthers) }, (_, i) => all[Math.floor(i * step)] as number);
  const space = createSpace(experiment.space, experiment.task);
  const count = (numbers: Iterable<number>) => {
    const counts = space.genes.map(({ options }) => options.map(() => 0));
    for (const number of numbers) {
      const genotype = space.parse(run.trial(number).architecture);
      activeGenes(space.genes, genotype).forEach((isActive, gene) => {
        const options = item(counts, gene);
        if (isActive) options[item(genotype, gene)] = item(options, item(genotype, gene)) + 1;
      });
    }
    return counts;
  };
  const [onFront, beside] = [count(members), count(others)];
  const found = space.genes.flatMap((gene, i) =>
    gene.options.flatMap((option, j) => {
      const [front, other] = [item(item(onFront, i), j), item(item(beside, i), j)];
      if (gene.options.length < 2 || front + other === 0) return [];
      return [{ choice: gene.name, option, front, others: other, pValue: upperTail(front, members.size, other, others.length) }];
    }),
  );
  const adjusted = holm(found.map(({ pValue }) => pValue));
  const options = found
    .map((one, i): OptionCount => ({ ...one, pHolm: item(adjusted, i) }))
    .filter(({ front, others: other }) => front * others.length > other * members.size)
    .sort((a, b) => a.pValue - b.pValue);
  return { front: members.size, others: others.length, options };
}

/** The hypergeometric probability of at least `having` of `drawn`, where `besides` of `left` that were not drawn have it. */
export function upperTail(having: number, drawn: number, besides: number, left: number): number {
  const [all, total] = [having + besides, drawn + left];
  const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const whole = logChoose(total, drawn);
  let sum = 0;
  for (let k = having; k <= Math.min(drawn, all); k++) {
    if (drawn - k <= total - all) sum += Math.exp(logChoose(all, k) + logChoose(total - all, drawn - k) - whole);
  }
  return Math.min(1, sum);
}
