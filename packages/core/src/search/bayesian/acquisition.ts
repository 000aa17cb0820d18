/** What a candidate is worth evaluating for: expected improvement, of the objective or of the dominated volume. */
import { item } from "../../base/matrix.ts";
import { type Belief, expectedAreaImprovement, expectedShortfall, type Improvement, medianOf, staircase } from "./improvement.ts";
import type { CandidateBeliefs } from "./objectiveModel.ts";
import { scalarisedImprovement } from "./scalarised.ts";

/** @param reference where a point is worth nothing any more. */
export function createImprovement(points: readonly (readonly number[])[], reference: readonly number[]): Improvement {
  if (reference.length === 1) return ofOne(points);
  if (reference.length > 2) return scalarisedImprovement(points, reference);
  const known = points.map(([x, y]): readonly [number, number] => [x as number, y as number]);
  const corner = [item(reference, 0), item(reference, 1)] as const;
  let stairs = staircase(known, corner);
  return {
    of: ([x, y]) => expectedAreaImprovement(stairs, x as Belief, y as Belief),
    add: ([x, y]) => {
      known.push([x as number, y as number]);
      stairs = staircase(known, corner);
    },
  };
}

function ofOne(points: readonly (readonly number[])[]): Improvement {
  let best = points.reduce((least, [value]) => Math.min(least, value as number), Number.POSITIVE_INFINITY);
  return {
    of: ([belief]) => expectedShortfall(belief as Belief, best),
    add: ([value]) => {
      best = Math.min(best, value as number);
    },
  };
}

export interface Acquisition {
  readonly objectives: readonly CandidateBeliefs[];
  readonly improvement: Improvement;
  /** Probability of being within the budgets; 1 where nothing ever was over. */
  readonly feasibility: (candidate: number) => number;
}

/** What a candidate's objectives are expected to be. */
export function expectedPoint({ objectives }: Acquisition, candidate: number): readonly number[] {
  return objectives.map((beliefs) => medianOf(beliefs.of(candidate)));
}

/** What each candidate is worth. */
export function worth({ objectives, improvement, feasibility }: Acquisition, candidate: number): number {
  return improvement.of(objectives.map((beliefs) => beliefs.of(candidate))) * feasibility(candidate);
}
