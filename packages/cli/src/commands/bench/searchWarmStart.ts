/** Searches that begin with what an earlier one found, and searches kept for that. */
import {
  type CategoricalSpace,
  type EarlierRun,
  type EvaluatedRow,
  earlierRun,
  formatSearchRuns,
  type Genotype,
  InputError,
  parseSearchRuns,
} from "@archwright/core";
import { readText } from "@archwright/engine";
import { writeOutput } from "../../output/outputFile.ts";

/**
 * The earlier run of each search: the file's searches in turn.
 * @throws InputError for a file that holds no searches of the space.
 */
export function earlierRuns(
  file: string,
  spaceName: string,
  space: CategoricalSpace,
  objectives: readonly string[],
): (search: number) => readonly EarlierRun<Genotype>[] {
  const runs = parseSearchRuns(readText(file, "searches, as --save-run writes them"), file);
  if (runs.space !== spaceName) {
    throw new InputError(`the searches are of the space '${runs.space}'`, { place: { file }, expected: `searches of '${spaceName}'` });
  }
  const all = runs.searches.map((_, search) => earlierRun(runs, search, file, objectives, space));
  return (search) => all.slice(search % all.length, (search % all.length) + 1);
}

/** Collects searches and writes them. */
export function createRunFile(file: string, space: string, algorithm: string, objectives: readonly string[]) {
  const searches: { readonly trials: { readonly architecture: string; readonly objectives: number[] }[] }[] = [];
  return {
    add: (evaluated: readonly EvaluatedRow[]) => {
      searches.push({ trials: evaluated.map((row) => ({ architecture: row.architecture, objectives: [...row.objectives] })) });
    },
    write: () => writeOutput(file, formatSearchRuns({ space, algorithm, objectives: [...objectives], searches })),
  };
}
