/** How good a search was, after every evaluation and at its end. */
import { listAt, numberAt } from "../../base/matrix.ts";
import { ParetoArchive } from "../front/archive.ts";
import { hypervolume } from "../front/hypervolume.ts";
import type { SearchTrace } from "./tableRun.ts";
import { type TableTask, violationOf } from "./task.ts";

/**
 * What a search is judged by after each evaluation, larger is better: with several objectives the ratio of the found front's
 * hypervolume to the whole table's; with one the merit of the best architecture so far, of equal ones the first. Nothing over
 * budget counts.
 * @returns one number for each of `evaluations`; a search that ended early keeps what it had.
 */
export function qualityCourse<G>(task: TableTask<G>, trace: SearchTrace, evaluations: number): number[] {
  if (task.objectiveNames.length > 1) return ratioCourse(task, trace, evaluations);
  const course: number[] = [];
  let [least, merit] = [Infinity, Number.NaN];
  for (const row of trace.rows) {
    const value = firstObjective(task, row);
    if (value < least) [least, merit] = [value, numberAt(task.merit, row)];
    course.push(merit);
  }
  return byEvaluation(course, trace, evaluations, Number.NaN);
}

/** Hypervolume of what was found by the whole front's, after each evaluation; 0 where nothing was found. */
export function ratioCourse<G>(task: TableTask<G>, trace: Pick<SearchTrace, "rows" | "spent">, evaluations: number): number[] {
  const course: number[] = [];
  const found = new ParetoArchive<undefined>(task.objectiveNames.length);
  let ratio = 0;
  for (const row of trace.rows) {
    if (isWithin(task, row) && found.add(listAt(task.objectives, row), undefined)) {
      ratio = hypervolume(found.front(), task.reference) / task.hypervolume;
    }
    course.push(ratio);
  }
  return byEvaluation(course, trace, evaluations, 0);
}

/** How far the best of the first objective is from the table's best, after each evaluation. Infinite before the first within budget. */
export function regretCourse<G>(task: TableTask<G>, trace: Pick<SearchTrace, "rows" | "spent">, evaluations: number): number[] {
  const best = task.front[0]?.[0] as number;
  const course: number[] = [];
  let least = Infinity;
  for (const row of trace.rows) {
    least = Math.min(least, firstObjective(task, row));
    course.push(least - best);
  }
  return byEvaluation(course, trace, evaluations, Infinity);
}

/** Values after each full evaluation as values after each that was paid for; the last stays. @param none before the first. */
function byEvaluation(values: readonly number[], { spent }: Pick<SearchTrace, "spent">, evaluations: number, none: number): number[] {
  const length = spent ? evaluations : Math.max(evaluations, values.length);
  let done = 0;
  return Array.from({ length }, (_, i) => {
    while (done < values.length && (spent ? numberAt(spent, done) <= i + 1 : done <= i)) done++;
    return done === 0 ? none : numberAt(values, done - 1);
  });
}

/** The non-dominated objective vectors of what a search evaluated. */
export function frontFound<G>(task: TableTask<G>, { rows }: SearchTrace): (readonly number[])[] {
  const found = new ParetoArchive<undefined>(task.objectiveNames.length);
  for (const row of rows) if (isWithin(task, row)) found.add(listAt(task.objectives, row), undefined);
  return found.front();
}

const isWithin = <G>(task: TableTask<G>, row: number) => !(violationOf(task, row) > 0);

/** Infinite for a row over budget. */
function firstObjective<G>(task: TableTask<G>, row: number): number {
  return isWithin(task, row) ? (listAt(task.objectives, row)[0] as number) : Infinity;
}

/**
 * IGD⁺ (Ishibuchi, Masuda, Tanigaki and Nojima, EMO 2015): the mean over the true front of the distance to the nearest found vector,
 * of which only what is worse counts. Objectives are scaled by the true front's extent; one without extent by the way to the reference.
 * 0 for the whole front; infinite for nothing found.
 */
export function invertedDistancePlus(
  found: readonly (readonly number[])[],
  front: readonly (readonly number[])[],
  reference: readonly number[],
): number {
  const scale = reference.map((bound, axis) => {
    const values = front.map((vector) => vector[axis] as number);
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const extent = values.reduce((a, b) => Math.max(a, b), -Infinity) - least;
    return extent > 0 ? extent : bound - least || 1;
  });
  const distance = (from: readonly number[], to: readonly number[]) =>
    Math.sqrt(scale.reduce((sum, size, axis) => sum + (Math.max(0, numberAt(from, axis) - numberAt(to, axis)) / size) ** 2, 0));
  const distances = front.map((member) => found.reduce((least, vector) => Math.min(least, distance(vector, member)), Infinity));
  return distances.reduce((sum, value) => sum + value, 0) / front.length;
}
