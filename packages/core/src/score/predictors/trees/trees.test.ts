import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng, type Rng } from "../../../base/index.ts";
import { at, intAt, item, Matrix } from "../../../base/matrix.ts";
import { BoostedTrees } from "./boosting.ts";
import { growTree, type RegressionTree, sortColumns, treeValue } from "./regressionTree.ts";

const inputsOf = (rows: number, cols: number, values: number, rng: Rng) =>
  Matrix.fromRows(
    Array.from({ length: rows }, () => Array.from({ length: cols }, () => rng.int(values) - 1)),
    cols,
  );

/** The best gain of all splits of some rows, by trying every value of every column. */
function bestGain(inputs: Matrix, targets: Float64Array, rows: readonly number[], leaf: number, shrinkage: number): number {
  const score = (list: readonly number[]) => list.reduce((sum, row) => sum + at(targets, row), 0) ** 2 / (list.length + shrinkage);
  let best = 0;
  for (let column = 0; column < inputs.cols; column++) {
    for (const threshold of new Set(rows.map((row) => inputs.at(row, column)))) {
      const left = rows.filter((row) => inputs.at(row, column) <= threshold);
      const right = rows.filter((row) => inputs.at(row, column) > threshold);
      if (right.length === 0 || Math.min(left.length, right.length) < leaf) continue;
      best = Math.max(best, score(left) + score(right) - score(rows));
    }
  }
  return best;
}

/** The rows that reach each node. */
function rowsByNode(tree: RegressionTree, inputs: Matrix, rows: readonly number[]): Map<number, number[]> {
  const reached = new Map<number, number[]>();
  for (const row of rows) {
    for (let node = 0; ; ) {
      reached.set(node, [...(reached.get(node) ?? []), row]);
      const column = intAt(tree.columns, node);
      if (column < 0) break;
      node = 2 * node + (inputs.at(row, column) <= at(tree.thresholds, node) ? 1 : 2);
    }
  }
  return reached;
}

it("splits every node as an exhaustive search does, and gives its leaves their shrunken means", () => {
  const arbitrary = fc.record({
    seed: fc.integer(),
    count: fc.integer({ min: 1, max: 14 }),
    cols: fc.integer({ min: 1, max: 4 }),
    values: fc.integer({ min: 1, max: 5 }),
    leaf: fc.integer({ min: 1, max: 3 }),
    shrinkage: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(arbitrary, ({ seed, count, cols, values, leaf, shrinkage }) => {
      const rng = createRng(seed);
      const inputs = inputsOf(count, cols, values, rng);
      const targets = Float64Array.from({ length: count }, () => rng.normal());
      const rows = [...targets.keys()].filter(() => rng.next() < 0.8);
      const depth = 3;
      const tree = growTree(sortColumns(inputs), targets, rows, { depth, leaf, shrinkage });
      for (const [node, here] of rowsByNode(tree, inputs, rows)) {
        const sum = here.reduce((total, row) => total + at(targets, row), 0);
        expect(at(tree.values, node)).toBeCloseTo(sum / (here.length + shrinkage), 9);
        const best = bestGain(inputs, targets, here, leaf, shrinkage);
        const column = intAt(tree.columns, node);
        if (node >= 2 ** depth - 1) expect(column).toBe(-1);
        else if (column < 0) expect(best).toBeLessThan(1e-6);
        else {
          const left = here.filter((row) => inputs.at(row, column) <= at(tree.thresholds, node));
          const right = here.filter((row) => inputs.at(row, column) > at(tree.thresholds, node));
          expect(Math.min(left.length, right.length)).toBeGreaterThanOrEqual(leaf);
          const score = (list: readonly number[]) =>
            list.reduce((total, row) => total + at(targets, row), 0) ** 2 / (list.length + shrinkage);
          expect(score(left) + score(right) - score(here)).toBeCloseTo(best, 6);
        }
      }
    }),
    { numRuns: 200 },
  );
});

it("does not depend on how a column's values are spaced", () => {
  const rng = createRng("monotone");
  const inputs = inputsOf(30, 3, 6, rng);
  const targets = Float64Array.from({ length: 30 }, () => rng.normal());
  const rows = [...targets.keys()];
  const settings = { depth: 3, leaf: 2, shrinkage: 1 };
  const cubed = new Matrix(
    30,
    3,
    inputs.values.map((value) => value ** 3),
  );
  const [plain, other] = [growTree(sortColumns(inputs), targets, rows, settings), growTree(sortColumns(cubed), targets, rows, settings)];
  for (const row of rows) expect(treeValue(other, cubed.row(row))).toBe(treeValue(plain, inputs.row(row)));
});

const settings = { depth: 2, leaf: 1, shrinkage: 0, trees: 60, rate: 0.2, columnShare: 1 };

it("boosts as by hand: a mean, and a share of each tree on what is left", () => {
  // x: 0, 1; y: 1, 5. The mean is 3; a tree splits at .5 into −2 and 2; two trees with rate ½ leave a quarter.
  const sorted = sortColumns(Matrix.fromRows([[0], [1]], 1));
  const trees = new BoostedTrees(sorted, Float64Array.of(1, 5), [0, 1], { ...settings, trees: 2, rate: 0.5 }, createRng(0));
  expect(trees.predict(Float64Array.of(0))).toBeCloseTo(3 - 1.5, 12);
  expect(trees.predict(Float64Array.of(9))).toBeCloseTo(3 + 1.5, 12);
  const one = new BoostedTrees(sorted, Float64Array.of(1, 5), [1], settings, createRng(0));
  expect(one.predict(Float64Array.of(0))).toBe(5);
});

it("comes nearer to what it learns with every tree, and learns a product of two columns", () => {
  const rng = createRng("boosting");
  const inputs = inputsOf(80, 6, 3, rng);
  const truth = (row: Float64Array) => at(row, 0) * at(row, 1) + at(row, 2);
  const rows = Array.from({ length: 80 }, (_, row) => row);
  const targets = Float64Array.from(rows, (row) => truth(inputs.row(row)));
  const sorted = sortColumns(inputs);
  const errors = [0, 5, 20, 60].map((trees) => {
    const model = new BoostedTrees(sorted, targets, rows, { ...settings, trees }, createRng(1));
    return rows.reduce((sum, row) => sum + (model.predict(inputs.row(row)) - at(targets, row)) ** 2, 0);
  });
  expect(errors).toEqual([...errors].sort((a, b) => b - a));
  expect(item(errors, 3)).toBeLessThan(0.05 * item(errors, 0));
  const model = new BoostedTrees(sorted, targets, rows, { ...settings, columnShare: 0.7 }, createRng(2));
  const fresh = inputsOf(40, 6, 3, rng);
  const square = (of: (row: Float64Array) => number) => [...Array(40).keys()].reduce((sum, i) => sum + of(fresh.row(i)) ** 2, 0);
  expect(square((row) => model.predict(row) - truth(row))).toBeLessThan(0.3 * square(truth));
});
