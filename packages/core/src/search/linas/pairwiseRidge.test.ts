import { expect, it } from "vitest";
import { createRng, Matrix } from "../../base/index.ts";
import { backwardSolve, cholesky, forwardSolve } from "../../base/linearAlgebra.ts";
import { PairwiseRidge } from "./pairwiseRidge.ts";

const rng = createRng("pairwise ridge");
const vectors = (count: number, columns: number) =>
  Array.from({ length: count }, () => Float64Array.from({ length: columns }, () => rng.int(2)));

it("learns a sum of columns and of products of two, and says how well", () => {
  const inputs = vectors(80, 8);
  const truth = (x: Float64Array) => 3 + 2 * (x[0] as number) - (x[1] as number) + 4 * (x[2] as number) * (x[3] as number);
  const model = new PairwiseRidge(inputs, inputs.map(truth));
  for (const x of vectors(20, 8)) expect(Math.abs(model.predict(x) - truth(x))).toBeLessThan(0.3);
  expect(model.relativeError).toBeLessThan(0.1);
  const noise = new PairwiseRidge(
    inputs,
    inputs.map(() => rng.normal()),
  );
  expect(noise.relativeError).toBeGreaterThan(0.7);
});

it("is the ridge regression on the columns and all products, solved in primal form", () => {
  // Centred inputs and targets with an intercept of variance one; one of the tried pairs of share and noise must agree.
  const inputs = vectors(30, 5);
  const y = inputs.map((x) => (x[0] as number) - 2 * (x[1] as number) * (x[4] as number) + 0.3 * rng.normal());
  const model = new PairwiseRidge(inputs, y);
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const centre = Array.from({ length: 5 }, (_, column) => average(inputs.map((x) => x[column] as number)));
  const expand = (x: Float64Array): [number[], number[]] => {
    const linear = centre.map((mean, column) => (x[column] as number) - mean);
    return [linear, linear.flatMap((value, i) => linear.slice(0, i).map((other) => value * other))];
  };
  const expanded = inputs.map(expand);
  const unit = (part: 0 | 1) => 1 / average(expanded.map((parts) => parts[part].reduce((sum, value) => sum + value * value, 0)));
  const mean = average(y);
  const probe = vectors(10, 5);
  const predictions = [0, 0.4, 0.8].flatMap((share) =>
    [0.01, 0.06, 0.3].map((noise) => {
      const row = ([linear, pairs]: [number[], number[]]) => [
        1,
        ...linear.map((value) => value * Math.sqrt((1 - share) * unit(0))),
        ...pairs.map((value) => value * Math.sqrt(share * unit(1))),
      ];
      const rows = expanded.map(row);
      const size = rows[0]?.length as number;
      const normal = new Matrix(size, size);
      const right = new Float64Array(size);
      rows.forEach((values, n) => {
        values.forEach((a, i) => {
          right[i] = (right[i] as number) + a * ((y[n] as number) - mean);
          values.forEach((b, j) => {
            normal.add(i, j, a * b);
          });
        });
      });
      for (let i = 0; i < size; i++) normal.add(i, i, noise);
      const l = cholesky(normal);
      const weights = backwardSolve(l, forwardSolve(l, right));
      return probe.map((x) => mean + row(expand(x)).reduce((sum, value, i) => sum + value * (weights[i] as number), 0));
    }),
  );
  const distance = (values: readonly number[]) =>
    Math.max(...values.map((value, i) => Math.abs(value - model.predict(probe[i] as Float64Array))));
  expect(Math.min(...predictions.map(distance))).toBeLessThan(1e-8);
});

it("copes with one trial, with equal targets and without columns", () => {
  expect(new PairwiseRidge([Float64Array.of(1, 0)], [7]).predict(Float64Array.of(0, 1))).toBeCloseTo(7);
  const same = new PairwiseRidge(vectors(5, 3), [2, 2, 2, 2, 2]);
  expect(same.predict(Float64Array.of(1, 1, 1))).toBeCloseTo(2);
  expect(new PairwiseRidge([new Float64Array(0), new Float64Array(0)], [1, 3]).predict(new Float64Array(0))).toBeCloseTo(2);
});
