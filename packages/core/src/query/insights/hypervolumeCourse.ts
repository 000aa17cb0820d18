/** How the hypervolume of a search grew with its evaluations and their time. */
import { type Experiment, formatObjective, type Objective } from "../../experiment/index.ts";
import { GrowingArea, hypervolume, ParetoArchive } from "../../search/index.ts";
import type { FollowedRun } from "../columnar/index.ts";

/** After a trial that made the hypervolume larger, or the last one. */
export interface CourseStep {
  /** Its number. */
  readonly trial: number;
  /** How many trials up to it have a score. */
  readonly evaluations: number;
  /** How long all trials up to it took together, on however many workers. */
  readonly seconds: number;
  readonly hypervolume: number;
}

/** By the experiment's own objectives, as the search saw them: with its own training, whatever was trained later. */
export interface HypervolumeCourse {
  /** The corner of what is measured: of each objective its budget, or where it has none the worst value of a feasible trial. */
  readonly reference: readonly { readonly objective: Objective; readonly value: number; readonly from: "budget" | "worst" }[];
  readonly steps: readonly CourseStep[];
}

/** With more than two objectives the hypervolume is computed so often, evenly over the trials; of four and more it takes long. */
const checks = { spatial: 200, beyond: 20 } as const;

/** @returns undefined where no feasible trial has all objectives. */
export function hypervolumeCourse(experiment: Experiment, run: FollowedRun): HypervolumeCourse | undefined {
  const { rows, values } = run.searched(experiment);
  if (rows.length === 0) return undefined;
  const reference = experiment.objectives.map((objective, axis) => {
    const column = values[axis] as Float64Array;
    const budget = budgetOf(experiment, objective);
    if (budget !== undefined) return { objective, value: budget, from: "budget" as const };
    return { objective, value: rows.reduce((most, row) => Math.max(most, column[row] as number), -Infinity), from: "worst" as const };
  });
  const corner = reference.map(({ value }) => value);
  const sizes = values.length <= 2 ? planarSteps(rows, values, corner) : checkedSteps(rows, values, corner);
  const last = rows.at(-1) as number;
  const final = sizes.at(-1);
  if (final?.trial !== last) sizes.push({ trial: last, hypervolume: final?.hypervolume ?? 0 });
  return { reference, steps: withTimes(run, sizes) };
}

type Size = Pick<CourseStep, "trial" | "hypervolume">;

function planarSteps(rows: Int32Array, values: readonly Float64Array[], corner: readonly number[]): Size[] {
  const [first, second] = values as [Float64Array, Float64Array?];
  // One objective is measured as an area of height one.
  const growing = new GrowingArea([corner[0] as number, corner[1] ?? 1]);
  const steps: Size[] = [];
  for (const row of rows) {
    if (growing.add(first[row] as number, second === undefined ? 0 : (second[row] as number))) {
      steps.push({ trial: row, hypervolume: growing.area });
    }
  }
  return steps;
}

function checkedSteps(rows: Int32Array, values: readonly Float64Array[], corner: readonly number[]): Size[] {
  const archive = new ParetoArchive<number>(values.length);
  const every = Math.max(1, Math.ceil(rows.length / (values.length === 3 ? checks.spatial : checks.beyond)));
  const steps: Size[] = [];
  let grew = false;
  rows.forEach((row, i) => {
    const vector = values.map((column) => column[row] as number);
    if (archive.add(vector, row)) grew = true;
    if (!grew || ((i + 1) % every !== 0 && i + 1 < rows.length)) return;
    steps.push({ trial: row, hypervolume: hypervolume(archive.front(), corner) });
    grew = false;
  });
  return steps;
}

function withTimes({ columns }: FollowedRun, sizes: readonly Size[]): readonly CourseStep[] {
  const [scores, spent] = [columns.numbers("score"), columns.numbers("seconds")];
  let [evaluations, seconds, row] = [0, 0, 0];
  return sizes.map((size) => {
    for (; row <= size.trial; row++) {
      if (!Number.isNaN(scores?.[row] ?? Number.NaN)) evaluations++;
      const own = spent?.[row] ?? 0;
      if (!Number.isNaN(own)) seconds += own;
    }
    return { ...size, evaluations, seconds };
  });
}

function budgetOf({ devices }: Experiment, objective: Objective): number | undefined {
  if (!("device" in objective)) return undefined;
  return devices.find(({ name }) => name === objective.device)?.budgets[objective.metric];
}

/** `{ objectives, reference: [{ objective, value, from }], steps: [{ trial, evaluations, seconds, hypervolume }] }`, or null. */
export function courseJson({ task }: Experiment, course: HypervolumeCourse | undefined) {
  if (course === undefined) return null;
  return {
    reference: course.reference.map(({ objective, value, from }) => ({ objective: formatObjective(objective, task), value, from })),
    steps: course.steps,
  };
}
