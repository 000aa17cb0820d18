/** Dense linear algebra on row-major Float64Arrays, as far as the predictors need it. */

/** Lower Cholesky factor of a symmetric positive definite n × n matrix; only the lower triangle is read. @throws Error where it is not positive definite. */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number);
      if (i === j) {
        if (!(sum > 0)) throw new Error("cholesky: the matrix is not positive definite");
        l[i * n + i] = Math.sqrt(sum);
      } else l[i * n + j] = sum / (l[j * n + j] as number);
    }
  }
  return l;
}

/** Solves L x = b in place. */
export function forwardSolve(l: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * n + k] as number) * (b[k] as number);
    b[i] = sum / (l[i * n + i] as number);
  }
  return b;
}

/** Solves Lᵀ x = b in place. */
export function backwardSolve(l: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (l[k * n + i] as number) * (b[k] as number);
    b[i] = sum / (l[i * n + i] as number);
  }
  return b;
}

/** log det of the matrix whose Cholesky factor this is. */
export function logDeterminant(l: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(l[i * n + i] as number);
  return 2 * sum;
}

/** into[at …] += factor · from[fromAt …] for `length` entries. */
export function addScaled(into: Float64Array, at: number, factor: number, from: Float64Array, fromAt: number, length: number): void {
  for (let j = 0; j < length; j++) into[at + j] = (into[at + j] as number) + factor * (from[fromAt + j] as number);
}

/** Inverse of the symmetric matrix whose Cholesky factor this is; n × n. */
export function inverseFromCholesky(l: Float64Array, n: number): Float64Array {
  // Row c: column c of the inverse of L, zero before entry c.
  const columns = new Float64Array(n * n);
  for (let c = 0; c < n; c++) {
    for (let i = c; i < n; i++) {
      const sum = dot(l, i * n + c, columns, c * n + c, i - c);
      columns[c * n + i] = ((i === c ? 1 : 0) - sum) / (l[i * n + i] as number);
    }
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = dot(columns, i * n + i, columns, j * n + i, n - i);
      inverse[i * n + j] = sum;
      inverse[j * n + i] = sum;
    }
  }
  return inverse;
}

/**
 * Inner products of rows of a matrix with vectors, rows.length × vectors. Two rows and four vectors at a time: each number is
 * read for several products, whose sums do not wait for each other.
 * @param vectors count × width, where count is a multiple of four: fill up with zeros.
 */
export function rowProducts(matrix: Float64Array, width: number, rows: Int32Array, vectors: Float64Array): Float64Array {
  const count = vectors.length / width;
  const packed = new Float64Array(vectors.length);
  for (let c = 0; c < count; c++)
    for (let j = 0; j < width; j++) packed[(c - (c % 4)) * width + 4 * j + (c % 4)] = vectors[c * width + j] as number;
  // One row more than asked for: the partner of the last of an odd number.
  const products = new Float64Array((rows.length + 1) * count);
  for (let r = 0; r < rows.length; r += 2) {
    const here = (rows[r] as number) * width;
    const there = (rows[Math.min(r + 1, rows.length - 1)] as number) * width;
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
        const x = matrix[here + j] as number;
        const y = matrix[there + j] as number;
        const v0 = packed[p] as number;
        const v1 = packed[p + 1] as number;
        const v2 = packed[p + 2] as number;
        const v3 = packed[p + 3] as number;
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
  return products.subarray(0, rows.length * count);
}

/** Xᵀ X of the given rows of a rows × width matrix; width × width. */
export function gram(x: Float64Array, width: number, rows: ArrayLike<number>): Float64Array {
  const g = new Float64Array(width * width);
  for (let r = 0; r < rows.length; r++) {
    const at = (rows[r] as number) * width;
    for (let i = 0; i < width; i++) {
      const xi = x[at + i] as number;
      if (xi === 0) continue;
      addScaled(g, i * width, xi, x, at, i + 1);
    }
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) g[j * width + i] = g[i * width + j] as number;
  return g;
}

/** Inner product of parts of two arrays. Four sums, because each addition would wait for the one before. */
export function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += (a[aStart + i] as number) * (b[bStart + i] as number);
    s1 += (a[aStart + i + 1] as number) * (b[bStart + i + 1] as number);
    s2 += (a[aStart + i + 2] as number) * (b[bStart + i + 2] as number);
    s3 += (a[aStart + i + 3] as number) * (b[bStart + i + 3] as number);
  }
  for (; i < length; i++) s0 += (a[aStart + i] as number) * (b[bStart + i] as number);
  return s0 + s1 + (s2 + s3);
}

