import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, Matrix } from "../base/index.ts";
import { fitLinearProbe, type LinearProbe } from "./linearProbe.ts";

/** Points around a centre of their class. */
function drawn(seed: number, examples: number, features: number, classes: number) {
  const rng = createRng(seed);
  const centres = Array.from({ length: classes }, () => Array.from({ length: features }, () => rng.normal()));
  const labels = Array.from({ length: examples }, (_, i) => i % classes);
  const rows = labels.map((label) => (centres[label] as number[]).map((centre) => centre + 2 * rng.normal() + 3));
  return { rows, labels, features: Matrix.fromRows(rows, features) };
}

function scoresOf({ weights, bias }: LinearProbe, row: readonly number[]): number[] {
  return [...bias].map((offset, k) => row.reduce((sum, value, j) => sum + value * weights.at(j, k), offset));
}

describe("a linear probe", () => {
  it("has the leave-one-out accuracy of as many fits as there are examples, with more features than examples or fewer", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 4, max: 14 }), fc.integer({ min: 1, max: 16 }), (seed, examples, width) => {
        const { rows, labels, features } = drawn(seed, examples, width, 3);
        // The penalty of a fit is relative to the variance of its own examples; this one is the same for all fits.
        const absolute = 0.1 * examples * varianceOf(rows);
        const right = rows.filter((row, left) => {
          const others = rows.filter((_, i) => i !== left);
          const relative = absolute / ((examples - 1) * varianceOf(others));
          const probe = fitLinearProbe(
            Matrix.fromRows(others, width),
            labels.filter((_, i) => i !== left),
            3,
            [relative],
          );
          const scores = scoresOf(probe, row);
          return scores.indexOf(Math.max(...scores)) === labels[left];
        });
        expect(fitLinearProbe(features, labels, 3, [0.1]).leaveOneOutAccuracy).toBeCloseTo((100 * right.length) / examples, 9);
      }),
      { numRuns: 30 },
    );
  });

  it("is the same by features and by examples", () => {
    // Columns of zeros add nothing, but more of them than examples are solved by the examples. The mean variance falls with them.
    const { rows, labels, features } = drawn(3, 12, 5, 2);
    const wide = Matrix.fromRows(
      rows.map((row) => [...row, ...Array<number>(15).fill(0)]),
      20,
    );
    const [narrow, filled] = [fitLinearProbe(features, labels, 2, [0.01]), fitLinearProbe(wide, labels, 2, [0.04])];
    expect(filled.leaveOneOutAccuracy).toBe(narrow.leaveOneOutAccuracy);
    for (let j = 0; j < 5; j++) expect(filled.weights.at(j, 0)).toBeCloseTo(narrow.weights.at(j, 0), 9);
    expect(filled.bias[0]).toBeCloseTo(narrow.bias[0] as number, 9);
  });

  it("fits the numbers of another program", () => {
    // NumPy 1.24: a solve of the normal equations for each of eight sets of seven examples and for all, at each penalty.
    const rows = [
      [0.5, 1.2, -0.3],
      [1.1, 0.4, 0.8],
      [-0.7, 0.9, 1.5],
      [2.0, -1.1, 0.6],
      [0.1, 0.3, -1.2],
      [-1.4, 0.2, 0.7],
      [0.9, 1.8, -0.5],
      [-0.2, -0.6, 1.1],
    ];
    const fitted = (penalties?: readonly number[]) => fitLinearProbe(Matrix.fromRows(rows, 3), [0, 1, 2, 1, 0, 2, 0, 2], 3, penalties);
    const probe = fitted();
    expect(probe.penalty).toBe(0.1);
    expect(probe.leaveOneOutAccuracy).toBe(100);
    expect([1, 10].map((penalty) => fitted([penalty]).leaveOneOutAccuracy)).toEqual([87.5, 0]);
    const weights = [
      0.047870387749, 0.600766600085, -0.648636987834, 0.384005890222, -0.231963758555, -0.152042131667, -0.787542534231, 0.29997359999,
      0.487568934241,
    ];
    weights.forEach((weight, i) => {
      expect(probe.weights.values[i]).toBeCloseTo(weight, 10);
    });
    [-0.146769413636, -0.684075531081, -0.169155055283].forEach((bias, k) => {
      expect(probe.bias[k]).toBeCloseTo(bias, 10);
    });
  });

  it("knows nothing where features never change, and refuses what is no number", () => {
    const constant = new Matrix(4, 2, new Float64Array(8).fill(7));
    const probe = fitLinearProbe(constant, [0, 0, 0, 1], 2);
    expect([...probe.weights.values]).toEqual([0, 0, 0, 0]);
    expect(probe.penalty).toBe(10);
    expect(() => fitLinearProbe(new Matrix(2, 1, Float64Array.of(1, Number.NaN)), [0, 1], 2)).toThrow("not finite");
    expect(() => fitLinearProbe(new Matrix(1, 1), [0], 2)).toThrow("1 examples");
  });
});

/** Mean variance of a feature. */
function varianceOf(rows: readonly (readonly number[])[]): number {
  const width = (rows[0] as readonly number[]).length;
  const columns = Array.from({ length: width }, (_, j) => rows.map((row) => row[j] as number));
  const variances = columns.map((column) => {
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    return column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
  });
  return variances.reduce((a, b) => a + b, 0) / width;
}
