/** Objectives on one scale: the front's ideal point is the origin, and its hyperplane meets every axis at one. */
import { item, numberAt } from "../../base/matrix.ts";
import { ObjectiveRanges } from "./scalarise.ts";

/** Weight of the other axes where the point that reaches farthest along one is looked for. */
const small = 1e-6;

/** Normalised vectors, and which of the front are extreme. */
export interface Normalised {
  readonly vectors: readonly (readonly number[])[];
  /** One index for each objective, perhaps one several times. */
  readonly extremes: readonly number[];
}

/**
 * Normalises objective vectors (Deb and Jain, IEEE Trans. Evol. Comput. 18(4), 2014, section IV-C): by the ideal point and by the
 * intercepts of the hyperplane through the extreme points of the front; where there is none, by the front's worst values.
 * Infinities count as one range beyond what is finite.
 * @param front how many of the vectors, from the first on, are the first front: at least one.
 */
export function normaliseObjectives(all: readonly (readonly number[])[], front: number): Normalised {
  const axes = item(all, 0).length;
  const ranges = new ObjectiveRanges(axes);
  for (const vector of all) ranges.add(vector);
  const scaled = all.map((vector) => vector.map((value, axis) => ranges.scaled(value, axis)));
  const first = scaled.slice(0, front);
  const ideal = Array.from({ length: axes }, (_, axis) => Math.min(...first.map((vector) => numberAt(vector, axis))));
  const moved = scaled.map((vector) => vector.map((value, axis) => value - numberAt(ideal, axis)));
  const extremes = ideal.map((_, axis) => farthestAlong(axis, moved.slice(0, front)));
  const worst = ideal.map((_, axis) => Math.max(...moved.slice(0, front).map((vector) => numberAt(vector, axis))));
  const intercepts = interceptsOf(extremes.map((index) => item(moved, index))) ?? worst;
  const units = intercepts.map((intercept, axis) =>
    intercept > small ? intercept : numberAt(worst, axis) > small ? numberAt(worst, axis) : 1,
  );
  return { vectors: moved.map((vector) => vector.map((value, axis) => value / numberAt(units, axis))), extremes };
}

/** The vector nearest to an axis, by the achievement scalarising function. */
function farthestAlong(axis: number, vectors: readonly (readonly number[])[]): number {
  const distances = vectors.map((vector) => Math.max(...vector.map((value, other) => (other === axis ? value : value / small))));
  return distances.indexOf(Math.min(...distances));
}

/** Where the hyperplane through as many points as there are axes meets them, by Gaussian elimination; nothing where it does not. */
function interceptsOf(points: readonly (readonly number[])[]): number[] | undefined {
  const rows = points.map((point) => [...point, 1]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(numberAt(item(rows, row), column)) > Math.abs(numberAt(item(rows, pivot), column))) pivot = row;
    }
    const line = item(rows, pivot);
    const head = numberAt(line, column);
    if (Math.abs(head) < small) return undefined;
    rows[pivot] = item(rows, column);
    rows[column] = line.map((value) => value / head);
    rows.forEach((row, index) => {
      const factor = numberAt(row, column);
      if (index !== column) rows[index] = row.map((value, at) => value - factor * numberAt(item(rows, column), at));
    });
  }
  const intercepts = rows.map((row) => 1 / numberAt(row, size));
  return intercepts.every((intercept) => Number.isFinite(intercept) && intercept > small) ? intercepts : undefined;
}
