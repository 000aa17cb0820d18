/** The exact hypervolume. */
import { at, intAt, listAt, numberAt } from "../../base/matrix.ts";
import { compareObjectives } from "./pareto.ts";

type Point = readonly number[];

/**
 * The exact hypervolume: the measure of what the points dominate within the box that ends at the reference. All objectives
 * are minimised; a point that is not better than the reference in every objective contributes nothing.
 *
 * O(n log n) for up to three objectives. Beyond, inclusive–exclusive recursion over limit sets (WFG: While, Bradstreet and
 * Barone, IEEE Trans. Evol. Comput. 16(1), 2012), one objective fewer a step; exponential in the worst case.
 * @throws RangeError where a point has another number of objectives than the reference, or one that is not a finite number.
 */
export function hypervolume(points: readonly Point[], reference: Point): number {
  if (reference.length === 0) throw new RangeError("hypervolume: the reference has no objectives");
  if (!reference.every(Number.isFinite)) throw new RangeError(`hypervolume: reference [${reference.join(", ")}] is not finite`);
  const inside: Point[] = [];
  for (const point of points) {
    if (point.length !== reference.length || point.some((value) => Number.isNaN(value) || value === -Infinity)) {
      throw new RangeError(`hypervolume: [${point.join(", ")}] is not a point of ${reference.length} finite objectives`);
    }
    if (point.every((value, axis) => value < numberAt(reference, axis))) inside.push(point);
  }
  return measure(inside, reference);
}

function measure(points: readonly Point[], reference: Point): number {
  if (points.length === 0) return 0;
  if (points.length === 1) return box(listAt(points, 0), reference);
  if (reference.length === 1)
    return numberAt(reference, 0) - points.reduce((least, point) => Math.min(least, numberAt(point, 0)), Infinity);
  if (reference.length === 2) return area(points, reference);
  if (reference.length === 3) return volume(points, reference);
  return slices(points, reference);
}

function box(point: Point, reference: Point): number {
  return reference.reduce((product, bound, axis) => product * (bound - numberAt(point, axis)), 1);
}

/** Sweeps along the first objective; the staircase's height falls at every non-dominated point. */
function area(points: readonly Point[], reference: Point): number {
  const right = numberAt(reference, 0);
  let height = numberAt(reference, 1);
  let sum = 0;
  for (const [x, y] of [...points].sort(compareObjectives) as (readonly [number, number])[]) {
    if (y >= height) continue;
    sum += (right - x) * (height - y);
    height = y;
  }
  return sum;
}

/**
 * Sweeps along the third objective, keeping the staircase of the points passed so far in the plane of the other two and its
 * area (Beume, Fonseca, López-Ibáñez, Paquete and Vahrenhold, IEEE Trans. Evol. Comput. 13(5), 2009). Instead of their
 * balanced tree: the points' ranks along the first objective are known beforehand, so a Fenwick tree over the ranks finds a
 * neighbour, and linked lists do the rest. Every point enters and leaves once: O(n log n).
 */
function volume(points: readonly Point[], reference: Point): number {
  const sorted = [...points].sort(compareObjectives) as (readonly [number, number, number])[];
  const count = sorted.length;
  const [boundX, boundY, boundZ] = reference as readonly [number, number, number];
  // Steps by rank; the sentinels stand left of and right of the box.
  const [left, right] = [count, count + 1];
  const xs = new Float64Array(count + 2);
  const ys = new Float64Array(count + 2);
  for (let rank = 0; rank < count; rank++) [xs[rank], ys[rank]] = [sorted[rank]?.[0] as number, sorted[rank]?.[1] as number];
  [ys[left], xs[right], ys[right]] = [boundY, boundX, -Infinity];
  const next = new Int32Array(count + 2);
  next[left] = right;
  const present = new RankSet(count);

  let [covered, sum, level] = [0, 0, 0];
  const byDepth = Array.from(sorted, (_, rank) => rank).sort((a, b) => (sorted[a]?.[2] as number) - (sorted[b]?.[2] as number) || a - b);
  for (const rank of byDepth) {
    const [x, y, z] = sorted[rank] as readonly [number, number, number];
    sum += covered * (z - level);
    level = z;
    const before = present.below(rank) ?? left;
    let height = at(ys, before);
    if (height <= y) continue;
    let from = x;
    let after = intAt(next, before);
    for (; ; after = intAt(next, after)) {
      covered += (at(xs, after) - from) * (height - y);
      if (at(ys, after) < y) break;
      [from, height] = [at(xs, after), at(ys, after)];
      present.remove(after);
    }
    next[before] = rank;
    next[rank] = after;
    present.add(rank);
  }
  return sum + covered * (boundZ - level);
}

/** A set of ranks 0 … count − 1 in a Fenwick tree (Fenwick 1994); every operation O(log count). */
class RankSet {
  readonly #sums: Int32Array;

  constructor(count: number) {
    this.#sums = new Int32Array(count + 1);
  }

  add(rank: number): void {
    for (let node = rank + 1; node < this.#sums.length; node += node & -node) this.#sums[node] = intAt(this.#sums, node) + 1;
  }

  remove(rank: number): void {
    for (let node = rank + 1; node < this.#sums.length; node += node & -node) this.#sums[node] = intAt(this.#sums, node) - 1;
  }

  /** The largest member smaller than `rank`. */
  below(rank: number): number | undefined {
    let position = 0;
    for (let node = rank; node > 0; node -= node & -node) position += intAt(this.#sums, node);
    if (position === 0) return undefined;
    let node = 0;
    for (let step = 1 << (31 - Math.clz32(this.#sums.length)); step > 0; step >>= 1) {
      const ahead = node + step;
      if (ahead < this.#sums.length && intAt(this.#sums, ahead) < position) {
        node = ahead;
        position -= intAt(this.#sums, ahead);
      }
    }
    return node;
  }
}

/**
 * WFG's sum of exclusive hypervolumes. The points come in descending order of the last objective, so that each one's limit set
 * (those after it, made no better than it is) agrees with it there, and one objective fewer is left to measure.
 */
function slices(points: readonly Point[], reference: Point): number {
  const last = reference.length - 1;
  const bounds = reference.slice(0, last);
  const descending = firstFront(points).sort((a, b) => numberAt(b, last) - numberAt(a, last));
  return descending.reduce((sum, point, index) => {
    const flat = point.slice(0, last);
    const limits = descending.slice(index + 1).map((other) => flat.map((value, axis) => Math.max(value, numberAt(other, axis))));
    const exclusive = box(flat, bounds) - measure(limits, bounds);
    return sum + exclusive * (numberAt(reference, last) - numberAt(point, last));
  }, 0);
}

/** The points that no other dominates, each once. */
function firstFront(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  for (const point of [...points].sort(compareObjectives)) {
    if (!front.some((other) => other.every((value, axis) => value <= numberAt(point, axis)))) front.push(point);
  }
  return front;
}
