/** Says everything that is wrong with an experiment's YAML, for editors. */
import { checkYaml, InputError } from "../../base/index.ts";
import { type ExperimentContext, parseExperiment, pluginsOf } from "./resolve.ts";
import { experimentSchemaNow } from "./schema.ts";

/** Something wrong with a text. */
export interface Problem {
  /** From 1; null where the problem is of the whole text, or of another file. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly expected: string | null;
  /** What to write instead: text that can be typed as it stands. */
  readonly instead: string | null;
  /** What else to do, a sentence. */
  readonly advice: string | null;
}

export interface CheckOptions {
  /** The name that the text has, or will have: paths in it are relative to its folder. */
  readonly file?: string;
  /** Looks names, files and data up; without it only the text itself is checked. */
  readonly context?: ExperimentContext;
}

/**
 * What is wrong with an experiment's YAML, in the order of the text; nothing where it can be run. Of names, files and data
 * the first problem only, and only where the text itself has none.
 */
export async function checkExperiment(text: string, { file = "experiment.yaml", context }: CheckOptions = {}): Promise<readonly Problem[]> {
  try {
    if (context) await pluginsOf(text, file, context);
    const checked = checkYaml(text, file, experimentSchemaNow());
    if ("problems" in checked) return checked.problems.map((error) => problemOf(error, file)).sort(byPlace);
    if (context) await parseExperiment(text, file, context);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [problemOf(error, file)];
  }
}

function problemOf({ problem, place, expected, suggestion, advice }: InputError, file: string): Problem {
  const here = place?.file === file ? place : undefined;
  const message = place === undefined || here ? problem : `${place.file}: ${problem}`;
  return {
    line: here?.line ?? null,
    column: here?.column ?? null,
    message,
    expected: expected ?? null,
    instead: suggestion ?? null,
    advice: advice ?? null,
  };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
