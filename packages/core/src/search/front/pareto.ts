/** Domination, fronts and crowding. */
import { intAt, listAt, numberAt } from "../../base/matrix.ts";
import type { Evaluation } from "../searcher.ts";
import { spatialLevels } from "./spatialLevels.ts";

/** Below so many vectors of three objectives the general sort is as quick. */
const fewVectors = 50;

/** `numberAt` of its own: here it is called more often than anywhere, and always sees lists of one kind. */
const at = (vector: readonly number[], axis: number) => vector[axis] as number;

/** Whether `a` is nowhere worse than `b` and somewhere better; all objectives are minimised. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (let axis = 0; axis < a.length; axis++) {
    const [mine, other] = [at(a, axis), at(b, axis)];
    if (mine > other) return false;
    if (mine < other) better = true;
  }
  return better;
}

/** Lexicographic order of objective vectors: nobody is dominated by one that comes later. */
export function compareObjectives(a: readonly number[], b: readonly number[]): number {
  for (let axis = 0; axis < a.length; axis++) {
    const [mine, other] = [at(a, axis), at(b, axis)];
    // Not their difference, which equal infinities have not.
    if (mine < other) return -1;
    if (mine > other) return 1;
  }
  return 0;
}

/**
 * Sorts objective vectors, of any one length, into fronts: the first holds the indices of the non-dominated ones, each
 * later one those that only members of earlier fronts dominate. Equal vectors share a front. Within a front the order
 * is lexicographic, equal vectors in order of index.
 *
 * Efficient non-dominated sort with binary search (Zhang, Tian, Cheng and Jin, IEEE Trans. Evol. Comput. 19(2), 2015):
 * in lexicographic order every vector goes to the first front without a dominator, and the fronts that dominate it are
 * a prefix. With two objectives only a front's latest member needs a look, which makes it O(n log n) (Jensen 2003). With three,
 * {@link spatialLevels} makes it O(n log² n). Beyond, at most O(n²) comparisons.
 */
export function nonDominatedSort(vectors: readonly (readonly number[])[]): number[][] {
  const vector = (index: number) => vectors[index] as readonly number[];
  const order = Array.from(vectors, (_, index) => index).sort((a, b) => compareObjectives(vector(a), vector(b)) || a - b);
  const planar = (vectors[0]?.length ?? 0) <= 2;
  const fronts: number[][] = [];
  if (vectors[0]?.length === 3 && vectors.length >= fewVectors) return spatialFronts(vectors, order);
  for (const index of order) {
    const candidate = vector(index);
    const isDominatedBy = (front: readonly number[]) => {
      // Latest first: in lexicographic order near ones dominate most often.
      for (let place = front.length - 1; place >= 0; place--) {
        if (dominates(vector(numberAt(front, place)), candidate)) return true;
        if (planar) return false;
      }
      return false;
    };
    let low = 0;
    let high = fronts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isDominatedBy(listAt(fronts, middle))) low = middle + 1;
      else high = middle;
    }
    const front = fronts[low];
    if (front) front.push(index);
    else fronts.push([index]);
  }
  return fronts;
}

/** The fronts of three objectives, from the indices in lexicographic order. */
function spatialFronts(vectors: readonly (readonly number[])[], order: readonly number[]): number[][] {
  const vector = (index: number) => vectors[index] as readonly number[];
  const isNew = order.map((index, place) => place === 0 || compareObjectives(vector(numberAt(order, place - 1)), vector(index)) !== 0);
  const levels = spatialLevels(order.filter((_, place) => isNew[place]).map(vector));
  const fronts = Array.from({ length: levels.reduce((most, level) => Math.max(most, level + 1), 0) }, (): number[] => []);
  let different = -1;
  order.forEach((index, place) => {
    if (isNew[place]) different++;
    fronts[intAt(levels, different)]?.push(index);
  });
  return fronts;
}

/**
 * Constrained domination (Deb, Pratap, Agarwal and Meyarivan 2002, section VI): feasible before infeasible; among feasible
 * ones Pareto domination; among infeasible ones the smaller violation. A failed one is dominated by all that did not fail.
 */
export function constrainedDominates(a: Evaluation, b: Evaluation): boolean {
  if (a.status === "feasible") return b.status !== "feasible" || dominates(a.objectives, b.objectives);
  if (a.status === "infeasible") return b.status === "failed" || (b.status === "infeasible" && a.violation < b.violation);
  return false;
}

/** The fronts, as indices, under {@link constrainedDominates}; see {@link nonDominatedSort}. */
export function constrainedSort(standings: readonly Evaluation[]): number[][] {
  const feasible: number[] = [];
  const objectives: (readonly number[])[] = [];
  const infeasible: { index: number; violation: number }[] = [];
  const failed: number[] = [];
  standings.forEach((standing, index) => {
    if (standing.status === "feasible") {
      feasible.push(index);
      objectives.push(standing.objectives);
    } else if (standing.status === "infeasible") infeasible.push({ index, violation: standing.violation });
    else failed.push(index);
  });
  const fronts = nonDominatedSort(objectives).map((front) => front.map((position) => numberAt(feasible, position)));
  let level = Number.NaN;
  for (const { index, violation } of infeasible.sort((a, b) => a.violation - b.violation || a.index - b.index)) {
    if (violation === level) fronts.at(-1)?.push(index);
    else fronts.push([index]);
    level = violation;
  }
  if (failed.length > 0) fronts.push(failed);
  return fronts;
}

/**
 * Crowding distance of each member of one front (Deb et al. 2002, section III-B): the sum over the objectives of the gap
 * between its two neighbours, relative to the front's range; infinite for the ends. An objective without range says nothing.
 */
export function crowdingDistances(front: readonly (readonly number[])[]): number[] {
  const distances = new Array<number>(front.length).fill(0);
  const order = front.map((_, index) => index);
  for (let axis = 0; axis < (front[0]?.length ?? 0); axis++) {
    const value = (place: number) => front[numberAt(order, place)]?.[axis] as number;
    order.sort((a, b) => (front[a]?.[axis] as number) - (front[b]?.[axis] as number) || a - b);
    const range = value(order.length - 1) - value(0);
    if (!(range > 0)) continue;
    for (let place = 0; place < order.length; place++) {
      const isEnd = place === 0 || place === order.length - 1;
      distances[numberAt(order, place)] =
        numberAt(distances, numberAt(order, place)) + (isEnd ? Infinity : (value(place + 1) - value(place - 1)) / range);
    }
  }
  return distances;
}
