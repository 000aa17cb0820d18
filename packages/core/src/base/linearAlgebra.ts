/** Dense linear algebra, as far as the latency models need it. */
import { intAt, Matrix } from "./matrix.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/**
 * Inner product of two vectors, or of their entries `from` ≤ i < `to`. Four sums, because each addition would wait for the one
 * before.
 */
export function dot(a: Float64Array, b: Float64Array, from = 0, to = a.length): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    s0 += at(a, i) * at(b, i);
    s1 += at(a, i + 1) * at(b, i + 1);
    s2 += at(a, i + 2) * at(b, i + 2);
    s3 += at(a, i + 3) * at(b, i + 3);
  }
  for (; i < to; i++) s0 += at(a, i) * at(b, i);
  return s0 + s1 + (s2 + s3);
}

/** Σ weight · x² over as many of the values, from `start` on, as there are weights. */
export function weightedSquares(values: Float64Array, start: number, weights: Float64Array): number {
  let even = 0;
  let odd = 0;
  let j = 0;
  for (; j + 1 < weights.length; j += 2) {
    const x = at(values, start + j);
    const y = at(values, start + j + 1);
    even += x * x * at(weights, j);
    odd += y * y * at(weights, j + 1);
  }
  if (j < weights.length) even += at(values, start + j) ** 2 * at(weights, j);
  return even + odd;
}

/** into += factor · x, for the first `count` entries. */
export function addScaled(into: Float64Array, factor: number, x: Float64Array, count = x.length): void {
  for (let j = 0; j < count; j++) into[j] = at(into, j) + factor * at(x, j);
}

/**
 * Lower Cholesky factor of a symmetric positive definite matrix, of which only the lower triangle is read. @throws Error where it
 * is not positive definite.
 */
export function cholesky(a: Matrix): Matrix {
  const l = new Matrix(a.rows, a.rows);
  for (let i = 0; i < a.rows; i++) {
    const li = l.row(i);
    for (let j = 0; j <= i; j++) {
      const lj = l.row(j);
      let sum = a.at(i, j);
      for (let k = 0; k < j; k++) sum -= at(li, k) * at(lj, k);
      if (i === j) {
        if (!(sum > 0)) throw new Error("cholesky: the matrix is not positive definite");
        li[i] = Math.sqrt(sum);
      } else li[j] = sum / at(lj, j);
    }
  }
  return l;
}

/** Solves L x = b in place. */
export function forwardSolve(l: Matrix, b: Float64Array): Float64Array {
  for (let i = 0; i < l.rows; i++) {
    const li = l.row(i);
    let sum = at(b, i);
    for (let k = 0; k < i; k++) sum -= at(li, k) * at(b, k);
    b[i] = sum / at(li, i);
  }
  return b;
}

/** Solves Lᵀ x = b in place. */
export function backwardSolve(l: Matrix, b: Float64Array): Float64Array {
  for (let i = l.rows - 1; i >= 0; i--) {
    let sum = at(b, i);
    for (let k = i + 1; k < l.rows; k++) sum -= l.at(k, i) * at(b, k);
    b[i] = sum / l.at(i, i);
  }
  return b;
}

/** log det of the matrix whose Cholesky factor this is. */
export function logDeterminant(l: Matrix): number {
  let sum = 0;
  for (let i = 0; i < l.rows; i++) sum += Math.log(l.at(i, i));
  return 2 * sum;
}

/** Inverse of the symmetric matrix whose Cholesky factor this is. */
export function inverseFromCholesky(l: Matrix): Matrix {
  const n = l.rows;
  // Row c: column c of the inverse of L, zero before entry c.
  const columns = new Matrix(n, n);
  for (let c = 0; c < n; c++) {
    const column = columns.row(c);
    for (let i = c; i < n; i++) column[i] = ((i === c ? 1 : 0) - dot(l.row(i), column, c, i)) / l.at(i, i);
  }
  const inverse = new Matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = dot(columns.row(i), columns.row(j), i, n);
      inverse.set(i, j, sum);
      inverse.set(j, i, sum);
    }
  }
  return inverse;
}

/** Copies the lower triangle of a square matrix over the upper one. */
export function mirrorLowerTriangle(a: Matrix): void {
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < i; j++) a.set(j, i, a.at(i, j));
}

/**
 * Inner products of rows of a matrix with vectors: rows.length × vectors.rows. Two rows and four vectors at a time: each number is
 * read for several products, whose sums do not wait for each other.
 * @param vectors one a row; their number is a multiple of four: fill up with zeros.
 */
export function rowProducts(matrix: Matrix, rows: Int32Array, vectors: Matrix): Matrix {
  const { cols: width, values } = matrix;
  const count = vectors.rows;
  const packed = new Float64Array(count * width);
  for (let c = 0; c < count; c++) for (let j = 0; j < width; j++) packed[(c - (c % 4)) * width + 4 * j + (c % 4)] = vectors.at(c, j);
  // One row more than asked for: the partner of the last of an odd number.
  const products = new Float64Array((rows.length + 1) * count);
  for (let r = 0; r < rows.length; r += 2) {
    const here = intAt(rows, r) * width;
    const there = intAt(rows, Math.min(r + 1, rows.length - 1)) * width;
    for (let c = 0; c < count; c += 4) {
      let p = c * width;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let t0 = 0;
      let t1 = 0;
      let t2 = 0;
      let t3 = 0;
      for (let j = 0; j < width; j++) {
        const x = at(values, here + j);
        const y = at(values, there + j);
        const v0 = at(packed, p);
        const v1 = at(packed, p + 1);
        const v2 = at(packed, p + 2);
        const v3 = at(packed, p + 3);
        p += 4;
        s0 += x * v0;
        t0 += y * v0;
        s1 += x * v1;
        t1 += y * v1;
        s2 += x * v2;
        t2 += y * v2;
        s3 += x * v3;
        t3 += y * v3;
      }
      const to = r * count + c;
      products[to] = s0;
      products[to + 1] = s1;
      products[to + 2] = s2;
      products[to + 3] = s3;
      products[to + count] = t0;
      products[to + count + 1] = t1;
      products[to + count + 2] = t2;
      products[to + count + 3] = t3;
    }
  }
  return new Matrix(rows.length, count, products);
}

