import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "../../../base/index.ts";
import { cholesky, forwardSolve } from "../../../base/linearAlgebra.ts";
import { at, Matrix } from "../../../base/matrix.ts";
import { factorise, solveRows } from "./factor.ts";

it("factors and solves as the plain routines do", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 13 }), fc.integer({ min: 0, max: 11 }), (seed, size, count) => {
      const rng = createRng(seed);
      const root = new Matrix(
        size,
        size,
        Float64Array.from({ length: size * size }, () => rng.normal()),
      );
      const matrix = new Matrix(size, size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) for (let k = 0; k < size; k++) matrix.add(i, j, root.at(i, k) * root.at(j, k));
        matrix.add(i, i, 1);
      }
      const factor = factorise(matrix);
      const plain = cholesky(matrix);
      factor.values.forEach((value, i) => void expect(value).toBeCloseTo(at(plain.values, i), 9));
      const stride = size + 3;
      const values = Float64Array.from({ length: count * stride }, () => rng.normal());
      const expected = Array.from({ length: count }, (_, r) => forwardSolve(plain, values.slice(r * stride, r * stride + size)));
      solveRows(factor, values, count, stride);
      expected.forEach((row, r) => {
        row.forEach((value, i) => void expect(at(values, r * stride + i)).toBeCloseTo(value, 8));
      });
    }),
    { numRuns: 60 },
  );
  const indefinite = new Matrix(2, 2, Float64Array.of(1, 2, 2, 1));
  expect(() => factorise(indefinite)).toThrow("not positive definite");
});
