/** A whole comparison: the searches, what is judged of them, and what one must know to repeat it. */
import {
  type AcrossTasks,
  type Contender,
  contendersOf,
  createRng,
  createSearcher,
  drawSettings,
  isTaken,
  judgeAcross,
  judgeLottery,
  judgeTask,
  type LotteryResult,
  plannedSettings,
  type SearcherSettings,
  type SearchTrace,
  type TableTask,
  type TaskResult,
} from "@archwright/core";
import { searchExternally, startExternal } from "./external.ts";
import type { Machine } from "./provenance.ts";
import { runSearches, type SearchJob } from "./searches.ts";
import { type CompareSetup, openSpace, openTask } from "./setup.ts";

export interface CompareOptions {
  readonly setup: CompareSetup;
  readonly algorithms: readonly string[];
  /** Command lines of programs outside; see docs/comparing.md. */
  readonly external: readonly string[];
  readonly evaluations: number;
  /** Repeats of each contender on each task. */
  readonly seeds: number;
  readonly seed: number;
  readonly initial: number;
  /** Settings drawn for each algorithm, or the settings themselves by algorithm. */
  readonly settings: number | Readonly<Record<string, readonly SearcherSettings[]>>;
  /** Repeats of each setting on each task. */
  readonly settingSeeds: number;
  /** Undefined: .005 of the hypervolume ratio, with one objective .1 of its unit. */
  readonly margin: number | undefined;
  readonly threads: number;
  readonly onProgress: (done: number, of: number) => void;
}

export interface CompareResult {
  /** What a search is judged by, for titles. */
  readonly quality: string;
  readonly margin: number;
  readonly alpha: number;
  readonly contenders: readonly {
    readonly label: string;
    readonly algorithm: string | undefined;
    readonly settings: Readonly<Record<string, unknown>>;
  }[];
  readonly tasks: readonly TaskResult[];
  readonly across: AcrossTasks;
  readonly lottery: readonly LotteryResult[];
  /** Searches made, and evaluations looked up. */
  readonly searches: number;
  readonly evaluated: number;
}

/** All that a report tells. */
export interface CompareReport {
  readonly result: CompareResult;
  readonly setup: CompareSetup;
  readonly machine: Machine;
  /** Repeats the comparison. */
  readonly command: string;
  /** How long the comparison took. */
  readonly seconds: number;
  readonly options: {
    readonly evaluations: number;
    readonly seeds: number;
    readonly seed: number;
    readonly initial: number;
    readonly settings: number | Readonly<Record<string, readonly unknown[]>>;
    readonly settingSeeds: number;
    readonly space: string;
    readonly testColumn?: string | undefined;
    readonly trainingCost?: string | undefined;
  };
}

const alpha = 0.05;