/** Xᵀ X, or that of some rows of X; cols × cols. */
export function gram(x: Matrix, rows: Int32Array = Int32Array.from({ length: x.rows }, (_, row) => row)): Matrix {
  const g = new Matrix(x.cols, x.cols);
  for (const index of rows) {
    const row = x.row(index);
    for (let i = 0; i < x.cols; i++) {
      const xi = at(row, i);
      if (xi !== 0) addScaled(g.row(i), xi, row, i + 1);
    }
  }
  mirrorLowerTriangle(g);
  return g;
}

export interface Eigenpairs {
  /** By falling absolute value. */
  readonly values: Float64Array;
  /** One unit vector a row. */
  readonly vectors: Matrix;
}

/**
 * The eigenpairs of largest absolute value of a symmetric matrix, by orthogonal iteration from a fixed start, then
 * Rayleigh–Ritz. Pairs whose values are close may be mixed among each other, which changes the space that all span but little.
 */
export function leadingEigenpairs(a: Matrix, wanted: number, iterations = 30): Eigenpairs {
  const n = a.rows;
  const count = Math.min(wanted, n);
  let q = new Matrix(count, n);
  for (let i = 0; i < count; i++) for (let j = 0; j < n; j++) q.set(i, j, Math.sin(1 + i * 12.9898 + j * 78.233) + (i === j ? 1 : 0));
  orthonormalise(q);
  for (let iteration = 0; iteration < iterations; iteration++) {
    q = rowsTimes(q, a);
    orthonormalise(q);
  }
  const aq = rowsTimes(q, a);
  const small = new Matrix(count, count);
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) small.set(i, j, dot(q.row(i), aq.row(j)));
  const ritz = jacobi(small);
  const order = Array.from({ length: count }, (_, i) => i).sort((i, j) => Math.abs(at(ritz.values, j)) - Math.abs(at(ritz.values, i)));
  const vectors = new Matrix(count, n);
  order.forEach((from, to) => {
    for (let i = 0; i < count; i++) addScaled(vectors.row(to), ritz.vectors.at(from, i), q.row(i));
  });
  return { values: Float64Array.from(order, (i) => at(ritz.values, i)), vectors };
}

/** A · v for every row v of q, one a row; A is symmetric. */
function rowsTimes(q: Matrix, a: Matrix): Matrix {
  const product = new Matrix(q.rows, a.rows);
  for (let i = 0; i < q.rows; i++) {
    const [row, into] = [q.row(i), product.row(i)];
    for (let j = 0; j < a.rows; j++) into[j] = dot(a.row(j), row);
  }
  return product;
}

/** Gram–Schmidt on the rows, twice for accuracy; a row that vanishes is replaced by a unit vector. */
function orthonormalise(q: Matrix): void {
  for (let i = 0; i < q.rows; i++) {
    const row = q.row(i);
    for (let attempt = 0; ; attempt++) {
      const before = Math.sqrt(dot(row, row));
      for (let pass = 0; pass < 2; pass++) {
        for (let k = 0; k < i; k++) addScaled(row, -dot(q.row(k), row), q.row(k));
      }
      const length = Math.sqrt(dot(row, row));
      if (length > 1e-12 * before && length > 1e-300) {
        for (let j = 0; j < q.cols; j++) row[j] = at(row, j) / length;
        break;
      }
      row.fill(0)[(i + attempt) % q.cols] = 1;
    }
  }
}

/** All eigenpairs of a small symmetric matrix by cyclic Jacobi rotations. */
export function jacobi(symmetric: Matrix): Eigenpairs {
  const n = symmetric.rows;
  const a = new Matrix(n, n, symmetric.values.slice(0, n * n));
  const vectors = Matrix.identity(n);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += 2 * a.at(i, j) ** 2;
    const all = dot(a.values, a.values);
    if (off <= 1e-28 * all) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a.at(p, q);
        if (apq === 0) continue;
        const theta = (a.at(q, q) - a.at(p, p)) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        rotateColumns(a, p, q, { c, s });
        rotateRows(a, p, q, { c, s });
        rotateRows(vectors, p, q, { c, s });
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a.at(i, i)), vectors };
}

/** Cosine and sine of an angle. */
interface Rotation {
  readonly c: number;
  readonly s: number;
}

function rotateRows(m: Matrix, p: number, q: number, { c, s }: Rotation): void {
  const [mp, mq] = [m.row(p), m.row(q)];
  for (let k = 0; k < m.cols; k++) {
    const [x, y] = [at(mp, k), at(mq, k)];
    mp[k] = c * x - s * y;
    mq[k] = s * x + c * y;
  }
}

function rotateColumns(m: Matrix, p: number, q: number, { c, s }: Rotation): void {
  for (let k = 0; k < m.rows; k++) {
    const [x, y] = [m.at(k, p), m.at(k, q)];
    m.set(k, p, c * x - s * y);
    m.set(k, q, s * x + c * y);
  }
}
