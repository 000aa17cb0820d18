/** A search for the best candidate within a budget on a cost that is predicted, and may be measured a few times. */
import type { Rng } from "../../base/index.ts";
import { distribution, log } from "../bayesian/process/normal.ts";
import type { Evaluation, SearcherOptions, Variation } from "../searcher.ts";
import { createSearcher, type SearcherSettings } from "../searchers.ts";
import { worthMeasuring } from "./worthMeasuring.ts";

/** What is believed of the cost of an architecture that was not measured: log-normal. */
export interface CostBelief {
  readonly median: number;
  /** Of its logarithm. */
  readonly logSd: number;
}

export interface BudgetedSearch<G> extends Pick<SearcherOptions<G>, "features" | "traits"> {
  readonly space: Variation<G>;
  /** A name that `createSearcher` knows. */
  readonly algorithm: string;
  readonly settings: SearcherSettings;
  readonly rng: Rng;
  readonly budget: number;
  /** The objective of an architecture, minimised; NaN where it cannot be had. */
  readonly evaluate: (architecture: string) => number;
  readonly evaluations: number;
  /** The cost of an architecture; NaN where it cannot be measured. */
  readonly measure: (architecture: string) => number;
  /** How many may be measured, beside those known at the start. */
  readonly measurements: number;
  /** Costs that are known at the start, by architecture. */
  readonly measured: ReadonlyMap<string, number>;
  /** What is believed once so much is measured; asked anew after each measurement. */
  readonly believe: (measured: ReadonlyMap<string, number>) => (architecture: string) => CostBelief;
}

export interface BudgetedResult {
  /** The best that was evaluated, and was measured within the budget; undefined where no such was found. */
  readonly found: { readonly architecture: string; readonly value: number; readonly cost: number } | undefined;
  /** The cheapest that was measured: where nothing was within the budget, the nearest to it. */
  readonly nearest: { readonly architecture: string; readonly cost: number } | undefined;
  /** All that were evaluated, in order, and their objective. */
  readonly evaluated: ReadonlyMap<string, number>;
  /** All that were measured, those known at the start included, but for failures. */
  readonly measured: ReadonlyMap<string, number>;
}

/** Share of the evaluations before the first measurement, and of the measurements that are kept for the end. */
const firstAfter = 0.3;
const keptForTheEnd = 0.5;
/** Candidates that are less probably within the budget count as over it, and are not measured. */
const leastProbability = 0.1;
/**
 * So many measurements, the last, are for candidates that are likely within: those that look best are so also because their cost is
 * underestimated, and errors of like candidates go together.
 */
const keptForLikely = 3;
const likely = 0.8;

/**
 * Searches by any algorithm for the least objective within the budget. What is predicted to be over the budget is told as over it; an
 * algorithm that can use it is told how probably each candidate is within (constrained expected improvement: Schonlau, Welch and
 * Jones 1998; Gardner et al., ICML 2014). Now and then, and at the end, one of the candidates that were evaluated is measured,
 * see {@link worthMeasuring}; predictions are made anew, and the algorithm begins anew from all trials as they are then judged, as a
 * run that is continued does. What is named in the end was measured within the budget.
 */
export function searchWithinBudget<G>(search: BudgetedSearch<G>): BudgetedResult {
  const costs = new BudgetedCosts(search);
  const values = new Map<string, number>();
  const genotypes = new Map<string, G>();

  const measureBest = (count: number): boolean => {
    const open = [...values]
      .filter(([architecture, value]) => !costs.isMeasured(architecture) && Number.isFinite(value))
      .map(([architecture, value]) => ({ architecture, value, probability: costs.probability(architecture) }))
      .filter(({ probability }) => probability >= leastProbability);
    const best = bestWithin(values, costs)?.value;
    const certain = count > keptForLikely ? [] : open.filter(({ probability }) => probability >= likely);
    const chosen = worthMeasuring(certain, count, best) ?? worthMeasuring(open, count, best);
    if (chosen) costs.measure(chosen.architecture);
    return chosen !== undefined;
  };
  const evaluateUpTo = (count: number) => {
    const searcher = createSearcher(search.algorithm, searcherOptions(search, costs), search.settings);
    const judged = (architecture: string) => ({ genotype: genotypes.get(architecture) as G, ...judge(architecture, values, costs) });
    searcher.tell([...values.keys()].map(judged));
    while (values.size < count) {
      const asked = searcher.ask(Math.min(searcher.batch, count - values.size));
      if (asked.length === 0) break;
      asked.forEach(evaluate);
      searcher.tell(asked.map((genotype) => judged(search.space.format(genotype))));
    }
  };

  const evaluate = (genotype: G) => {
    const architecture = search.space.format(genotype);
    genotypes.set(architecture, genotype);
    values.set(architecture, search.evaluate(architecture));
  };
  // One that is known to be within the budget: so there is something to be better than, and something to name.
  const sure = costs.dearestWithin();
  if (sure !== undefined) evaluate(search.space.parse(sure));
  const { evaluations, measurements } = search;
  const before = Math.floor((1 - keptForTheEnd) * measurements);
  for (let i = 0; i < before; i++) {
    evaluateUpTo(Math.round(evaluations * (firstAfter + ((1 - firstAfter) * i) / before)));
    measureBest(measurements - costs.spent);
  }
  evaluateUpTo(evaluations);
  while (costs.spent < measurements && measureBest(measurements - costs.spent));
  return { found: bestWithin(values, costs), nearest: costs.least(), evaluated: values, measured: costs.measured };
}

