import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { at, Matrix } from "../../base/matrix.ts";
import { type LinearModel, mixModels, type Observations } from "./mixture.ts";

type Rows = number[][];

/** Gauss–Jordan with pivoting: the slow oracle. */
function inverse(matrix: Rows): { inverse: Rows; determinant: number } {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  let determinant = 1;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(work[r]?.[c] as number) > Math.abs(work[pivot]?.[c] as number)) pivot = r;
    if (pivot !== c) determinant = -determinant;
    [work[c], work[pivot]] = [work[pivot] as number[], work[c] as number[]];
    const row = work[c] as number[];
    const p = row[c] as number;
    determinant *= p;
    for (let j = 0; j < 2 * n; j++) row[j] = (row[j] as number) / p;
    work.forEach((other, r) => {
      if (r === c) return;
      const f = other[c] as number;
      for (let j = 0; j < 2 * n; j++) other[j] = (other[j] as number) - f * (row[j] as number);
    });
  }
  return { inverse: work.map((row) => row.slice(n)), determinant };
}

const prior = { shape: 1.5, scale: 0.3 };

function problem(seed: number, count: number, width: number) {
  const rng = createRng(seed);
  const features = new Matrix(
    count,
    width,
    Float64Array.from({ length: count * width }, () => rng.normal()),
  );
  const observations: Observations = {
    features,
    values: Float64Array.from({ length: count }, () => rng.normal()),
    extraVariance: Float64Array.from({ length: count }, () => 0.1 * rng.next()),
  };
  const models = Array.from(
    { length: 3 },
    (_, i): LinearModel => ({
      variances: Float64Array.from({ length: width }, () => 0.1 + rng.next()),
      noise: 0.05 + rng.next(),
      logPrior: Math.log(i + 1),
    }),
  );
  return { observations, models };
}

/** In the space of the weights: precision = Qᵀ N⁻¹ Q + V⁻¹, where the fast code works in that of the observations. */
function oracle({ variances, noise, logPrior }: LinearModel, { features, values, extraVariance }: Observations) {
  const [count, width] = [values.length, variances.length];
  const noises = [...extraVariance].map((extra) => noise + (extra * (prior.shape + 1)) / prior.scale);
  const q = (i: number, j: number) => features.at(i, j);
  const precision = Array.from({ length: width }, (_, a) =>
    Array.from({ length: width }, (_, b) => {
      let sum = a === b ? 1 / at(variances, a) : 0;
      for (let i = 0; i < count; i++) sum += (q(i, a) * q(i, b)) / (noises[i] as number);
      return sum;
    }),
  );
  const covariance = inverse(precision).inverse;
  const moment = Array.from({ length: width }, (_, j) => [...values].reduce((sum, y, i) => sum + (q(i, j) * y) / (noises[i] as number), 0));
  const mean = covariance.map((row) => row.reduce((sum, c, j) => sum + c * (moment[j] as number), 0));
  const marginal = inverse(
    noises.map((own, a) => noises.map((_, b) => [...variances].reduce((sum, v, j) => sum + v * q(a, j) * q(b, j), a === b ? own : 0))),
  );
  const square = [...values].reduce(
    (sum, y, a) => sum + y * [...values].reduce((inner, z, b) => inner + (marginal.inverse[a]?.[b] as number) * z, 0),
    0,
  );
  const shape = prior.shape + count / 2;
  const scale = prior.scale + square / 2;
  return {
    mean,
    covariance,
    amplitude: scale / Math.max(shape - 1, 0.5),
    logWeight: logPrior - 0.5 * Math.log(marginal.determinant) - shape * Math.log(scale),
  };
}

/** A value beyond what the posterior mean of all the others predicts for it. */
function longerThanExpected(model: LinearModel, { features, values, extraVariance }: Observations, left: number): number {
  const width = model.variances.length;
  const others = values.map((_, i) => i).filter((i) => i !== left);
  const { mean } = oracle(model, {
    features: Matrix.fromRows(
      Array.from(others, (i) => features.row(i)),
      width,
    ),
    values: others.map((i) => at(values, i)),
    extraVariance: others.map((i) => at(extraVariance, i)),
  });
  return at(values, left) - mean.reduce((sum, m, j) => sum + m * features.at(left, j), 0);
}

const cases = fc.record({ seed: fc.integer(), count: fc.integer({ min: 1, max: 8 }), width: fc.integer({ min: 1, max: 8 }) });

it("is the posterior that dense inverses give", () => {
  fc.assert(
    fc.property(cases, ({ seed, count, width }) => {
      const { observations, models } = problem(seed, count, width);
      const model = models[0] as LinearModel;
      const fast = mixModels([model], observations, prior);
      const slow = oracle(model, observations);
      expect(fast.noise).toBeCloseTo(slow.amplitude * model.noise, 8);
      expect(fast.probabilities).toEqual(Float64Array.of(1));
      for (let a = 0; a < width; a++) {
        expect(fast.mean[a]).toBeCloseTo(slow.mean[a] as number, 8);
        for (let b = 0; b < width; b++) {
          const value = (a === b ? at(fast.variances, a) : 0) - fast.correction.at(a, b);
          expect(value).toBeCloseTo(slow.amplitude * (slow.covariance[a]?.[b] as number), 8);
        }
      }
    }),
  );
});

