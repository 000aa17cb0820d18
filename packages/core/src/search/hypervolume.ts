import { compareObjectives, nonDominatedSort } from "./pareto.ts";

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
    if (point.every((value, axis) => value < (reference[axis] as number))) inside.push(point);
  }
  return measure(inside, reference);
}

function measure(points: readonly Point[], reference: Point): number {
  if (points.length === 0) return 0;
  if (points.length === 1) return box(points[0] as Point, reference);
  if (reference.length === 1)
    return (reference[0] as number) - points.reduce((least, point) => Math.min(least, point[0] as number), Infinity);
  if (reference.length === 2) return area(points, reference);
  if (reference.length === 3) return volume(points, reference);
  return slices(points, reference);
}

function box(point: Point, reference: Point): number {
  return reference.reduce((product, bound, axis) => product * (bound - (point[axis] as number)), 1);
}

/** Sweeps along the first objective; the staircase's height falls at every non-dominated point. */
function area(points: readonly Point[], reference: Point): number {
  const right = reference[0] as number;
  let height = reference[1] as number;
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
    let height = ys[before] as number;
    if (height <= y) continue;
    let from = x;
    let after = next[before] as number;
    for (; ; after = next[after] as number) {
      covered += ((xs[after] as number) - from) * (height - y);
      if ((ys[after] as number) < y) break;
      [from, height] = [xs[after] as number, ys[after] as number];
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
    for (let at = rank + 1; at < this.#sums.length; at += at & -at) this.#sums[at] = (this.#sums[at] as number) + 1;
  }

  remove(rank: number): void {
    for (let at = rank + 1; at < this.#sums.length; at += at & -at) this.#sums[at] = (this.#sums[at] as number) - 1;
  }

  /** The largest member smaller than `rank`. */
  below(rank: number): number | undefined {
    let position = 0;
    for (let at = rank; at > 0; at -= at & -at) position += this.#sums[at] as number;
    if (position === 0) return undefined;
    let at = 0;
    for (let step = 1 << (31 - Math.clz32(this.#sums.length)); step > 0; step >>= 1) {
      const ahead = at + step;
      if (ahead < this.#sums.length && (this.#sums[ahead] as number) < position) {
        at = ahead;
        position -= this.#sums[ahead] as number;
      }
    }
    return at;
  }
}

/**
 * WFG's sum of exclusive hypervolumes. The points come in descending order of the last objective, so that each one's limit set
 * (those after it, made no better than it is) agrees with it there, and one objective fewer is left to measure.
 */
function slices(points: readonly Point[], reference: Point): number {
  const last = reference.length - 1;
  const bounds = reference.slice(0, last);
  const descending = firstFront(points).sort((a, b) => (b[last] as number) - (a[last] as number));
  return descending.reduce((sum, point, index) => {
    const flat = point.slice(0, last);
    const limits = descending.slice(index + 1).map((other) => flat.map((value, axis) => Math.max(value, other[axis] as number)));
    const exclusive = box(flat, bounds) - measure(limits, bounds);
    return sum + exclusive * ((reference[last] as number) - (point[last] as number));
  }, 0);
}

function firstFront(points: readonly Point[]): Point[] {
  return (nonDominatedSort(points)[0] ?? []).map((index) => points[index] as Point);
}
