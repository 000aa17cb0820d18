/** The table of search algorithms, and how one is made by its name. */
import type { z } from "zod";
import { checkInput, InputError, nearestSpelling } from "../base/index.ts";
import { ageMoea } from "./algorithms/ageMoea.ts";
import { localSearch } from "./algorithms/localSearch.ts";
import { motpe } from "./algorithms/motpe.ts";
import { nsga2 } from "./algorithms/nsga2.ts";
import { nsga3 } from "./algorithms/nsga3.ts";
import { random } from "./algorithms/random.ts";
import { regularisedEvolution } from "./algorithms/regularisedEvolution.ts";
import { bayesian } from "./bayesian/bayesian.ts";
import { asha } from "./fidelity/asha.ts";
import { hyperband, successiveHalving } from "./fidelity/successiveHalving.ts";
import { linas } from "./linas/linas.ts";
import type { Searcher, SearcherKind, SearcherOptions } from "./searcher.ts";

/** Every algorithm: one file, one row. */
const rows: SearcherKind[] = [
  random,
  localSearch,
  regularisedEvolution,
  nsga2,
  nsga3,
  ageMoea,
  motpe,
  linas,
  bayesian,
  successiveHalving,
  hyperband,
  asha,
];
export const searchers: readonly SearcherKind[] = rows;

const byName = new Map(searchers.map((kind) => [kind.name, kind]));
const names = [...byName.keys(), "default"];
const schemas: Record<string, z.ZodType> = Object.assign({}, ...searchers.map(({ settings }) => settings.shape));

/** The names that {@link createSearcher} knows. `default` stands for another, see {@link algorithmNamed}; the searcher's own `name` says which. */
export const searcherNames: readonly string[] = names;

/** Above so many evaluations proposals from models would take longer than is worth waiting for by default. */
const mostModelled = 2000;

/** What a name stands for: `default` for the best of ours by measurement (docs/algorithms.md), any other for itself. */
export function algorithmNamed(name: string, evaluations: number): string {
  if (name !== "default") return name;
  return (evaluations <= mostModelled ? bayesian : nsga2).name;
}

/** Settings by name, as an experiment has them beside `algorithm`. */
export type SearcherSettings = Readonly<Record<string, unknown>>;

/** The schemas of all algorithms' settings; each algorithm has some of them, see {@link settingsOf}. */
export const settingSchemas: Readonly<Record<string, z.ZodType>> = schemas;

/** Adds an algorithm from outside, whose name and settings were checked. */
export function addSearcher(kind: SearcherKind): void {
  rows.push(kind);
  byName.set(kind.name, kind);
  names.splice(names.length - 1, 0, kind.name);
  for (const [name, schema] of Object.entries(kind.settings.shape)) schemas[name] ??= schema as z.ZodType;
}

/** The names of an algorithm's settings; undefined for an unknown algorithm. */
export function settingsOf(name: string, evaluations: number): readonly string[] | undefined {
  const kind = byName.get(algorithmNamed(name, evaluations));
  return kind && Object.keys(kind.settings.shape);
}

/** Whether an algorithm is no more than random search where one fidelity is offered. */
export function needsFidelities(name: string): boolean {
  return byName.get(name)?.needsFidelities === true;
}

/**
 * @param write how the user names an algorithm, for the message.
 * @throws InputError where an algorithm, not an unknown one, does not learn from earlier runs.
 */
export function checkLearnsFromEarlier(name: string, write: (name: string) => string): void {
  const kind = byName.get(name);
  if (!kind || kind.learnsFromEarlier) return;
  const learners = searchers.filter(({ learnsFromEarlier }) => learnsFromEarlier);
  throw new InputError(`'${name}' does not learn from earlier runs`, {
    expected: learners.map((learner) => write(learner.name)).join(", or "),
  });
}

/** The settings that a searcher goes by; see `SearcherKind.plan`. Nothing for an unknown name. */
export function plannedSettings(name: string, settings: SearcherSettings, evaluations: number): SearcherSettings {
  return byName.get(algorithmNamed(name, evaluations))?.plan(settings, evaluations) ?? {};
}

/**
 * Makes a searcher by name.
 * @throws InputError for an unknown name, and for settings that it has not or that are out of range.
 */
export function createSearcher<G>(name: string, options: SearcherOptions<G>, settings: SearcherSettings = {}): Searcher<G> {
  const kind = byName.get(algorithmNamed(name, options.evaluations));
  if (kind) return kind.create(options, checkInput(kind.settings, settings));
  throw new InputError(`there is no searcher '${name}'`, {
    expected: `one of ${searcherNames.join(", ")}`,
    suggestion: nearestSpelling(name, searcherNames),
  });
}