/** Runs a comparison. Everything but own times depends on the options alone. @throws InputError */
export async function compare(options: CompareOptions): Promise<CompareResult> {
  const { setup, evaluations, seeds, seed, initial } = options;
  const space = openSpace(setup.space);
  const tasks = setup.tasks.map((task) => openTask(space, task));
  const single = tasks.every(({ objectiveNames }) => objectiveNames.length === 1);
  const margin = options.margin ?? (single ? 0.1 : 0.005);
  const ours = contendersOf(options.algorithms);
  const tried = (algorithm: string, settings: SearcherSettings) =>
    createSearcher(
      algorithm,
      { space, rng: createRng("tried"), objectives: setup.tasks[0]?.objectives.length ?? 1, evaluations },
      settings,
    );
  for (const { algorithm } of ours) if (algorithm !== undefined) tried(algorithm, {});

  const names = [...new Set(ours.flatMap(({ algorithm }) => algorithm ?? []))];
  const drawn = names.map((algorithm) => ({
    algorithm,
    settings: settingsFor(algorithm, options, (settings) => isTaken(() => tried(algorithm, settings))),
  }));

  const each = <T>(count: number, make: (i: number) => T[]) => Array.from({ length: count }, (_, i) => make(i)).flat();
  const jobsOf = (contender: Pick<SearchJob, "algorithm" | "settings" | "copy">, repeats: number): SearchJob[] =>
    each(tasks.length, (task) => each(repeats, (repeat) => [{ ...contender, task, repeat }]));
  const defaults = ours.flatMap(({ algorithm, settings, copy }) =>
    algorithm === undefined ? [] : jobsOf({ algorithm, settings, copy }, seeds),
  );
  const lots = drawn.flatMap(({ algorithm, settings }) =>
    settings.flatMap((one) => jobsOf({ algorithm, settings: one, copy: 0 }, options.settingSeeds)),
  );
  const total = defaults.length + lots.length + options.external.length * tasks.length * seeds;
  const traces = await runSearches({ setup, evaluations, initial, seed }, [...defaults, ...lots], options.threads, (done) =>
    options.onProgress(done, total),
  );

  // In the order of the jobs: by contender or setting, by task, by repeat.
  let position = 0;
  const take = (repeats: number): SearchTrace[][] =>
    tasks.map(() => {
      position += repeats;
      return traces.slice(position - repeats, position);
    });
  const results: { contender: Contender; byTask: readonly (readonly SearchTrace[])[] }[] = ours.map((contender) => ({
    contender,
    byTask: take(seeds),
  }));
  const lotteries = drawn.map(({ algorithm, settings }) => ({
    algorithm,
    settings: settings.map((one) => ({ settings: one, traces: take(options.settingSeeds) })),
  }));
  for (const [index, command] of options.external.entries()) {
    const outside = await runOutside(command, space, tasks, options, (done) =>
      options.onProgress(defaults.length + lots.length + index * tasks.length * seeds + done, total),
    );
    const label = unusedLabel(
      outside.name,
      results.map(({ contender }) => contender.label),
    );
    results.push({ contender: { label, algorithm: undefined, settings: { command }, copy: 0 }, byTask: outside.byTask });
  }

  const rng = createRng(`${seed}/bootstrap`);
  const judged = tasks.map((task, i) =>
    judgeTask(
      task,
      results.map(({ contender, byTask }) => ({ label: contender.label, traces: byTask[i] ?? [] })),
      { evaluations, margin, alpha, rng },
    ),
  );
  const all = [...traces, ...results.slice(ours.length).flatMap(({ byTask }) => byTask.flat())];
  return {
    quality: !single
      ? "hypervolume ratio"
      : setup.tasks[0]?.objectives[0] === "error"
        ? "accuracy of the best, %"
        : "negative of the objective",
    margin,
    alpha,
    contenders: results.map(({ contender: { label, algorithm, settings } }) => ({
      label,
      algorithm,
      settings: algorithm === undefined ? settings : plannedSettings(algorithm, settings, evaluations),
    })),
    tasks: judged,
    across: judgeAcross(judged, { alpha, rng }),
    lottery: lotteries.flatMap(({ algorithm, settings }) =>
      settings.length === 0 ? [] : [judgeLottery(algorithm, tasks, settings, evaluations)],
    ),
    searches: all.length,
    evaluated: all.reduce((sum, { rows }) => sum + rows.length, 0),
  };
}

function settingsFor(
  algorithm: string,
  { settings, seed, evaluations }: CompareOptions,
  accepts: (settings: SearcherSettings) => boolean,
): readonly SearcherSettings[] {
  if (typeof settings !== "number") return settings[algorithm] ?? [];
  return drawSettings(algorithm, evaluations, settings, createRng(`${seed}/settings of ${algorithm}`), accepts);
}

async function runOutside(
  command: string,
  space: ReturnType<typeof openSpace>,
  tasks: readonly TableTask<readonly number[]>[],
  { evaluations, seeds, seed, initial }: CompareOptions,
  onProgress: (done: number) => void,
): Promise<{ readonly name: string; readonly byTask: SearchTrace[][] }> {
  const algorithm = startExternal(command);
  const byTask: SearchTrace[][] = [];
  try {
    for (const task of tasks) {
      const traces: SearchTrace[] = [];
      for (let repeat = 0; repeat < seeds; repeat++) {
        traces.push(await searchExternally(algorithm, space.genes, task, { evaluations, initial, seed, repeat }));
        onProgress(byTask.length * seeds + repeat + 1);
      }
      byTask.push(traces);
    }
    return { name: algorithm.name ?? command, byTask };
  } finally {
    algorithm.end();
  }
}

function unusedLabel(wanted: string, used: readonly string[]): string {
  let label = wanted;
  for (let number = 2; used.includes(label); number++) label = `${wanted} (${number})`;
  return label;
}