export interface Eigenpairs {
  /** By falling absolute value. */
  readonly values: Float64Array;
  /** values.length × n: one unit vector a row. */
  readonly vectors: Float64Array;
}

/**
 * The eigenpairs of largest absolute value of a symmetric n × n matrix, by orthogonal iteration from a fixed start, then
 * Rayleigh–Ritz. Pairs whose values are close may be mixed among each other, which changes the space that all span but little.
 */
export function leadingEigenpairs(a: Float64Array, n: number, wanted: number, iterations = 30): Eigenpairs {
  const count = Math.min(wanted, n);
  let q = new Float64Array(count * n);
  for (let i = 0; i < count; i++) for (let j = 0; j < n; j++) q[i * n + j] = Math.sin(1 + i * 12.9898 + j * 78.233) + (i === j ? 1 : 0);
  orthonormalise(q, count, n);
  for (let iteration = 0; iteration < iterations; iteration++) {
    q = multiply(a, n, q, count);
    orthonormalise(q, count, n);
  }
  const aq = multiply(a, n, q, count);
  const small = new Float64Array(count * count);
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) small[i * count + j] = dot(q, i * n, aq, j * n, n);
  const ritz = jacobi(small, count);
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (i, j) => Math.abs(ritz.values[j] as number) - Math.abs(ritz.values[i] as number),
  );
  const vectors = new Float64Array(count * n);
  order.forEach((from, to) => {
    for (let i = 0; i < count; i++) {
      addScaled(vectors, to * n, ritz.vectors[from * count + i] as number, q, i * n, n);
    }
  });
  return { values: Float64Array.from(order, (i) => ritz.values[i] as number), vectors };
}

function multiply(a: Float64Array, n: number, q: Float64Array, count: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(count * n);
  for (let i = 0; i < count; i++) for (let j = 0; j < n; j++) product[i * n + j] = dot(a, j * n, q, i * n, n);
  return product;
}

/** Gram–Schmidt, twice for accuracy; a vector that vanishes is replaced by a unit vector. */
function orthonormalise(q: Float64Array, count: number, n: number): void {
  for (let i = 0; i < count; i++) {
    for (let attempt = 0; ; attempt++) {
      const before = Math.sqrt(dot(q, i * n, q, i * n, n));
      for (let pass = 0; pass < 2; pass++) {
        for (let k = 0; k < i; k++) {
          addScaled(q, i * n, -dot(q, k * n, q, i * n, n), q, k * n, n);
        }
      }
      const length = Math.sqrt(dot(q, i * n, q, i * n, n));
      if (length > 1e-12 * before && length > 1e-300) {
        for (let j = 0; j < n; j++) q[i * n + j] = (q[i * n + j] as number) / length;
        break;
      }
      for (let j = 0; j < n; j++) q[i * n + j] = j === (i + attempt) % n ? 1 : 0;
    }
  }
}

/** All eigenpairs of a small symmetric matrix by cyclic Jacobi rotations. Vectors are rows. */
export function jacobi(symmetric: Float64Array, n: number): Eigenpairs {
  const a = Float64Array.from(symmetric);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const rotate = (m: Float64Array, i: number, j: number, c: number, s: number) => {
    const [x, y] = [m[i] as number, m[j] as number];
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += 2 * (a[i * n + j] as number) ** 2;
    const all = dot(a, 0, a, 0, n * n);
    if (off <= 1e-28 * all) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q] as number;
        if (apq === 0) continue;
        const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) rotate(a, k * n + p, k * n + q, c, s);
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, c, s);
        for (let k = 0; k < n; k++) rotate(v, p * n + k, q * n + k, c, s);
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number), vectors: v };
}
