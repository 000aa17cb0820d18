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

/** Xᵀ X of the given rows of a rows × width matrix; width × width. */
export function gram(x: Float64Array, width: number, rows: ArrayLike<number>): Float64Array {
  const g = new Float64Array(width * width);
  for (let r = 0; r < rows.length; r++) {
    const at = (rows[r] as number) * width;
    for (let i = 0; i < width; i++) {
      const xi = x[at + i] as number;
      if (xi === 0) continue;
      const base = i * width;
      for (let j = 0; j <= i; j++) g[base + j] = (g[base + j] as number) + xi * (x[at + j] as number);
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
      const c = ritz.vectors[from * count + i] as number;
      for (let j = 0; j < n; j++) vectors[to * n + j] = (vectors[to * n + j] as number) + c * (q[i * n + j] as number);
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
          const c = dot(q, k * n, q, i * n, n);
          for (let j = 0; j < n; j++) q[i * n + j] = (q[i * n + j] as number) - c * (q[k * n + j] as number);
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