it("has the mean and covariance of the mixture, spread between the models included", () => {
  fc.assert(
    fc.property(cases, fc.boolean(), ({ seed, count, width }, alike) => {
      const { observations, models: different } = problem(seed, count, width);
      // Models that share one array of variances take a shorter way.
      const models = different.map((model, i) =>
        alike && i < 2 ? { ...model, variances: (different[0] as LinearModel).variances } : model,
      );
      const mixed = mixModels(models, observations, prior);
      const slow = models.map((model) => oracle(model, observations));
      const weights = slow.map(({ logWeight }) => Math.exp(logWeight - Math.max(...slow.map((each) => each.logWeight))));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const p = weights.map((weight) => weight / total);
      fc.pre(p.every((each) => each > 0.002));
      const mean = Array.from({ length: width }, (_, a) =>
        slow.reduce((sum, each, k) => sum + (p[k] as number) * (each.mean[a] as number), 0),
      );
      for (let a = 0; a < width; a++) {
        expect(mixed.mean[a]).toBeCloseTo(mean[a] as number, 8);
        for (let b = 0; b < width; b++) {
          const expected = slow.reduce(
            (sum, each, k) =>
              sum +
              (p[k] as number) *
                (each.amplitude * (each.covariance[a]?.[b] as number) +
                  ((each.mean[a] as number) - (mean[a] as number)) * ((each.mean[b] as number) - (mean[b] as number))),
            0,
          );
          expect((a === b ? at(mixed.variances, a) : 0) - mixed.correction.at(a, b)).toBeCloseTo(expected, 8);
        }
      }
    }),
  );
});

it("averages over which observation was an outlier, if any", () => {
  fc.assert(
    fc.property(cases, ({ seed, count, width }) => {
      const { observations, models } = problem(seed, count, width);
      const outliers = { probability: 0.2, variance: 3 };
      const mixed = mixModels(models, observations, prior, outliers);
      const usual = prior.scale / (prior.shape + 1);
      const slow = models.flatMap((model) =>
        Array.from({ length: count + 1 }, (_, outlier) => outlier).flatMap((outlier) => {
          if (outlier < count && longerThanExpected(model, observations, outlier) <= 0) return [];
          const extraVariance = observations.extraVariance.map((extra, i) => extra + (i === outlier ? outliers.variance * usual : 0));
          const one = oracle(model, { ...observations, extraVariance });
          return [{ ...one, logWeight: one.logWeight + (outlier < count ? Math.log(0.2 / 0.8) : 0) }];
        }),
      );
      const weights = slow.map(({ logWeight }) => Math.exp(logWeight - Math.max(...slow.map((each) => each.logWeight))));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let a = 0; a < width; a++) {
        const mean = slow.reduce((sum, one, k) => sum + ((weights[k] as number) / total) * (one.mean[a] as number), 0);
        expect(mixed.mean[a]).toBeCloseTo(mean, 8);
        const square = slow.reduce(
          (sum, one, k) =>
            sum + ((weights[k] as number) / total) * (one.amplitude * (one.covariance[a]?.[a] as number) + (one.mean[a] as number) ** 2),
          0,
        );
        const variance = at(mixed.variances, a) - mixed.correction.at(a, a);
        // Models of less than a ten-thousandth are left out.
        expect(Math.abs(variance / (square - mean ** 2) - 1)).toBeLessThan(0.05);
      }
    }),
    { numRuns: 40 },
  );
});

it("gives a measurement that is too long to fit little say", () => {
  const count = 9;
  const features = Matrix.fromRows(
    Array.from({ length: count }, (_, i) => [(i - 4) / 4, 1]),
    2,
  );
  const lengthenedBy = (extra: number) => Float64Array.from({ length: count }, (_, i) => (i - 4) / 4 + (i === 7 ? extra : 0));
  const models = [{ variances: Float64Array.of(1, 1), noise: 0.01, logPrior: 0 }];
  const slope = (extra: number, outliers?: { probability: number; variance: number }) =>
    mixModels(models, { features, values: lengthenedBy(extra), extraVariance: new Float64Array(count) }, prior, outliers).mean[0] as number;
  const rare = { probability: 0.05, variance: 8 };
  expect(Math.abs(slope(3, rare) - 1)).toBeLessThan(0.1);
  expect(Math.abs(slope(3) - 1)).toBeGreaterThan(0.3);
  // Nothing makes a device faster than it is.
  expect(Math.abs(slope(-3, rare) - 1)).toBeGreaterThan(0.3);
});
