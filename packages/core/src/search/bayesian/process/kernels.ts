/** Kernels of candidates: a weighted sum over blocks of features. */
import { dot } from "../../../base/linearAlgebra.ts";
import { item, Matrix } from "../../../base/matrix.ts";
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

/** Squared lengths of rows. */
const squaresOf = (matrix: Matrix) => Float64Array.from({ length: matrix.rows }, (_, i) => dot(matrix.row(i), matrix.row(i)));

/** What a block's kernel of some candidates is a function of: squared distances, or inner products; the lower triangle alone. */
export function relations(kind: KernelKind, of: Matrix): Matrix {
  const result = new Matrix(of.rows, of.rows);
  const squares = kind === "linear" ? undefined : squaresOf(of);
  for (let i = 0; i < of.rows; i++) {
    const [row, into] = [of.row(i), result.row(i)];
    for (let j = 0; j <= i; j++) {
      const product = dot(row, of.row(j));
      into[j] = squares ? Math.max(at(squares, i) + at(squares, j) - 2 * product, 0) : product;
    }
  }
  return result;
}

/** Adds weight × kernel to the lower triangle of `into`. @param scale length scale of a smooth kernel. */
export function addKernel(into: Matrix, kind: KernelKind, relation: Matrix, weight: number, scale: number): void {
  const factor = 5 / (scale * scale);
  for (let i = 0; i < relation.rows; i++) {
    const [to, from] = [into.row(i), relation.row(i)];
    if (kind === "linear") for (let j = 0; j <= i; j++) to[j] = at(to, j) + weight * at(from, j);
    else for (let j = 0; j <= i; j++) to[j] = at(to, j) + weight * matern(at(from, j) * factor);
  }
}

/** Matérn 5/2 of five times a squared distance. */
function matern(square: number): number {
  const r = Math.sqrt(square);
  return (1 + r + square / 3) * exp(-r);
}

/** Candidates with which others are compared, laid out so that four of them are met at once. */
export interface Compared {
  readonly count: number;
  /** `count`, up to a multiple of four. */
  readonly stride: number;
  /** One entry a block, of groups of four candidates: their first features, their second ones, … */
  readonly packed: readonly Float64Array[];
  readonly squares: readonly Float64Array[];
}

export function compared(blocks: readonly KernelBlock[], features: FeatureMatrices): Compared {
  const count = item(features, 0).rows;
  const stride = count + ((4 - (count % 4)) % 4);
  const matrices = blocks.map((block) => item(features, block.features));
  return {
    count,
    stride,
    packed: matrices.map((matrix) => {
      const packed = new Float64Array(stride * matrix.cols);
      for (let c = 0; c < count; c++) {
        for (let j = 0; j < matrix.cols; j++) packed[(c - (c % 4)) * matrix.cols + 4 * j + (c % 4)] = matrix.at(c, j);
      }
      return packed;
    }),
    squares: matrices.map((matrix) => {
      const squares = new Float64Array(stride);
      squares.set(squaresOf(matrix));
      return squares;
    }),
  };
}

/** Weights and length scales of blocks. */
export interface Scales {
  readonly weights: Float64Array;
  readonly lengths: Float64Array;
}

/**
 * Prior covariances of the candidates `from` ≤ i < `to` with those compared with, row by row of `stride` numbers, into the beginning of `into`. What is
 * beyond `count` in a row means nothing.
 */
export function covariances(
  blocks: readonly KernelBlock[],
  { weights, lengths }: Scales,
  features: FeatureMatrices,
  [from, to]: readonly [number, number],
  others: Compared,
  into: Float64Array,
): void {
  into.fill(constantVariance, 0, (to - from) * others.stride);
  blocks.forEach(({ kind, features: index }, b) => {
    const { values, cols } = item(features, index);
    const [packed, squares] = [item(others.packed, b), item(others.squares, b)];
    const weight = at(weights, b);
    const factor = 5 / at(lengths, b) ** 2;
    for (let row = from; row < to; row++) {
      const start = row * cols;
      let square = 0;
      for (let j = start; j < start + cols; j++) square += at(values, j) * at(values, j);
      for (let c = 0; c < others.stride; c += 4) {
        let p = c * cols;
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        for (let j = 0; j < cols; j++) {
          const x = at(values, start + j);
          s0 += x * at(packed, p);
          s1 += x * at(packed, p + 1);
          s2 += x * at(packed, p + 2);
          s3 += x * at(packed, p + 3);
          p += 4;
        }
        if (kind === "smooth") {
          s0 = matern(Math.max(square + at(squares, c) - 2 * s0, 0) * factor);
          s1 = matern(Math.max(square + at(squares, c + 1) - 2 * s1, 0) * factor);
          s2 = matern(Math.max(square + at(squares, c + 2) - 2 * s2, 0) * factor);
          s3 = matern(Math.max(square + at(squares, c + 3) - 2 * s3, 0) * factor);
        }
        const to0 = (row - from) * others.stride + c;
        into[to0] = at(into, to0) + weight * s0;
        into[to0 + 1] = at(into, to0 + 1) + weight * s1;
        into[to0 + 2] = at(into, to0 + 2) + weight * s2;
        into[to0 + 3] = at(into, to0 + 3) + weight * s3;
      }
    }
  });
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
