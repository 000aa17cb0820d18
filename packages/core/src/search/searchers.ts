import { InputError, nearestSpelling } from "../base/index.ts";
import { createNsga2Searcher, nsga2Population } from "./nsga2.ts";
import { createRandomSearcher } from "./random.ts";
import type { Searcher, SearcherOptions } from "./searcher.ts";

const makers = {
  random: createRandomSearcher,
  nsga2: createNsga2Searcher,
  default: createNsga2Searcher,
} satisfies Record<string, <G>(options: SearcherOptions<G>) => Searcher<G>>;

const populations = {
  random: () => undefined,
  nsga2: nsga2Population,
  default: nsga2Population,
} satisfies Record<keyof typeof makers, typeof nsga2Population | (() => undefined)>;

/** The names that {@link createSearcher} knows. `default` is an alias; the searcher's own `name` says of which. */
export const searcherNames: readonly string[] = Object.keys(makers);

/** The population that a searcher goes by; a run can be given more evaluations only where it stays the same. Undefined where it has none. */
export function plannedPopulation(name: string, options: Pick<SearcherOptions<unknown>, "population" | "evaluations">): number | undefined {
  return populations[name as keyof typeof makers]?.(options);
}

/**
 * Makes a searcher by name.
 * @throws InputError for an unknown name, or a population that is no whole number of at least 2.
 */
export function createSearcher<G>(name: string, options: SearcherOptions<G>): Searcher<G> {
  const { population } = options;
  if (population !== undefined && !(Number.isInteger(population) && population >= 2)) {
    throw new InputError(`population ${population} is too small or no whole number`, {
      expected: "a whole number of at least 2",
      suggestion: "20",
    });
  }
  if (Object.hasOwn(makers, name)) return makers[name as keyof typeof makers](options);
  throw new InputError(`there is no searcher '${name}'`, {
    expected: `one of ${searcherNames.join(", ")}`,
    suggestion: nearestSpelling(name, searcherNames),
  });
}
