import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { backwardSolve, cholesky, forwardSolve } from "../../base/linearAlgebra.ts";
import { at, Matrix } from "../../base/matrix.ts";
import { chooseMeasurements } from "./design.ts";

/** Total posterior variance over the pool after measuring rows, by solving with the dense covariance of the measurements. */
function totalVariance(pool: number[][], variances: readonly number[], noise: number, measured: number[][]): number {
  const kernel = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, j) => sum + x * (b[j] as number) * (variances[j] as number), 0);
  const n = measured.length;
  const l = cholesky(
    Matrix.fromRows(
      measured.map((a, i) => measured.map((b, j) => kernel(a, b) + (i === j ? noise : 0))),
      n,
    ),
  );
  return pool.reduce((sum, x) => {
    const k = Float64Array.from(measured, (row) => kernel(x, row));
    const solved = backwardSolve(l, forwardSolve(l, k.slice()));
    return sum + kernel(x, x) - solved.reduce((inner, s, i) => inner + s * at(k, i), 0);
  }, 0);
}

it("takes the candidate that lowers the total variance most, at every step", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 2 }), (seed, before) => {
      const rng = createRng(seed);
      const [rows, width, noise] = [12, 4, 0.1];
      const pool = Array.from({ length: rows }, () => Array.from({ length: width }, () => rng.normal()));
      const variances = Array.from({ length: width }, () => 0.1 + rng.next());
      const measured = Array.from({ length: before }, () => Array.from({ length: width }, () => rng.normal()));
      const candidates = [0, 2, 3, 5, 7, 11];
      const chosen = chooseMeasurements({
        pool: Matrix.fromRows(pool, width),
        variances: Float64Array.from(variances),
        noise,
        candidates,
        measured: Matrix.fromRows(measured, width),
        count: 3,
      });
      expect(new Set(chosen).size).toBe(3);
      const taken = [...measured];
      for (const choice of chosen) {
        const after = (row: number) => totalVariance(pool, variances, noise, [...taken, pool[row] as number[]]);
        const free = candidates.filter((row) => !taken.includes(pool[row] as number[]));
        expect(after(choice)).toBeLessThanOrEqual(Math.min(...free.map(after)) + 1e-9);
        taken.push(pool[choice] as number[]);
      }
    }),
    { numRuns: 40 },
  );
});
