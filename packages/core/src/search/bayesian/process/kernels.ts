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
  readonly groups: readonly ComparedFeatures[];
}

/** One of the feature matrices, and the blocks that look at it: products of features serve them all. */
interface ComparedFeatures {
  readonly features: number;
  readonly blocks: readonly number[];
  /** Groups of four candidates: their first features, their second ones, … */
  readonly packed: Float64Array;
  readonly squares: Float64Array;
}

export function compared(blocks: readonly KernelBlock[], features: FeatureMatrices): Compared {
  const count = item(features, 0).rows;
  const stride = count + ((4 - (count % 4)) % 4);
  const groups = [...new Set(blocks.map((block) => block.features))].map((index): ComparedFeatures => {
    const matrix = item(features, index);
    const packed = new Float64Array(stride * matrix.cols);
    for (let c = 0; c < count; c++) {
      for (let j = 0; j < matrix.cols; j++) packed[(c - (c % 4)) * matrix.cols + 4 * j + (c % 4)] = matrix.at(c, j);
    }
    const squares = new Float64Array(stride);
    squares.set(squaresOf(matrix));
    return { features: index, blocks: [...blocks.keys()].filter((b) => blocks[b]?.features === index), packed, squares };
  });
  return { count, stride, groups };
}

/** Weights and length scales of blocks. */
export interface Scales {
  readonly weights: Float64Array;
  readonly lengths: Float64Array;
}

/**
 * Prior covariances of the candidates `from` ≤ i < `to` with those compared with, row by row of `stride` numbers, into the beginning of
 * `into`. What is beyond `count` in a row means nothing.
 */
export function covariances(
  blocks: readonly KernelBlock[],
  { weights, lengths }: Scales,
  features: FeatureMatrices,
  [from, to]: readonly [number, number],
  others: Compared,
  into: Float64Array,
): void {
  const { stride } = others;
  into.fill(constantVariance, 0, (to - from) * stride);
  const products = new Float64Array(stride);
  for (const group of others.groups) {
    const { values, cols } = item(features, group.features);
    for (let row = from; row < to; row++) {
      multiply(values, row * cols, cols, group.packed, products);
      let square = 0;
      for (let j = row * cols; j < (row + 1) * cols; j++) square += at(values, j) * at(values, j);
      const start = (row - from) * stride;
      for (const b of group.blocks) {
        const weight = at(weights, b);
        if (item(blocks, b).kind === "linear")
          for (let c = 0; c < stride; c++) into[start + c] = at(into, start + c) + weight * at(products, c);
        else addSmooth(into, start, weight, 5 / at(lengths, b) ** 2, square, group.squares, products);
      }
    }
  }
}

/** Products of one row with all that are packed. */
function multiply(values: Float64Array, start: number, cols: number, packed: Float64Array, products: Float64Array): void {
  let p = 0;
  for (let c = 0; c < products.length; c += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = start; j < start + cols; j++) {
      const x = at(values, j);
      s0 += x * at(packed, p);
      s1 += x * at(packed, p + 1);
      s2 += x * at(packed, p + 2);
      s3 += x * at(packed, p + 3);
      p += 4;
    }
    products[c] = s0;
    products[c + 1] = s1;
    products[c + 2] = s2;
    products[c + 3] = s3;
  }
}

/** Adds a smooth kernel of one row with the others. @param square of the row; @param squares of the others. */
function addSmooth(
  into: Float64Array,
  start: number,
  weight: number,
  factor: number,
  square: number,
  squares: Float64Array,
  products: Float64Array,
): void {
  for (let c = 0; c < products.length; c++) {
    const distance = Math.max(square + at(squares, c) - 2 * at(products, c), 0);
    into[start + c] = at(into, start + c) + weight * matern(distance * factor);
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
