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
 * Solves L x = b for right sides that lie one after another, `stride` numbers apart, in place. Four right sides and two rows of L at a time: each
 * number is read for several products, whose sums do not wait for each other.
 */
export function solveRows(l: Matrix, values: Float64Array, count: number, stride: number): void {
  const size = l.rows;
  for (let r = 0; r + 3 < count; r += 4) {
    for (let i = 0; i + 1 < size; i += 2) solveFour(l.values, values, size, i, r * stride, stride);
    if (size % 2 === 1) for (let c = r; c < r + 4; c++) solveOne(l.values, values, size, size - 1, c * stride);
  }
  for (let c = count - (count % 4); c < count; c++) for (let i = 0; i < size; i++) solveOne(l.values, values, size, i, c * stride);
}

/** Entries i and i + 1 of four solutions, of which those before are known. */
function solveFour(l: Float64Array, values: Float64Array, size: number, i: number, p0: number, stride: number): void {
  const p1 = p0 + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  const here = i * size;
  const next = here + size;
  let s0 = at(values, p0 + i);
  let s1 = at(values, p1 + i);
  let s2 = at(values, p2 + i);
  let s3 = at(values, p3 + i);
  let t0 = at(values, p0 + i + 1);
  let t1 = at(values, p1 + i + 1);
  let t2 = at(values, p2 + i + 1);
  let t3 = at(values, p3 + i + 1);
  for (let k = 0; k < i; k++) {
    const x = at(l, here + k);
    const y = at(l, next + k);
    const v0 = at(values, p0 + k);
    const v1 = at(values, p1 + k);
    const v2 = at(values, p2 + k);
    const v3 = at(values, p3 + k);
    s0 -= x * v0;
    t0 -= y * v0;
    s1 -= x * v1;
    t1 -= y * v1;
    s2 -= x * v2;
    t2 -= y * v2;
    s3 -= x * v3;
    t3 -= y * v3;
  }
  const pivot = at(l, here + i);
  const below = at(l, next + i);
  const last = at(l, next + i + 1);
  s0 /= pivot;
  s1 /= pivot;
  s2 /= pivot;
  s3 /= pivot;
  values[p0 + i] = s0;
  values[p1 + i] = s1;
  values[p2 + i] = s2;
  values[p3 + i] = s3;
  values[p0 + i + 1] = (t0 - below * s0) / last;
  values[p1 + i + 1] = (t1 - below * s1) / last;
  values[p2 + i + 1] = (t2 - below * s2) / last;
  values[p3 + i + 1] = (t3 - below * s3) / last;
}

function solveOne(l: Float64Array, values: Float64Array, size: number, i: number, p: number): void {
  let sum = at(values, p + i);
  for (let k = 0; k < i; k++) sum -= at(l, i * size + k) * at(values, p + k);
  values[p + i] = sum / at(l, i * size + i);
}
