/** The first candidates: one from each region of the space. */
import type { Rng } from "../../base/index.ts";
import { addScaled } from "../../base/linearAlgebra.ts";
import { at, Matrix } from "../../base/matrix.ts";

/** Steps of Lloyd's algorithm. */
const steps = 10;

/**
 * Rows of a matrix that stand for all: the nearest to each centre of k-means clusters (Lloyd 1982), all different. The clusters
 * begin at random rows.
 */
export function representativeRows(points: Matrix, count: number, rng: Rng): readonly number[] {
  const rows = Array.from({ length: points.rows }, (_, row) => row);
  const wanted = Math.min(count, points.rows);
  const centres = new Matrix(wanted, points.cols);
  rng
    .shuffle(rows)
    .slice(0, wanted)
    .forEach((row, c) => {
      centres.row(c).set(points.row(row));
    });
  for (let step = 0; step < steps; step++) {
    const sums = new Matrix(wanted, points.cols);
    const sizes = new Float64Array(wanted);
    for (const row of rows) {
      const nearest = nearestOf(points.row(row), centres);
      addScaled(sums.row(nearest), 1, points.row(row));
      sizes[nearest] = at(sizes, nearest) + 1;
    }
    for (let c = 0; c < wanted; c++) {
      if (at(sizes, c) > 0) centres.row(c).set(sums.row(c).map((sum) => sum / at(sizes, c)));
    }
  }
  const chosen: number[] = [];
  for (let c = 0; c < wanted; c++) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const row of rows) {
      const distance = squaredDistance(points.row(row), centres.row(c));
      if (distance < least && !chosen.includes(row)) [best, least] = [row, distance];
    }
    if (best >= 0) chosen.push(best);
  }
  return chosen;
}

function nearestOf(point: Float64Array, centres: Matrix): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let c = 0; c < centres.rows; c++) {
    const distance = squaredDistance(point, centres.row(c));
    if (distance < least) [best, least] = [c, distance];
  }
  return best;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (at(a, i) - at(b, i)) ** 2;
  return sum;
}
