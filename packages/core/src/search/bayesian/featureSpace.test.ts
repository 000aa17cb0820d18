import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { item, type Matrix } from "../../base/matrix.ts";
import { createSpace } from "../../spaces/index.ts";
import type { CandidateFeatures, NamedNumbers } from "../searcher.ts";
import { blockNames, FeatureSpace } from "./featureSpace.ts";

const space = createSpace({ name: "nasbench201" });
const none: NamedNumbers = new Map();
const block = (matrices: readonly Matrix[], name: (typeof blockNames)[number]): Matrix => item(matrices, blockNames.indexOf(name));

function spaceOf(describe: (genotype: readonly number[]) => Partial<CandidateFeatures>, count = 400) {
  const rng = createRng("sample");
  const sample = Array.from({ length: count }, () => space.sample(rng));
  const look = (g: readonly number[]): CandidateFeatures => ({ summary: none, structure: none, executed: none, ...describe(g) });
  return { features: new FeatureSpace(space, look, sample), sample };
}

it("brings columns to one variance, and leaves out those that never change or say what another says", () => {
  const { features, sample } = spaceOf((g) => ({
    summary: new Map([
      ["count a", g[0] ?? 0],
      ["count b", 100 - 7 * (g[0] ?? 0)],
      ["count c", 1000 * (g[1] ?? 0)],
      ["count d", 5],
    ]),
  }));
  const matrix = block(features.matrices(sample), "summary");
  expect(matrix.cols).toBe(2);
  for (let column = 0; column < 2; column++) {
    const values = sample.map((_, i) => matrix.at(i, column));
    expect(values.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
    // The mean squared distance of two candidates is 2: twice the sum of the variances.
    expect(values.reduce((sum, value) => sum + value * value, 0) / values.length).toBeCloseTo(1 / 2, 9);
  }
});

it("takes what is unknown of a candidate as usual, and what is known to be absent as 0", () => {
  const { features, sample } = spaceOf((g) => ({
    summary: new Map([
      ...((g[0] ?? 0) > 0 ? [["paths long", 10 + (g[1] ?? 0)] as const, ...((g[2] ?? 0) > 0 ? [["paths short", 3] as const] : [])] : []),
      ["connected", (g[0] ?? 0) > 0 ? 1 : 0],
    ]),
  }));
  // By name: connected, paths long, paths short.
  const matrix = block(features.matrices(sample), "summary");
  sample.forEach((g, i) => {
    if (g[0] === 0) expect([matrix.at(i, 1), matrix.at(i, 2)]).toEqual([0, 0]);
    else expect(Math.sign(matrix.at(i, 2))).toBe((g[2] ?? 0) > 0 ? 1 : -1);
  });
});

it("keeps most of the distances where a block has many columns", () => {
  const names = Array.from({ length: 60 }, (_, i) => `part ${i}`);
  const { features, sample } = spaceOf((g) => ({
    structure: new Map(names.map((name, i) => [name, (g[i % 6] ?? 0) + (g[(i * 7) % 6] ?? 0) * (g[i % 5] ?? 0)])),
  }));
  const matrix = block(features.matrices(sample), "structure");
  expect(matrix.cols).toBeLessThan(60);
  let sum = 0;
  for (let i = 1; i < sample.length; i++) {
    for (let j = 0; j < matrix.cols; j++) sum += (matrix.at(i, j) - matrix.at(i - 1, j)) ** 2;
  }
  expect(sum / (sample.length - 1)).toBeGreaterThan(1.7);
  expect(sum / (sample.length - 1)).toBeLessThan(2.3);
});
