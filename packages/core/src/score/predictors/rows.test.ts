import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { at, item, Matrix } from "../../base/matrix.ts";
import { hyperPrior, logPosterior, type Regression } from "../../search/bayesian/process/gaussianProcess.ts";
import type { KernelBlock } from "../../search/bayesian/process/kernels.ts";
import { neighboursModel, sizeModel } from "./baselines.ts";
import { likeliest } from "./gaussianProcess.ts";
import { hypothesesAround } from "./hypotheses.ts";
import type { ScoreCandidate } from "./predictor.ts";
import { ridgeModel } from "./ridge.ts";

const rng = createRng("rows");

/** Candidates without graphs: six choices of two. */
const plain = Array.from({ length: 60 }, (_, i): ScoreCandidate => {
  const encoding = Float64Array.from({ length: 6 }, () => rng.int(2));
  return { architecture: `${i}: ${encoding.join("")}`, encoding };
});

/** Candidates of which nothing is known but their sizes. */
const sized = Array.from({ length: 60 }, (_, i): ScoreCandidate => {
  const [macs, parameters] = [10 + rng.normal(), 8 + rng.normal()];
  const summary = new Map([
    ["log macs", macs],
    ["log parameters", parameters],
  ]);
  return {
    ...{ architecture: String(i), encoding: new Float64Array(0) },
    features: { summary, structure: new Map<string, number>(), executed: new Map<string, number>() },
  };
});

it("size: finds a plane in the logarithms of both sizes", () => {
  const plane = ({ features }: ScoreCandidate) =>
    7 + 2 * (features?.summary.get("log macs") ?? 0) - 3 * (features?.summary.get("log parameters") ?? 0);
  const trials = sized.slice(0, 30).map((candidate) => ({ candidate, score: plane(candidate) }));
  const others = sized.slice(30);
  sizeModel
    .prepare(sized)
    .learn(trials)
    .predict(others)
    .forEach(({ mean }, i) => {
      expect(Math.abs(mean - plane(item(others, i)))).toBeLessThan(0.3);
    });
});

it("neighbours: is the mean of those that differ in the fewest choices", () => {
  const known = plain.slice(0, 20);
  const scoreOf = ({ encoding }: ScoreCandidate) => 10 * at(encoding, 0) + 5 * at(encoding, 1) + at(encoding, 2);
  const trials = known.map((candidate) => ({ candidate, score: scoreOf(candidate) }));
  const others = plain.slice(20);
  const predictions = neighboursModel.prepare(plain).learn(trials).predict(others);
  const differences = (a: ScoreCandidate, b: ScoreCandidate) => a.encoding.filter((value, i) => value !== b.encoding[i]).length;
  // For one of the numbers that are tried: between the least and the most that ties allow.
  const fits = [1, 2, 4, 8, 16].filter((number) =>
    others.every((other, i) => {
      const sorted = known.map((candidate) => ({ candidate, far: differences(candidate, other) })).sort((a, b) => a.far - b.far);
      const edge = item(sorted, number - 1).far;
      const inside = sorted.filter(({ far }) => far < edge).map(({ candidate }) => scoreOf(candidate));
      const tied = sorted.filter(({ far }) => far === edge).map(({ candidate }) => scoreOf(candidate));
      const rest = number - inside.length;
      const mean = (list: readonly number[]) => [...inside, ...list].reduce((sum, value) => sum + value, 0) / number;
      const rising = [...tied].sort((a, b) => a - b);
      const [low, high] = [mean(rising.slice(0, rest)), mean(rising.slice(rising.length - rest))];
      const { median } = item(predictions, i);
      return low - 1e-9 <= median && median <= high + 1e-9;
    }),
  );
  expect(fits.length).toBeGreaterThan(0);
});

it("ridge: learns a product of two choices", () => {
  const scoreOf = ({ encoding }: ScoreCandidate) => 50 + 4 * at(encoding, 0) * at(encoding, 1) - 2 * at(encoding, 2);
  const trials = plain.slice(0, 40).map((candidate) => ({ candidate, score: scoreOf(candidate) }));
  const others = plain.slice(40);
  ridgeModel
    .prepare(plain)
    .learn(trials)
    .predict(others)
    .forEach(({ mean }, i) => {
      expect(Math.abs(mean - scoreOf(item(others, i)))).toBeLessThan(0.6);
    });
});

const blocks: readonly KernelBlock[] = [{ kind: "smooth", features: 0 }];

function regressionOf(count: number): Regression {
  const inputs = new Matrix(
    count,
    2,
    Float64Array.from({ length: 2 * count }, () => rng.normal()),
  );
  const values = Float64Array.from({ length: count }, (_, i) => Math.sin(inputs.at(i, 0)) + 0.1 * rng.normal());
  return { blocks, features: [inputs], values, noise: new Float64Array(count).fill(1), prior: hyperPrior(blocks, 0.01) };
}

it("hypotheses: the likeliest is first, weights are densities over those of the draws, and add up to 1", () => {
  const regression = regressionOf(12);
  const { theta } = likeliest(regression);
  const hypotheses = hypothesesAround(regression, theta);
  expect(hypotheses.length).toBeGreaterThan(2);
  expect(hypotheses[0]?.theta).toEqual(theta);
  expect(hypotheses.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  expect(hypothesesAround(regression, theta)).toEqual(hypotheses);
});

it("hypotheses: on average the noise is what an integral over a grid says", () => {
  const regression = regressionOf(25);
  const { theta } = likeliest(regression);
  const hypotheses = hypothesesAround(regression, theta);
  const averaged = hypotheses.reduce((sum, { theta: drawn, weight }) => sum + weight * at(drawn, 2), 0);
  let [total, mean, square] = [0, 0, 0];
  const axis = (i: number) => Array.from({ length: 9 }, (_, k) => at(theta, i) + ((k - 4) / 2) * at(regression.prior.sd, i) * 0.6);
  for (const weight of axis(0)) {
    for (const scale of axis(1)) {
      for (const noise of axis(2)) {
        const density = Math.exp(logPosterior(regression, Float64Array.of(weight, scale, noise)).value);
        total += density;
        mean += density * noise;
        square += density * noise * noise;
      }
    }
  }
  const sd = Math.sqrt(square / total - (mean / total) ** 2);
  // Eight draws: within what their standard error allows.
  expect(Math.abs(averaged - mean / total)).toBeLessThan(1.5 * sd);
});

it("chooses hyper-parameters by some where trials are many", () => {
  const { part } = likeliest(regressionOf(230));
  expect(part.values).toHaveLength(200);
  expect(part.features[0]?.rows).toBe(200);
});
