/** Who takes part in a comparison. */
import { InputError, nearestSpelling } from "../../base/index.ts";
import { type SearcherSettings, searcherNames } from "../searchers.ts";

/** One that takes part. */
export interface Contender {
  /** What it is called; all different. */
  readonly label: string;
  /** A name that `createSearcher` knows; undefined for a program outside. */
  readonly algorithm: string | undefined;
  readonly settings: SearcherSettings;
  /** How many of the same algorithm and settings come before it. */
  readonly copy: number;
}

/** These take part always. */
const baselines: readonly string[] = ["random", "local-search"];

/**
 * The contenders of these names and the baselines. A name given twice takes part twice, drawing for itself each time: a check of the
 * comparison itself, which should find no difference.
 * @throws InputError for a name that no algorithm has.
 */
export function contendersOf(names: readonly string[]): (Contender & { readonly algorithm: string })[] {
  const unknown = names.find((name) => !searcherNames.includes(name));
  if (unknown !== undefined) {
    throw new InputError(`there is no searcher '${unknown}'`, {
      expected: `some of ${searcherNames.join(", ")}`,
      suggestion: nearestSpelling(unknown, searcherNames),
    });
  }
  const all = [...baselines.filter((name) => !names.includes(name)), ...names];
  return all.map((name, i) => {
    const copy = all.slice(0, i).filter((other) => other === name).length;
    return { label: copy === 0 ? name : `${name} (${copy + 1})`, algorithm: name, settings: {}, copy };
  });
}
