/** A whole comparison: the searches, what is judged of them, and what one must know to repeat it. */
import {
  type AcrossTasks,
  algorithmNamed,
  type CategoricalSpace,
  type Contender,
  canDiffer,
  contendersOf,
  createRng,
  createSearcher,
  drawSettings,
  type Genotype,
  isTaken,
  judgeAcross,
  judgeLottery,
  judgeTask,
  type LotteryResult,
  plannedSettings,
  type SearcherSettings,
  type SearchTrace,
  type SettingTraces,
  type TableTask,
  type TaskResult,
} from "@archwright/core";
import { searchExternally, startExternal } from "./external.ts";
import type { Machine } from "./provenance.ts";
import { runSearches, type SearchJob } from "./searches.ts";
import { type CompareSetup, openSpace, openTasks } from "./setup.ts";

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
  /** Whether there were repeats enough for any difference to be found on one task. */
  readonly enoughSeeds: boolean;
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

/** A contender and its searches: by task, by repeat. */
interface Searched {
  readonly contender: Contender;
  readonly traces: readonly (readonly SearchTrace[])[];
}

/** An algorithm's settings, and the searches of each: by task, by repeat. */
interface Lottery {
  readonly algorithm: string;
  readonly settings: readonly SettingTraces[];
}

type Tasks = readonly TableTask<Genotype>[];

/** Runs a comparison. Everything but own times depends on the options alone. @throws InputError */
export async function compare(options: CompareOptions): Promise<CompareResult> {
  const { setup, evaluations, seeds, seed, initial, settingSeeds } = options;
  const space = openSpace(setup.space);
  const open = openTasks(setup);
  const tasks = setup.tasks.map((_, index) => open(index));
  const contenders = contendersOf(options.algorithms);
  const lots = [...new Set(contenders.map(({ algorithm }) => algorithm))].map((algorithm) => ({
    algorithm,
    settings: settingsFor(algorithm, space, options),
  }));

  const jobsOf = (contender: Pick<SearchJob, "algorithm" | "settings" | "copy">, repeats: number): SearchJob[] =>
    tasks.flatMap((_, task) => Array.from({ length: repeats }, (_, repeat) => ({ ...contender, task, repeat })));
  const jobs = [
    ...contenders.flatMap(({ algorithm, settings, copy }) => jobsOf({ algorithm, settings, copy }, seeds)),
    ...lots.flatMap(({ algorithm, settings }) => settings.flatMap((one) => jobsOf({ algorithm, settings: one, copy: 0 }, settingSeeds))),
  ];
  const outsideSearches = options.external.length * tasks.length * seeds;
  const progress = (before: number) => (done: number) => options.onProgress(before + done, outsideSearches + jobs.length);

  // First: a program that does not work should say so before an hour has passed.
  const outside = await searchOutside(space, tasks, contenders, options, progress(0));
  const traces = await runSearches({ setup, evaluations, initial, seed }, jobs, options.threads, progress(outsideSearches));
  // In the order of the jobs: by contender or setting, by task, by repeat.
  let position = 0;
  const take = (repeats: number): readonly (readonly SearchTrace[])[] =>
    tasks.map(() => {
      position += repeats;
      return traces.slice(position - repeats, position);
    });
  const ours = contenders.map((contender): Searched => ({ contender, traces: take(seeds) }));
  const lotteries = lots.map(({ algorithm, settings }) => ({
    algorithm,
    settings: settings.map((one) => ({ settings: one, traces: take(settingSeeds) })),
  }));
  return judge(tasks, [...ours, ...outside], lotteries, options);
}

function judge(tasks: Tasks, searched: readonly Searched[], lotteries: readonly Lottery[], options: CompareOptions): CompareResult {
  const { evaluations, seed } = options;
  const single = tasks.every(({ objectiveNames }) => objectiveNames.length === 1);
  const margin = options.margin ?? (single ? 0.1 : 0.005);
  const rng = createRng(`${seed}/bootstrap`);
  const judged = tasks.map((task, i) =>
    judgeTask(
      task,
      searched.map(({ contender, traces }) => ({ label: contender.label, traces: traces[i] ?? [] })),
      { evaluations, margin, alpha, rng },
    ),
  );
  const all = [...searched, ...lotteries.flatMap(({ settings }) => settings)].flatMap(({ traces }) => traces.flat());
  return {
    quality: single
      ? tasks[0]?.objectiveNames[0] === "error"
        ? "accuracy of the best, %"
        : "negative of the objective"
      : "hypervolume ratio",
    margin,
    alpha,
    contenders: searched.map(({ contender: { label, algorithm, settings } }) => ({
      label,
      algorithm: algorithm === undefined ? undefined : algorithmNamed(algorithm, evaluations),
      settings: algorithm === undefined ? settings : plannedSettings(algorithm, settings, evaluations),
    })),
    tasks: judged,
    across: judgeAcross(judged, { alpha, rng }),
    lottery: lotteries.flatMap(({ algorithm, settings }) =>
      settings.length === 0 ? [] : [judgeLottery(algorithm, tasks, settings, evaluations)],
    ),
    enoughSeeds: canDiffer(searched.length, options.seeds, alpha),
    searches: all.length,
    evaluated: all.reduce((sum, { rows }) => sum + rows.length, 0),
  };
}

/** The settings of an algorithm that are tried. @throws InputError where the algorithm refuses its defaults or a listed one. */
function settingsFor(algorithm: string, space: CategoricalSpace, options: CompareOptions): readonly SearcherSettings[] {
  const { settings, seed, evaluations, setup } = options;
  const objectives = setup.tasks[0]?.objectives.length ?? 1;
  const attempt = (one: SearcherSettings) => createSearcher(algorithm, { space, rng: createRng("attempt"), objectives, evaluations }, one);
  attempt({});
  if (typeof settings === "number") {
    return drawSettings(algorithm, evaluations, settings, createRng(`${seed}/settings of ${algorithm}`), (one) =>
      isTaken(() => attempt(one)),
    );
  }
  for (const one of settings[algorithm] ?? []) attempt(one);
  return settings[algorithm] ?? [];
}

/** Searches by the programs outside, one after another. */
async function searchOutside(
  space: CategoricalSpace,
  tasks: Tasks,
  ours: readonly Contender[],
  { external, evaluations, seeds, seed, initial }: CompareOptions,
  onProgress: (done: number) => void,
): Promise<readonly Searched[]> {
  const searched: Searched[] = [];
  let done = 0;
  for (const command of external) {
    const algorithm = startExternal(command);
    try {
      const traces: SearchTrace[][] = [];
      for (const task of tasks) {
        const own: SearchTrace[] = [];
        for (let repeat = 0; repeat < seeds; repeat++) {
          own.push(await searchExternally(algorithm, space.genes, task, { evaluations, initial, seed, repeat }));
          onProgress(++done);
        }
        traces.push(own);
      }
      const taken = [...ours, ...searched.map(({ contender }) => contender)].map(({ label }) => label);
      const label = unusedLabel(algorithm.name ?? command, taken);
      searched.push({ contender: { label, algorithm: undefined, settings: { command }, copy: 0 }, traces });
    } finally {
      algorithm.end();
    }
  }
  return searched;
}

function unusedLabel(wanted: string, taken: readonly string[]): string {
  let label = wanted;
  for (let number = 2; taken.includes(label); number++) label = `${wanted} (${number})`;
  return label;
}
