/** Expected improvement, of one objective and of the dominated area of two, in closed form. */
import { at } from "../../base/matrix.ts";
import { density, distribution, exp, log } from "./process/normal.ts";

/**
 * What is believed of one objective of one candidate: normal, or `least` + e to a normal; certain where sd is 0.
 */
export interface Belief {
  readonly shape: "normal" | "logNormal";
  /** Of the normal. */
  readonly mean: number;
  readonly sd: number;
  /** Where a log-normal starts. */
  readonly least: number;
}

/** What the best so far are worth, and so what a candidate would add. */
export interface Improvement {
  /** Expected, of objectives believed independent. */
  of(beliefs: readonly Belief[]): number;
  /** Adds a point to those that a candidate is compared with. */
  add(point: readonly number[]): void;
}

/** E max(bound − X, 0): by how much X is expected to fall short of a bound. */
export function expectedShortfall({ shape, mean, sd, least }: Belief, bound: number): number {
  if (shape === "normal") {
    if (sd === 0) return Math.max(bound - mean, 0);
    const z = (bound - mean) / sd;
    // Far out the closed form is lost in rounding.
    if (z > 12) return bound - mean;
    return Math.max(sd * (z * distribution(z) + density(z)), 0);
  }
  const room = bound - least;
  if (!(room > 0)) return 0;
  if (sd === 0) return Math.max(room - exp(mean), 0);
  const z = (log(room) - mean) / sd;
  return Math.max(room * distribution(z) - exp(mean + (sd * sd) / 2) * distribution(z - sd), 0);
}

/** The median. */
export function medianOf({ shape, mean, least }: Belief): number {
  return shape === "normal" ? mean : least + exp(mean);
}

/**
 * The front of two objectives within a reference, as the strips beside and between its points: strip i ends at `ends[i]` in the
 * first objective, and the front's height in it, the least second objective of those left of its end, is `heights[i]`.
 */
export interface Staircase {
  readonly ends: Float64Array;
  readonly heights: Float64Array;
}

/** The staircase of points, of which any may be dominated or outside. */
export function staircase(points: readonly (readonly [number, number])[], reference: readonly [number, number]): Staircase {
  const inside = points.filter(([x, y]) => x < reference[0] && y < reference[1]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const [ends, heights]: [number[], number[]] = [[], [reference[1]]];
  let height = reference[1];
  for (const [x, y] of inside) {
    if (y >= height) continue;
    height = y;
    ends.push(x);
    heights.push(y);
  }
  ends.push(reference[0]);
  return { ends: Float64Array.from(ends), heights: Float64Array.from(heights) };
}

/**
 * Expected hypervolume improvement of independent objectives: Σ over the strips of (E(end − X)⁺ − E(start − X)⁺) · E(height − Y)⁺
 * (Emmerich, Yang, Deutz, Wang and Fonseca 2016, in the form that needs no truncated moments).
 */
export function expectedAreaImprovement({ ends, heights }: Staircase, x: Belief, y: Belief): number {
  let [before, sum] = [0, 0];
  for (let i = 0; i < ends.length; i++) {
    const until = expectedShortfall(x, at(ends, i));
    if (until > before) sum += (until - before) * expectedShortfall(y, at(heights, i));
    before = Math.max(until, before);
  }
  return sum;
}