/** What is known and believed of costs, and how many were measured. */
class BudgetedCosts {
  readonly budget: number;
  /** Those known at the start among them; NaN where a measurement failed. */
  readonly #costs: Map<string, number>;
  readonly #search: Pick<BudgetedSearch<never>, "measure" | "believe">;
  #belief: (architecture: string) => CostBelief;
  #spent = 0;

  constructor({ budget, measured, measure, believe }: Pick<BudgetedSearch<never>, "budget" | "measured" | "measure" | "believe">) {
    this.budget = budget;
    this.#costs = new Map(measured);
    this.#search = { measure, believe };
    this.#belief = believe(this.measured);
  }

  get measured(): ReadonlyMap<string, number> {
    return new Map([...this.#costs].filter(([, cost]) => !Number.isNaN(cost)));
  }

  /** Measurements made, those that failed among them. */
  get spent(): number {
    return this.#spent;
  }

  isMeasured(architecture: string): boolean {
    return this.#costs.has(architecture);
  }

  measure(architecture: string): void {
    this.#spent++;
    this.#costs.set(architecture, this.#search.measure(architecture));
    this.#belief = this.#search.believe(this.measured);
  }

  /** Of being within the budget; NaN where it cannot be measured. */
  probability(architecture: string): number {
    const cost = this.#costs.get(architecture);
    if (cost !== undefined) return Number.isNaN(cost) ? Number.NaN : Number(cost <= this.budget);
    const { median, logSd } = this.#belief(architecture);
    if (!(logSd > 0)) return Number(median <= this.budget);
    return distribution(log(this.budget / median) / logSd);
  }

  /** By how much what was measured, or else the prediction's median, is over the budget; 0 within. */
  violation(architecture: string): number {
    return Math.max(0, (this.#costs.get(architecture) ?? this.#belief(architecture).median) / this.budget - 1);
  }

  cost(architecture: string): number | undefined {
    return this.#costs.get(architecture);
  }

  /** Of those measured within the budget, that of the largest cost. */
  dearestWithin(): string | undefined {
    const within = [...this.measured].filter(([, cost]) => cost <= this.budget);
    return within.sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  least(): BudgetedResult["nearest"] {
    let least: BudgetedResult["nearest"];
    for (const [architecture, cost] of this.measured) if (!least || cost < least.cost) least = { architecture, cost };
    return least;
  }
}

function searcherOptions<G>({ space, rng, evaluations, features, traits }: BudgetedSearch<G>, costs: BudgetedCosts): SearcherOptions<G> {
  return {
    // A fork draws nothing: every algorithm that begins anew begins with the same generator.
    ...{ space, rng: rng.fork("search"), objectives: 1, evaluations },
    ...(features && { features }),
    ...(traits && { traits }),
    violation: (genotype) => {
      const architecture = space.format(genotype);
      return costs.probability(architecture) >= leastProbability ? 0 : costs.violation(architecture);
    },
    withinBudgets: (genotype) => costs.probability(space.format(genotype)),
  };
}

/** What an algorithm is told of a candidate that was evaluated. */
function judge(architecture: string, values: ReadonlyMap<string, number>, costs: BudgetedCosts): Evaluation {
  const value = values.get(architecture) ?? Number.NaN;
  const violation = costs.violation(architecture);
  if (Number.isNaN(value) || Number.isNaN(violation)) return { status: "failed" };
  const objectives = [value];
  return violation > 0 ? { status: "infeasible", violation, objectives } : { status: "feasible", objectives };
}

/** The best that was measured within the budget; of equal ones the first. */
function bestWithin(values: ReadonlyMap<string, number>, costs: BudgetedCosts): BudgetedResult["found"] {
  let found: BudgetedResult["found"];
  for (const [architecture, value] of values) {
    const cost = costs.cost(architecture);
    if (cost === undefined || !(cost <= costs.budget) || !(value < (found?.value ?? Number.POSITIVE_INFINITY))) continue;
    found = { architecture, value, cost };
  }
  return found;
}
