/** Searches as a file: what was evaluated, for later searches to begin with. */
import { z } from "zod";
import { checkInput, InputError } from "../../base/index.ts";
import type { EarlierRun, Variation } from "../searcher.ts";

const schema = z.strictObject({
  format: z.literal("archwright-search-runs"),
  version: z.literal(1),
  /** Name of the space. */
  space: z.string(),
  algorithm: z.string(),
  /** Names of the objectives, all minimised. */
  objectives: z.array(z.string()).min(1),
  searches: z
    .array(
      z.strictObject({
        /** Evaluated in full, in order; an objective that is not known is null. */
        trials: z.array(z.strictObject({ architecture: z.string(), objectives: z.array(z.number().nullable()) })),
      }),
    )
    .min(1),
});

/** Searches of one space for the same objectives, by one algorithm. */
export type SearchRuns = z.output<typeof schema>;

/** The text of the file. */
export function formatSearchRuns(runs: Omit<SearchRuns, "format" | "version">): string {
  const searches = runs.searches.map(({ trials }) => `{"trials": [\n${trials.map((trial) => JSON.stringify(trial)).join(",\n")}\n]}`);
  const head = { format: "archwright-search-runs", version: 1, space: runs.space, algorithm: runs.algorithm, objectives: runs.objectives };
  return `${JSON.stringify(head).slice(0, -1)},"searches": [\n${searches.join(",\n")}\n]}\n`;
}

/** @throws InputError for what is no such file. */
export function parseSearchRuns(text: string, file: string): SearchRuns {
  const expected = "a file that `bench search --save-run` wrote";
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new InputError("this is not JSON", { place: { file }, expected });
  }
  const runs = checkInput(schema, document, () => ({ file }));
  runs.searches.forEach(({ trials }, search) => {
    const wrong = trials.findIndex(({ objectives }) => objectives.length !== runs.objectives.length);
    if (wrong < 0) return;
    throw new InputError(`'searches[${search}].trials[${wrong}].objectives' has ${trials[wrong]?.objectives.length} numbers`, {
      place: { file },
      expected: `one for each of ${runs.objectives.join(", ")}`,
    });
  });
  return runs;
}

/**
 * One search of a file as a later search sees it.
 * @param file where it was read from.
 * @param objectives of the later search, by name.
 * @throws InputError where they have no objective in common, or for an architecture that is not of the space.
 */
export function earlierRun<G>(
  runs: SearchRuns,
  search: number,
  file: string,
  objectives: readonly string[],
  { parse }: Pick<Variation<G>, "parse">,
): EarlierRun<G> {
  const columns = objectives.map((name) => runs.objectives.indexOf(name));
  if (columns.every((column) => column < 0)) {
    throw new InputError(`the searches were for ${runs.objectives.join(", ")}`, {
      place: { file },
      expected: `at least one of ${objectives.join(", ")}`,
    });
  }
  const genotypeOf = (architecture: string): G => {
    try {
      return parse(architecture);
    } catch (error) {
      throw error instanceof InputError ? error.at({ file }) : error;
    }
  };
  return {
    trials: (runs.searches[search]?.trials ?? []).map((trial) => ({
      genotype: genotypeOf(trial.architecture),
      objectives: columns.map((column) => trial.objectives[column] ?? undefined),
    })),
  };
}
