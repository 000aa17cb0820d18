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
import { at, Matrix } from "./matrix.ts";

const randomMatrix = (rows: number, columns: number, seed: number) => {
  const rng = createRng(seed);
  return new Matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => rng.normal()),
  );
};
const randomVector = (length: number, seed: number) => randomMatrix(1, length, seed).values;
const sizes = fc.record({ n: fc.integer({ min: 1, max: 12 }), seed: fc.integer() });

it("adds up inner products as the plain loop does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3 }), fc.integer(), (length, start, seed) => {
      const [a, b] = [randomVector(30, seed), randomVector(30, seed + 1)];
      let sum = 0;
      for (let i = start; i < start + length; i++) sum += at(a, i) * at(b, i);
      expect(dot(a, b, start, start + length)).toBeCloseTo(sum, 10);
    }),
  );
});

it("solves systems: A · x = b, and the determinant is the product of eigenvalues", () => {
  fc.assert(
    fc.property(sizes, ({ n, seed }) => {
      const a = gram(randomMatrix(n + 3, n, seed));
      for (let i = 0; i < n; i++) a.add(i, i, 0.1);
      const b = randomVector(n, seed + 1);
      const l = cholesky(a);
      const x = backwardSolve(l, forwardSolve(l, b.slice()));
      for (let i = 0; i < n; i++) expect(dot(a.row(i), x)).toBeCloseTo(at(b, i), 6);
      const { values } = jacobi(a);
      expect(logDeterminant(l)).toBeCloseTo(
        values.reduce((sum, value) => sum + Math.log(value), 0),
        6,
      );
    }),
  );
});

it("refuses a matrix that is not positive definite", () => {
  expect(() => cholesky(new Matrix(2, 2, Float64Array.of(1, 2, 2, 1)))).toThrow(/positive definite/);
});

it("rebuilds a matrix from its rotations' eigenpairs", () => {
  fc.assert(
    fc.property(sizes, ({ n, seed }) => {
      const half = randomMatrix(n, n, seed);
      const a = new Matrix(n, n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a.set(i, j, half.at(i, j) + half.at(j, i));
      const { values, vectors } = jacobi(a);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const sum = values.reduce((total, value, k) => total + value * vectors.at(k, i) * vectors.at(k, j), 0);
          expect(sum).toBeCloseTo(a.at(i, j), 8);
        }
      }
    }),
  );
});

it("finds the leading eigenvalues, as rotations find them all", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const n = 30;
      // Eigenvalues fall by half, so that few iterations tell them apart.
      const q = jacobi(gram(randomMatrix(n, n, seed))).vectors;
      const a = new Matrix(n, n);
      for (let k = 0; k < n; k++)
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a.add(i, j, (k % 2 === 0 ? 1 : -1) * 0.5 ** k * q.at(k, i) * q.at(k, j));
      const { values, vectors } = leadingEigenpairs(a, 5);
      values.forEach((value, k) => {
        expect(value).toBeCloseTo((k % 2 === 0 ? 1 : -1) * 0.5 ** k, 8);
        for (let i = 0; i < n; i++) expect(dot(a.row(i), vectors.row(k))).toBeCloseTo(value * vectors.at(k, i), 6);
      });
    }),
    { numRuns: 20 },
  );
});

it("gives unit vectors and zeros for a matrix of lower rank", () => {
  const { values, vectors } = leadingEigenpairs(new Matrix(4, 4), 3);
  expect([...values]).toEqual([0, 0, 0]);
  for (let k = 0; k < 3; k++) expect(dot(vectors.row(k), vectors.row(k))).toBeCloseTo(1, 10);
});

it("multiplies chosen rows with vectors as plain inner products do, for any number of rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer(),
      (rows, width, seed) => {
        const [matrix, vectors] = [randomMatrix(7, width, seed), randomMatrix(8, width, seed + 1)];
        const products = rowProducts(matrix, Int32Array.from(rows), vectors);
        expect([products.rows, products.cols]).toEqual([rows.length, 8]);
        rows.forEach((row, r) => {
          for (let c = 0; c < 8; c++) expect(products.at(r, c)).toBeCloseTo(dot(matrix.row(row), vectors.row(c)), 10);
        });
      },
    ),
  );
});

it("inverts: A · A⁻¹ = 1", () => {
  fc.assert(
    fc.property(sizes, ({ n, seed }) => {
      const a = gram(randomMatrix(n + 3, n, seed));
      for (let i = 0; i < n; i++) a.add(i, i, 0.1);
      const inverse = inverseFromCholesky(cholesky(a));
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) expect(dot(a.row(i), inverse.row(j))).toBeCloseTo(i === j ? 1 : 0, 8);
    }),
  );
});
