/** How much the choice of settings decides: the same algorithm over many of them. */
import { mean } from "../../base/index.ts";
import { item, numberAt } from "../../base/matrix.ts";
import type { SearcherSettings } from "../searchers.ts";
import { qualityCourse } from "./course.ts";
import type { SearchTrace } from "./tableRun.ts";
import type { TableTask } from "./task.ts";

/** What came of one setting: by task, the searches of its repeats. */
export interface SettingTraces {
  readonly settings: SearcherSettings;
  readonly traces: readonly (readonly SearchTrace[])[];
}

export interface LotteryResult {
  readonly algorithm: string;
  readonly checkpoints: readonly number[];
  readonly settings: readonly {
    readonly settings: SearcherSettings;
    /** Mean quality over tasks and repeats, by checkpoint. */
    readonly means: readonly number[];
  }[];
  /** Of the settings' means, by checkpoint; each by itself, so they need not be of one setting. */
  readonly worst: readonly number[];
  readonly median: readonly number[];
  readonly best: readonly number[];
}

/** Judges one algorithm over settings, every task counting alike. */
export function judgeLottery<G>(
  algorithm: string,
  tasks: readonly TableTask<G>[],
  drawn: readonly SettingTraces[],
  evaluations: number,
): LotteryResult {
  const checkpoints = [1, 2, 3, 4].map((quarter) => Math.ceil((evaluations * quarter) / 4));
  const settings = drawn.map(({ settings, traces }) => {
    const courses = traces.map((runs, task) => runs.map((trace) => qualityCourse(item(tasks, task), trace, evaluations)));
    const means = checkpoints.map((checkpoint) =>
      mean(courses.map((runs) => mean(runs.map((course) => numberAt(course, checkpoint - 1))))),
    );
    return { settings, means };
  });
  const sorted = checkpoints.map((_, i) => settings.map(({ means }) => numberAt(means, i)).sort((a, b) => a - b));
  return {
    algorithm,
    checkpoints,
    settings,
    worst: sorted.map((values) => numberAt(values, 0)),
    median: sorted.map((values) => (numberAt(values, (values.length - 1) >> 1) + numberAt(values, values.length >> 1)) / 2),
    best: sorted.map((values) => numberAt(values, values.length - 1)),
  };
}
