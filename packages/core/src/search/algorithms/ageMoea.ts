/** AGE-MOEA. */
import { z } from "zod";
import { item, numberAt } from "../../base/matrix.ts";
import { normaliseObjectives } from "../front/normalise.ts";
import { constrainedSort } from "../front/pareto.ts";
import type { EvaluatedCandidate, SearcherKind } from "../searcher.ts";
import { population } from "../sharedSettings.ts";
import { createGenerations, type Individual, populationFor } from "./generations.ts";

const settings = z.strictObject({ population });

/**
 * AGE-MOEA (Panichella, GECCO 2019): as NSGA-II, but the first front's curvature is estimated, and survivors are those far from each other and
 * near the ideal point in the norm of that curvature.
 *
 * Where it differs from the paper: as {@link nsga2} does (half generations, no repetition, every child mutated once).
 */
export const ageMoea: SearcherKind<typeof settings> = {
  name: "age-moea",
  settings,
  create: (options, chosen) => createGenerations("age-moea", options, populationFor(chosen, options.evaluations), byGeometry),
  plan: (chosen, evaluations) => ({ population: populationFor(chosen, evaluations) }),
};

/** The best `capacity` of the pool: whole fronts, and of the last one the highest survival scores. */
export function byGeometry<G>(pool: readonly EvaluatedCandidate<G>[], capacity: number): Individual<G>[] {
  const fronts = constrainedSort(pool);
  const feasible = fronts.filter(([index = 0]) => item(pool, index).status === "feasible");
  const order = feasible.flat();
  const worths = new Map<number, number>();
  if (order.length > 0) {
    const objectives = order.map((index) => {
      const told = item(pool, index);
      return told.status === "feasible" ? told.objectives : [];
    });
    const first = item(feasible, 0).length;
    const { vectors, extremes } = normaliseObjectives(objectives, first);
    const power = curvature(vectors.slice(0, first), extremes);
    for (const [place, score] of survivalScores(vectors.slice(0, first), extremes, power).entries()) worths.set(item(order, place), score);
    // Later fronts are judged by their nearness to the ideal point alone.
    for (let place = first; place < order.length; place++)
      worths.set(item(order, place), 1 / Math.max(1e-12, norm(item(vectors, place), power)));
  }
  const kept: Individual<G>[] = [];
  for (const [rank, front] of fronts.entries()) {
    if (kept.length >= capacity) break;
    const individuals = front.map((index) => ({ told: item(pool, index), rank, worth: worths.get(index) ?? 0 }));
    if (kept.length + individuals.length > capacity) individuals.sort((a, b) => (a.worth === b.worth ? 0 : b.worth - a.worth));
    kept.push(...individuals.slice(0, capacity - kept.length));
  }
  return kept;
}

function norm(vector: readonly number[], power: number): number {
  return vector.reduce((sum, value) => sum + Math.abs(value) ** power, 0) ** (1 / power);
}

/** The p for which the member nearest to the diagonal lies on the unit sphere of the p-norm: 1 for a flat front, 2 for a spherical one. */
export function curvature(front: readonly (readonly number[])[], extremes: readonly number[]): number {
  let [least, central] = [Number.POSITIVE_INFINITY, undefined as readonly number[] | undefined];
  front.forEach((vector, index) => {
    if (extremes.includes(index)) return;
    const mean = vector.reduce((a, b) => a + b, 0) / vector.length;
    const distance = Math.hypot(...vector.map((value) => value - mean));
    if (distance < least) [least, central] = [distance, vector];
  });
  if (central === undefined) return 1;
  const mean = central.reduce((a, b) => a + b, 0) / central.length;
  const power = Math.log(central.length) / Math.log(1 / mean);
  return Number.isFinite(power) && power > 0.1 ? Math.min(20, power) : 1;
}

/** Taken one after the other, extremes first: the sum of the distances to the two nearest of those taken, over the nearness to the ideal point. */
function survivalScores(front: readonly (readonly number[])[], extremes: readonly number[], power: number): number[] {
  const scores = new Array<number>(front.length).fill(0);
  /** The distances to the two nearest of those taken. */
  const near = front.map((): [number, number] => [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const open = new Set(front.keys());
  const take = (index: number, score: number) => {
    scores[index] = score;
    open.delete(index);
    for (const other of open) {
      const difference = item(front, other).map((value, axis) => value - numberAt(item(front, index), axis));
      const distance = norm(difference, power) / Math.max(1e-12, norm(item(front, other), power));
      const [first, second] = item(near, other);
      near[other] = distance < first ? [distance, first] : [first, Math.min(second, distance)];
    }
  };
  for (const index of new Set(extremes)) take(index, Number.POSITIVE_INFINITY);
  const worth = (index: number) => {
    const [first, second] = item(near, index);
    return Number.isFinite(second) ? first + second : first;
  };
  while (open.size > 0) {
    const best = [...open].reduce((a, b) => (worth(b) > worth(a) ? b : a));
    take(best, worth(best));
  }
  return scores;
}
