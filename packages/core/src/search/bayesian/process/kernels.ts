/** Kernels of candidates: a weighted sum over blocks of features. */
import { dot, rowProducts } from "../../../base/linearAlgebra.ts";
import { Matrix } from "../../../base/matrix.ts";
import { exp } from "./normal.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/** Matérn 5/2 of the distance, or the inner product, of a block of features. */
export type KernelKind = "smooth" | "linear";

/** A block of features and how candidates are compared by it. */
export interface KernelBlock {
  readonly kind: KernelKind;
  /** Which of the candidates' feature matrices it looks at. */
  readonly features: number;
}

/** Features of candidates: one matrix a block of features, one row a candidate. */
export type FeatureMatrices = readonly Matrix[];

/** Variance of the constant that every kernel has: the mean of standardised values is not far from 0. */
export const constantVariance = 4;

/** Inner products of all rows of `a` with all rows of `b`: a.rows × b.rows. */
export function innerProducts(a: Matrix, b: Matrix): Matrix {
  const count = b.rows;
  const padded = count % 4 === 0 ? b : new Matrix(count + 4 - (count % 4), b.cols, padRows(b));
  const products = rowProducts(
    a,
    Int32Array.from({ length: a.rows }, (_, row) => row),
    padded,
  );
  if (padded.rows === count) return products;
  const result = new Matrix(a.rows, count);
  for (let i = 0; i < a.rows; i++) result.row(i).set(products.row(i).subarray(0, count));
  return result;
}

function padRows({ rows, cols, values }: Matrix): Float64Array {
  const padded = new Float64Array((rows + 4 - (rows % 4)) * cols);
  padded.set(values.subarray(0, rows * cols));
  return padded;
}

/** What a block's kernel is a function of: squared distances, or inner products; a.rows × b.rows. */
export function relations(kind: KernelKind, a: Matrix, b: Matrix): Matrix {
  const products = innerProducts(a, b);
  if (kind === "linear") return products;
  const squares = (matrix: Matrix) => Float64Array.from({ length: matrix.rows }, (_, i) => dot(matrix.row(i), matrix.row(i)));
  const [ofA, ofB] = [squares(a), squares(b)];
  for (let i = 0; i < a.rows; i++) {
    const row = products.row(i);
    for (let j = 0; j < b.rows; j++) row[j] = Math.max(at(ofA, i) + at(ofB, j) - 2 * at(row, j), 0);
  }
  return products;
}

/** Adds weight × kernel to `into`. @param scale length scale of a smooth kernel. */
export function addKernel(into: Matrix, kind: KernelKind, relation: Matrix, weight: number, scale: number): void {
  const [to, from] = [into.values, relation.values];
  const count = relation.rows * relation.cols;
  if (kind === "linear") {
    for (let i = 0; i < count; i++) to[i] = at(to, i) + weight * at(from, i);
    return;
  }
  const factor = 5 / (scale * scale);
  for (let i = 0; i < count; i++) {
    const square = at(from, i) * factor;
    const r = Math.sqrt(square);
    to[i] = at(to, i) + weight * (1 + r + square / 3) * exp(-r);
  }
}

/** Σ q · kernel and Σ q · ∂kernel/∂log scale over all entries of one symmetric relation, both for weight 1. */
export function kernelTraces(q: Matrix, kind: KernelKind, relation: Matrix, scale: number): readonly [number, number] {
  let [byWeight, byScale] = [0, 0];
  const factor = 5 / (scale * scale);
  for (let i = 0; i < q.rows; i++) {
    const [qi, di] = [q.row(i), relation.row(i)];
    for (let j = 0; j <= i; j++) {
      const weight = (i === j ? 1 : 2) * at(qi, j);
      if (kind === "linear") {
        byWeight += weight * at(di, j);
        continue;
      }
      const square = at(di, j) * factor;
      const r = Math.sqrt(square);
      const e = weight * exp(-r);
      byWeight += e * (1 + r + square / 3);
      byScale += (e * square * (1 + r)) / 3;
    }
  }
  return [byWeight, byScale];
}
