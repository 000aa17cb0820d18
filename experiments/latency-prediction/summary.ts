/** Figures of the recorded rows, averaged over a task's targets. */
import type { LatencyTargetResult } from "@archwright/core";
import type { Row } from "./results.ts";
import type { StudyTask } from "./tasks.ts";

export interface Series {
  readonly label: string;
  readonly model: string;
  readonly measure: string;
  readonly protocol: string;
}

/** In the order of tables and legends. A series without rows is left out everywhere. */
export const allSeries: readonly Series[] = [
  { label: "default, chosen", model: "default", measure: "chosen", protocol: "all" },
  { label: "default, random", model: "default", measure: "random", protocol: "all" },
  { label: "HELP, random", model: "help", measure: "random", protocol: "all" },
  { label: "HELP, chosen", model: "help", measure: "chosen", protocol: "all" },
  { label: "ridge, random", model: "ridge", measure: "random", protocol: "all" },
  { label: "operators, random", model: "operators", measure: "random", protocol: "all" },
  { label: "FLOPs, random", model: "flops", measure: "random", protocol: "all" },
];

export function targetsOf(task: StudyTask): readonly string[] {
  return task.cases.flatMap(({ targets }) => targets);
}

export function rowsOf(rows: readonly Row[], task: StudyTask, { model, measure, protocol }: Series, samples: number): readonly Row[] {
  return rows.filter(
    (row) =>
      row.space === task.space &&
      row.task === task.name &&
      row.model === model &&
      row.measure === measure &&
      row.protocol === protocol &&
      row.samples === samples,
  );
}

export function ceilingsOf(rows: readonly Row[], task: StudyTask): readonly Row[] {
  const targets = targetsOf(task);
  return rows.filter(({ space, model, target }) => space === task.space && model === "ceiling" && targets.includes(target));
}

type Figure = Exclude<keyof LatencyTargetResult, "device">;

/** Mean over a task's targets; absent unless all of them are recorded. */
export function meanOver(task: StudyTask, rows: readonly Row[], figure: Figure): number | undefined {
  const targets = targetsOf(task);
  if (!targets.every((target) => rows.some((row) => row.target === target))) return undefined;
  return rows.reduce((sum, { result }) => sum + result[figure], 0) / rows.length;
}

export function sampleCounts(rows: readonly Row[]): readonly number[] {
  return [...new Set(rows.filter(({ model }) => model !== "ceiling").map(({ samples }) => samples))].sort((a, b) => a - b);
}
