import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "./index.ts";
import {
  backwardSolve,
  cholesky,
  dot,
  forwardSolve,
  gram,
  inverseFromCholesky,
  jacobi,
  leadingEigenpairs,
  logDeterminant,
  rowProducts,
} from "./linearAlgebra.ts";

const randomMatrix = (rows: number, columns: number, seed: number) => {
  const rng = createRng(seed);
  return Float64Array.from({ length: rows * columns }, () => rng.normal());
};
const everyRow = (rows: number) => Array.from({ length: rows }, (_, i) => i);
const sizes = fc.record({ n: fc.integer({ min: 1, max: 12 }), seed: fc.integer() });

it("adds up inner products as the plain loop does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3 }), fc.integer(), (length, start, seed) => {
      const [a, b] = [randomMatrix(1, 30, seed), randomMatrix(1, 30, seed + 1)];
      let sum = 0;
      for (let i = 0; i < length; i++) sum += (a[start + i] as number) * (b[i] as number);
      expect(dot(a, start, b, 0, length)).toBeCloseTo(sum, 10);
    }),
  );
});

it("solves systems: A · x = b, and the determinant is the product of eigenvalues", () => {
  fc.assert(
    fc.property(sizes, ({ n, seed }) => {
      const a = gram(randomMatrix(n + 3, n, seed), n, everyRow(n + 3));
      for (let i = 0; i < n; i++) a[i * n + i] = (a[i * n + i] as number) + 0.1;
      const b = randomMatrix(n, 1, seed + 1);
      const l = cholesky(a, n);
      const x = backwardSolve(l, n, forwardSolve(l, n, Float64Array.from(b)));
      for (let i = 0; i < n; i++) expect(dot(a, i * n, x, 0, n)).toBeCloseTo(b[i] as number, 6);
      const { values } = jacobi(a, n);
      expect(logDeterminant(l, n)).toBeCloseTo(
        values.reduce((sum, value) => sum + Math.log(value), 0),
        6,
      );
    }),
  );
});

it("refuses a matrix that is not positive definite", () => {
  expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(/positive definite/);
});

it("rebuilds a matrix from its rotations' eigenpairs", () => {
  fc.assert(
    fc.property(sizes, ({ n, seed }) => {
      const half = randomMatrix(n, n, seed);
      const a = half.map((value, at) => value + (half[(at % n) * n + Math.floor(at / n)] as number));
      const { values, vectors } = jacobi(a, n);
      a.forEach((value, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        let sum = 0;
        for (let k = 0; k < n; k++) sum += (values[k] as number) * (vectors[k * n + i] as number) * (vectors[k * n + j] as number);
        expect(sum).toBeCloseTo(value, 8);
      });
    }),
  );
});

it("finds the leading eigenvalues, as rotations find them all", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const n = 30;
      // Eigenvalues fall by half, so that few iterations tell them apart.
      const q = jacobi(gram(randomMatrix(n, n, seed), n, everyRow(n)), n).vectors;
      const a = new Float64Array(n * n);
      for (let k = 0; k < n; k++)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++)
            a[i * n + j] =
              (a[i * n + j] as number) + (k % 2 === 0 ? 1 : -1) * 0.5 ** k * (q[k * n + i] as number) * (q[k * n + j] as number);
      const { values, vectors } = leadingEigenpairs(a, n, 5);
      values.forEach((value, k) => {
        expect(value).toBeCloseTo((k % 2 === 0 ? 1 : -1) * 0.5 ** k, 8);
        for (let i = 0; i < n; i++) expect(dot(a, i * n, vectors, k * n, n)).toBeCloseTo(value * (vectors[k * n + i] as number), 6);
      });
    }),
    { numRuns: 20 },
  );
});

it("gives unit vectors and zeros for a matrix of lower rank", () => {
  const { values, vectors } = leadingEigenpairs(new Float64Array(16), 4, 3);
  expect([...values]).toEqual([0, 0, 0]);
  for (let k = 0; k < 3; k++) expect(dot(vectors, k * 4, vectors, k * 4, 4)).toBeCloseTo(1, 10);
});

it("multiplies chosen rows with vectors as plain inner products do, for any number of rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer(),
      (rows, width, seed) => {
        const [matrix, vectors] = [randomMatrix(7, width, seed), randomMatrix(8, width, seed + 1)];
        const products = rowProducts(matrix, width, Int32Array.from(rows), vectors);
        expect(products).toHaveLength(8 * rows.length);
        rows.forEach((row, r) => {
          for (let c = 0; c < 8; c++) expect(products[8 * r + c]).toBeCloseTo(dot(matrix, row * width, vectors, c * width, width), 10);
        });
      },
    ),
  );
});

it("inverts: A · A⁻¹ = 1", () => {
  fc.assert(
    fc.property(sizes, ({ n, seed }) => {
      const a = gram(randomMatrix(n + 3, n, seed), n, everyRow(n + 3));
      for (let i = 0; i < n; i++) a[i * n + i] = (a[i * n + i] as number) + 0.1;
      const inverse = inverseFromCholesky(cholesky(a, n), n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) expect(dot(a, i * n, inverse, j * n, n)).toBeCloseTo(i === j ? 1 : 0, 8);
    }),
  );
});
