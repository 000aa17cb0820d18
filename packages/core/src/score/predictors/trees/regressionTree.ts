/** A regression tree by exact splits of least squared error. */
import { item, type Matrix } from "../../../base/matrix.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;
const intAt = (list: Int32Array, index: number): number => list[index] as number;

/** Rows of inputs with, for each column, the rows by rising value. */
export interface SortedColumns {
  /** One row a candidate. */
  readonly inputs: Matrix;
  readonly orders: readonly Int32Array[];
}

/** Ties stay in the order of the rows. */
export function sortColumns(inputs: Matrix): SortedColumns {
  const rows = Array.from({ length: inputs.rows }, (_, row) => row);
  const orders = Array.from({ length: inputs.cols }, (_, column) =>
    Int32Array.from([...rows].sort((a, b) => inputs.at(a, column) - inputs.at(b, column) || a - b)),
  );
  return { inputs, orders };
}

export interface TreeSettings {
  /** Splits on the longest way from the root to a leaf. */
  readonly depth: number;
  /** Rows that a leaf has at least. */
  readonly leaf: number;
  /** A leaf's value is the sum of its rows' targets by their number and this. */
  readonly shrinkage: number;
}

/** A tree of which node i has its children at 2i + 1, at most the threshold, and 2i + 2. */
export interface RegressionTree {
  /** Of nodes that split; −1 of leaves. */
  readonly columns: Int32Array;
  readonly thresholds: Float64Array;
  readonly values: Float64Array;
}

/** Relative differences of gains that may be nothing but rounding: such gains are equal, and as small a one is none. */
const rounding = 1e-9;

/**
 * Grows a tree by levels. The split of a node is the one with the largest Σ²/(n + shrinkage) summed over its children, the one that
 * reduces the squared error most where shrinkage is 0 (Breiman, Friedman, Olshen and Stone 1984; with shrinkage: Chen and Guestrin,
 * "XGBoost", KDD 2016, equation 7). Of equal ones that of the first column is taken, its lowest; nothing is split without gain.
 * @param targets one a row. @param rows those that count. @param columns those that may be split at.
 */
export function growTree(
  { inputs, orders }: SortedColumns,
  targets: Float64Array,
  rows: readonly number[],
  { depth, leaf, shrinkage }: TreeSettings,
  columns: readonly number[] = orders.map((_, column) => column),
): RegressionTree {
  const size = 2 ** (depth + 1) - 1;
  const tree = { columns: new Int32Array(size).fill(-1), thresholds: new Float64Array(size), values: new Float64Array(size) };
  const nodes = new Int32Array(inputs.rows).fill(-1);
  const sums = new Float64Array(size);
  const counts = new Int32Array(size);
  for (const row of rows) {
    nodes[row] = 0;
    sums[0] = at(sums, 0) + at(targets, row);
    counts[0] = intAt(counts, 0) + 1;
  }
  const value = (sum: number, count: number) => (count > 0 ? sum / (count + shrinkage) : 0);
  tree.values[0] = value(at(sums, 0), intAt(counts, 0));
  const score = (sum: number, count: number) => (sum * sum) / (count + shrinkage);
  for (let level = 0; level < depth; level++) {
    const first = 2 ** level - 1;
    const width = 2 ** level;
    const gains = new Float64Array(width);
    const base = Float64Array.from({ length: width }, (_, i) => score(at(sums, first + i), Math.max(1, intAt(counts, first + i))));
    for (let i = 0; i < width; i++) gains[i] = rounding * at(base, i);
    const leftSums = new Float64Array(width);
    const leftCounts = new Int32Array(width);
    const last = new Float64Array(width);
    for (const column of columns) {
      leftSums.fill(0);
      leftCounts.fill(0);
      const order = item(orders, column);
      for (let k = 0; k < order.length; k++) {
        const row = intAt(order, k);
        const node = intAt(nodes, row) - first;
        if (node < 0) continue;
        const here = inputs.values[row * inputs.cols + column] as number;
        const count = intAt(leftCounts, node);
        if (count > 0 && here > at(last, node)) {
          const all = intAt(counts, first + node);
          if (count >= leaf && all - count >= leaf) {
            const sum = at(leftSums, node);
            const gain = score(sum, count) + score(at(sums, first + node) - sum, all - count) - at(base, node);
            if (gain > at(gains, node) * (1 + rounding)) {
              gains[node] = gain;
              tree.columns[first + node] = column;
              tree.thresholds[first + node] = middle(at(last, node), here);
            }
          }
        }
        last[node] = here;
        leftSums[node] = at(leftSums, node) + at(targets, row);
        leftCounts[node] = count + 1;
      }
    }
    let isDone = true;
    for (const row of rows) {
      const node = intAt(nodes, row);
      if (node < 0) continue;
      const column = intAt(tree.columns, node);
      if (column < 0) {
        nodes[row] = -1;
        continue;
      }
      isDone = false;
      const child = 2 * node + (inputs.at(row, column) <= at(tree.thresholds, node) ? 1 : 2);
      nodes[row] = child;
      sums[child] = at(sums, child) + at(targets, row);
      counts[child] = intAt(counts, child) + 1;
    }
    for (let child = 2 * first + 1; child < 2 * first + 1 + 2 * width; child++) {
      tree.values[child] = value(at(sums, child), intAt(counts, child));
    }
    if (isDone) break;
  }
  return tree;
}

/** Between two numbers, below the larger. */
function middle(low: number, high: number): number {
  const half = low + (high - low) / 2;
  return half < high ? half : low;
}

export function treeValue({ columns, thresholds, values }: RegressionTree, input: Float64Array): number {
  let node = 0;
  for (;;) {
    const column = intAt(columns, node);
    if (column < 0) return at(values, node);
    node = 2 * node + (at(input, column) <= at(thresholds, node) ? 1 : 2);
  }
}
