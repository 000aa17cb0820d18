import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng, type Rng } from "../../../base/index.ts";
import { at, item, Matrix } from "../../../base/matrix.ts";
import { climb, GaussianProcess, hyperPrior, logPosterior, type Regression } from "./gaussianProcess.ts";
import type { KernelBlock } from "./kernels.ts";

const blocks: readonly KernelBlock[] = [
  { kind: "smooth", features: 0 },
  { kind: "smooth", features: 1 },
  { kind: "linear", features: 0 },
];

const randomMatrix = (rows: number, cols: number, rng: Rng) =>
  new Matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => rng.normal()),
  );

function regressionOf(count: number, rng: Rng): Regression {
  return {
    blocks,
    features: [randomMatrix(count, 3, rng), randomMatrix(count, 5, rng)],
    values: Float64Array.from({ length: count }, () => rng.normal()),
    noise: Float64Array.from({ length: count }, () => 0.5 + rng.next()),
    prior: hyperPrior(blocks, 0.05),
  };
}

const thetaOf = ({ prior }: Regression, rng: Rng) => prior.mean.map((mean, i) => mean + 0.7 * at(prior.sd, i) * rng.normal());

/** The covariance of two candidates, from the definition. */
function kernel(theta: Float64Array, a: readonly Float64Array[], b: readonly Float64Array[]): number {
  return blocks.reduce((sum, { kind, features }, block) => {
    const [x, y] = [item(a, features), item(b, features)];
    const weight = Math.exp(at(theta, block));
    if (kind === "linear") return sum + weight * x.reduce((inner, value, i) => inner + value * at(y, i), 0);
    const distance = Math.sqrt(x.reduce((inner, value, i) => inner + (value - at(y, i)) ** 2, 0));
    const r = (Math.sqrt(5) * distance) / Math.exp(at(theta, blocks.length + block));
    return sum + weight * (1 + r + (r * r) / 3) * Math.exp(-r);
  }, 4);
}

/** Gauss–Jordan with pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, item(right, i)]);
  for (let c = 0; c < rows.length; c++) {
    let pivot = c;
    for (let r = c; r < rows.length; r++) if (Math.abs(rows[r]?.[c] as number) > Math.abs(rows[pivot]?.[c] as number)) pivot = r;
    [rows[c], rows[pivot]] = [item(rows, pivot), item(rows, c)];
    const lead = item(rows, c);
    const scale = lead[c] as number;
    rows.forEach((row, r) => {
      if (r === c) return;
      const factor = (row[c] as number) / scale;
      for (let k = c; k < row.length; k++) row[k] = (row[k] as number) - factor * (lead[k] as number);
    });
  }
  return rows.map((row, i) => (row.at(-1) as number) / (row[i] as number));
}

it("has the gradient that finite differences show", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 9 }), (seed, count) => {
      const rng = createRng(seed);
      const regression = regressionOf(count, rng);
      const theta = thetaOf(regression, rng);
      const { gradient } = logPosterior(regression, theta);
      theta.forEach((_, i) => {
        const step = 1e-5;
        const moved = (by: number) =>
          logPosterior(
            regression,
            theta.map((value, k) => (k === i ? value + by : value)),
          ).value;
        const numeric = (moved(step) - moved(-step)) / (2 * step);
        expect(Math.abs(at(gradient, i) - numeric)).toBeLessThan(1e-4 * (1 + Math.abs(numeric)));
      });
    }),
    { numRuns: 30 },
  );
});

it("is the posterior that a direct solution gives", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 8 }), fc.constantFrom(1, 3, 4, 7, 66), (seed, count, asked) => {
      const rng = createRng(seed);
      const regression = regressionOf(count, rng);
      const theta = thetaOf(regression, rng);
      const process = new GaussianProcess(regression, theta);
      const fresh = [randomMatrix(asked, 3, rng), randomMatrix(asked, 5, rng)];
      const { mean, variance } = process.predict(fresh);
      const roots = process.roots(fresh);
      const rowsOf = (matrices: readonly Matrix[], i: number) => matrices.map((matrix) => matrix.row(i));
      const indices = Array.from({ length: count }, (_, i) => i);
      const own = (i: number) => rowsOf(regression.features, i);
      const covariance = indices.map((i) =>
        indices.map((j) => kernel(theta, own(i), own(j)) + (i === j ? process.noise * at(regression.noise, i) : 0)),
      );
      const shared = process.kernel(fresh, 0);
      for (let c = 0; c < asked; c += asked > 9 ? 13 : 1) {
        expect(at(shared, c)).toBeCloseTo(kernel(theta, rowsOf(fresh, c), rowsOf(fresh, 0)), 9);
        const k = indices.map((i) => kernel(theta, rowsOf(fresh, c), own(i)));
        const solved = solve(covariance, k);
        const expectedMean = solved.reduce((sum, s, i) => sum + s * at(regression.values, i), 0);
        const reduced = (other: readonly number[]) => solved.reduce((sum, s, i) => sum + s * item(other, i), 0);
        expect(at(mean, c)).toBeCloseTo(expectedMean, 6);
        expect(at(variance, c)).toBeCloseTo(Math.max(kernel(theta, rowsOf(fresh, c), rowsOf(fresh, c)) - reduced(k), 1e-8), 6);
        // Products of the roots are what covariances shrink by.
        const other = indices.map((i) => kernel(theta, rowsOf(fresh, 0), own(i)));
        expect(roots.row(c).reduce((sum, value, i) => sum + value * at(roots.row(0), i), 0)).toBeCloseTo(reduced(other), 6);
      }
    }),
    { numRuns: 30 },
  );
});

it("leaves out each value as if it had not been told", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 7 }), (seed, count) => {
      const rng = createRng(seed);
      const regression = regressionOf(count, rng);
      const theta = thetaOf(regression, rng);
      const leftOut = new GaussianProcess(regression, theta).leftOut();
      for (let i = 0; i < count; i++) {
        const others = Array.from({ length: count }, (_, k) => k).filter((k) => k !== i);
        const pick = (values: Float64Array) => Float64Array.from(others, (k) => at(values, k));
        const rows = (matrix: Matrix, of: readonly number[]) =>
          Matrix.fromRows(
            of.map((k) => matrix.row(k)),
            matrix.cols,
          );
        const { features, values, noise } = regression;
        const rest = { ...regression, features: features.map((m) => rows(m, others)), values: pick(values), noise: pick(noise) };
        const process = new GaussianProcess(rest, theta);
        const { mean, variance } = process.predict(features.map((m) => rows(m, [i])));
        const expected = (at(values, i) - at(mean, 0)) / Math.sqrt(at(variance, 0) + process.noise * at(noise, i));
        expect(at(leftOut, i)).toBeCloseTo(expected, 6);
      }
    }),
    { numRuns: 20 },
  );
});

it("climbs to hyper-parameters no worse than where it began", () => {
  const rng = createRng("climb");
  const regression = regressionOf(20, rng);
  const start = regression.prior.mean;
  const value = (theta: Float64Array) => logPosterior(regression, theta).value;
  expect(value(climb(regression, start, 40))).toBeGreaterThan(value(start));
  expect(climb(regression, start, 1)).toEqual(start);
});
