/** Targets reached: how many evaluations runs need for a given quality (Hansen et al., COCO, Optim. Methods Softw. 36(1), 2021). */
import { numberAt } from "../../base/matrix.ts";

/** Hypervolume ratios to reach, from easy to hard. */
export const ratioTargets: readonly number[] = [0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999];

/** Distances from the table's best to come within, from easy to hard, in units of the objective. */
export const regretTargets: readonly number[] = [5, 3, 2, 1, 0.5, 0.3, 0.2, 0.1, 0.05, 0];

/** Evaluations until each target was reached, by target; undefined where it was not. @param reached of a value of the course and a target. */
export function evaluationsToTargets(
  course: readonly number[],
  targets: readonly number[],
  reached: (value: number, target: number) => boolean,
): (number | undefined)[] {
  return targets.map((target) => {
    const at = course.findIndex((value) => reached(value, target));
    return at < 0 ? undefined : at + 1;
  });
}

/**
 * Expected running time: evaluations of all runs, those that failed with all they had, by successful run. Undefined where none was.
 * @param needed by run.
 */
export function expectedRunningTime(needed: readonly (number | undefined)[], evaluations: number): number | undefined {
  const successes = needed.filter((count) => count !== undefined).length;
  return successes === 0 ? undefined : needed.reduce<number>((sum, count) => sum + (count ?? evaluations), 0) / successes;
}

/** The share of all (run, target) pairs that is reached within 1, 2, … evaluations. @param needed by run, by target. */
export function shareReached(needed: readonly (readonly (number | undefined)[])[], evaluations: number): number[] {
  const counts = new Array<number>(evaluations).fill(0);
  const all = needed.flat();
  for (const count of all) if (count !== undefined && count <= evaluations) counts[count - 1] = numberAt(counts, count - 1) + 1;
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum / all.length;
  });
}
