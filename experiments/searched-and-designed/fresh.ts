/** Trainings with seeds by which nothing was chosen: what is reported of a network. */
import { mean } from "@archwright/core";
import type { DesignedNetwork } from "./designed.ts";
import { type Found, random, whole } from "./searches.ts";
import { type Budget, type Costs, fits, type Plan, searchedRate } from "./setting.ts";
import type { Training, Trainings } from "./trainings/trainings.ts";

/** A network as one of the sides brings it. */
export interface Contender {
  readonly name: string;
  readonly architecture: string;
  readonly rate: number;
  /** Mean of its validation accuracies, percent: all that it may be chosen by. */
  readonly validation: number;
}

/** The networks of each side within one budget. */
export interface Sides {
  readonly budget: Budget;
  readonly designed: readonly Contender[];
  readonly searched: readonly Contender[];
  readonly random: readonly Contender[];
}

/** The finalists of a search, or none where it was not made yet. */
export function finalistsOf(found: Found | undefined): readonly Contender[] {
  const finalists = found?.finalists ?? [];
  return finalists.map(({ architecture, validation }) => ({
    ...{ name: architecture, architecture, rate: searchedRate },
    validation: mean(validation),
  }));
}

/** All designed networks that fit a budget stand against all finalists of its search. */
export function sidesOf(
  budgets: readonly Budget[],
  networks: readonly DesignedNetwork[],
  searches: readonly Found[],
  costs: (architecture: string) => Costs,
): readonly Sides[] {
  return budgets.map((budget) => {
    const of = (variant: string) =>
      finalistsOf(searches.find((one) => one.budget === budget.name && one.variant === variant && one.seed === 0));
    const designed = networks
      .filter(({ architecture }) => fits(costs(architecture), budget))
      .map((network) => ({ ...network, validation: mean(network.validation) }));
    return { budget, designed, searched: of(whole.name), random: of(random.name) };
  });
}

/** The most accurate by validation. */
export function best(of: readonly Contender[]): Contender | undefined {
  const [first, ...others] = of;
  return others.reduce((most, one) => (most === undefined || one.validation > most.validation ? one : most), first);
}

const fresh = ({ architecture, rate }: Contender, plan: Plan, seeds: number): readonly Training[] =>
  Array.from({ length: seeds }, (_, i) => ({ architecture, rate, steps: plan.steps[2], seed: 1001 + i }));

/** What is to be trained for the report: the best of either side with more seeds. */
export function freshOf(sides: readonly Sides[], plan: Plan): readonly Training[] {
  const [most, usual] = plan.fresh;
  const bests = sides.flatMap(({ designed, searched }) => [best(designed), best(searched)]).filter((one) => one !== undefined);
  const all = sides.flatMap(({ designed, searched, random }) => [...designed, ...searched, ...random]);
  return [...bests.flatMap((one) => fresh(one, plan, most)), ...all.flatMap((one) => fresh(one, plan, usual))];
}

/** The best of a search, for the report of what each part brings. */
export function freshOfBest(found: Found, plan: Plan): readonly Training[] {
  const one = best(finalistsOf(found));
  return one === undefined ? [] : fresh(one, plan, plan.fresh[1]);
}

/** Test accuracies, percent, in order of seed; of the fresh seeds that were trained. */
export function freshTests(one: Contender, plan: Plan, trainings: Trainings): readonly number[] {
  return trainings.known(fresh(one, plan, plan.fresh[0])).map(({ test }) => test);
}
