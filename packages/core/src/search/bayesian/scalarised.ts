/** Expected hypervolume improvement of three and more objectives, by scalarisation. */
import { at, item } from "../../base/matrix.ts";
import type { Belief, Improvement } from "./improvement.ts";
import { exp, quantile } from "./process/normal.ts";

const directionCount = 96;
const sampleCount = 24;
const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

/**
 * The hypervolume is, up to a factor, the mean over directions λ of max over the points of minᵢ(max(0, rᵢ − yᵢ) / λᵢ)ᵏ, k objectives, reference
 * r (Zhang and Golovin, "Random hypervolume scalarizations for provable multi-objective black box optimization", ICML 2020,
 * lemma 5). Its expected improvement is a mean over fixed quasi-random samples of the objectives (Halton 1960) and fixed directions.
 * Objectives are measured in shares of the box between the ideal point and the reference.
 */
export function scalarisedImprovement(points: readonly (readonly number[])[], reference: readonly number[]): Improvement {
  const count = reference.length;
  const ideal = reference.map((bound, axis) => points.reduce((least, point) => Math.min(least, item(point, axis)), bound));
  const spans = reference.map((bound, axis) => (bound > item(ideal, axis) ? bound - item(ideal, axis) : 1));
  // Rows of numbers one after another: inverse directions, and standard normal samples.
  const inverse = new Float64Array(directionCount * count);
  for (let d = 0; d < directionCount; d++) {
    const direction = Array.from({ length: count }, (_, axis) => Math.abs(quantile(halton(d + 1, item(primes, axis)))) + 1e-3);
    const norm = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
    direction.forEach((x, axis) => {
      inverse[d * count + axis] = norm / (x * item(spans, axis));
    });
  }
  const samples = Float64Array.from({ length: sampleCount * count }, (_, i) =>
    quantile(halton(Math.floor(i / count) + 1, item(primes, i % count))),
  );
  const best = new Float64Array(directionCount);
  const room = new Float64Array(count);
  const scalarised = (d: number): number => {
    let least = Number.POSITIVE_INFINITY;
    for (let axis = 0; axis < count; axis++) least = Math.min(least, at(room, axis) * at(inverse, d * count + axis));
    let power = 1;
    for (let axis = 0; axis < count; axis++) power *= least;
    return power;
  };
  const measure = (point: (axis: number) => number): boolean => {
    for (let axis = 0; axis < count; axis++) {
      const left = item(reference, axis) - point(axis);
      if (!(left > 0)) return false;
      room[axis] = left;
    }
    return true;
  };
  const add = (point: readonly number[]) => {
    if (!measure((axis) => item(point, axis))) return;
    for (let d = 0; d < directionCount; d++) best[d] = Math.max(at(best, d), scalarised(d));
  };
  for (const point of points) add(point);
  return {
    add,
    of: (beliefs) => {
      let sum = 0;
      for (let s = 0; s < sampleCount; s++) {
        if (!measure((axis) => drawn(item(beliefs, axis), at(samples, s * count + axis)))) continue;
        for (let d = 0; d < directionCount; d++) sum += Math.max(0, scalarised(d) - at(best, d));
      }
      return sum / (sampleCount * directionCount);
    },
  };
}

function drawn({ shape, mean, sd, least }: Belief, z: number): number {
  return shape === "normal" ? mean + sd * z : least + exp(mean + sd * z);
}

/** The radical inverse of a whole number: its digits in a base, mirrored at the point. */
function halton(index: number, base: number): number {
  let [result, fraction] = [0, 1 / base];
  for (let rest = index; rest > 0; rest = Math.floor(rest / base), fraction /= base) result += (rest % base) * fraction;
  return result;
}
