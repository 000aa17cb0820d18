/** Cholesky factors where covariances are factored often and solved for many right sides. */
import { dot } from "../../../base/linearAlgebra.ts";
import { Matrix } from "../../../base/matrix.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/**
 * Lower Cholesky factor of a symmetric positive definite matrix, of which only the lower triangle is read. As that of
 * `base/linearAlgebra.ts`, with sums that do not wait for each other. @throws Error where it is not positive definite.
 */
export function factorise(a: Matrix): Matrix {
  const size = a.rows;
  const l = new Matrix(size, size);
  const inverse = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const li = l.row(i);
    for (let j = 0; j < i; j++) li[j] = (a.at(i, j) - dot(li, l.row(j), 0, j)) * at(inverse, j);
    const square = a.at(i, i) - dot(li, li, 0, i);
    if (!(square > 0)) throw new Error("cholesky: the matrix is not positive definite");
    const root = Math.sqrt(square);
    li[i] = root;
    inverse[i] = 1 / root;
  }
  return l;
}

/**
 * Solves L x = b for right sides that lie one after another, `stride` numbers apart, in place. Four at a time: each number of L is
 * read for four products, whose sums do not wait for each other.
 */
export function solveRows(l: Matrix, values: Float64Array, count: number, stride: number): void {
  const size = l.rows;
  const factor = l.values;
  for (let r = 0; r + 3 < count; r += 4) {
    const p0 = r * stride;
    const p1 = p0 + stride;
    const p2 = p1 + stride;
    const p3 = p2 + stride;
    for (let i = 0; i < size; i++) {
      const from = i * size;
      let s0 = at(values, p0 + i);
      let s1 = at(values, p1 + i);
      let s2 = at(values, p2 + i);
      let s3 = at(values, p3 + i);
      for (let k = 0; k < i; k++) {
        const x = at(factor, from + k);
        s0 -= x * at(values, p0 + k);
        s1 -= x * at(values, p1 + k);
        s2 -= x * at(values, p2 + k);
        s3 -= x * at(values, p3 + k);
      }
      const pivot = at(factor, from + i);
      values[p0 + i] = s0 / pivot;
      values[p1 + i] = s1 / pivot;
      values[p2 + i] = s2 / pivot;
      values[p3 + i] = s3 / pivot;
    }
  }
  for (let r = count - (count % 4); r < count; r++) {
    const p = r * stride;
    for (let i = 0; i < size; i++) {
      let sum = at(values, p + i);
      for (let k = 0; k < i; k++) sum -= at(factor, i * size + k) * at(values, p + k);
      values[p + i] = sum / at(factor, i * size + i);
    }
  }
}
