/** Gradient boosting of regression trees. */
import type { Rng } from "../../../base/index.ts";
import { at } from "../../../base/matrix.ts";
import { growTree, type RegressionTree, type SortedColumns, type TreeSettings, treeValue } from "./regressionTree.ts";

export interface BoostingSettings extends TreeSettings {
  readonly trees: number;
  /** By how much of itself each tree counts. */
  readonly rate: number;
  /** Share of the columns that each tree may split at. */
  readonly columnShare: number;
}

/** A mean and trees that are added to it. */
export class BoostedTrees {
  readonly #mean: number;
  readonly #rate: number;
  readonly #trees: readonly RegressionTree[];

  /**
   * Each tree is grown on what those before it left of the targets: gradient boosting of the squared error (Friedman, "Greedy function
   * approximation: a gradient boosting machine", Ann. Stat. 29(5), 2001, algorithm 2). Each may split at some columns, drawn anew.
   * @param rows those that are learned from.
   */
  constructor(sorted: SortedColumns, targets: Float64Array, rows: readonly number[], settings: BoostingSettings, rng: Rng) {
    const { inputs } = sorted;
    const { trees: count, rate, columnShare } = settings;
    const mean = rows.reduce((sum, row) => sum + at(targets, row), 0) / Math.max(1, rows.length);
    const residuals = targets.map((target) => target - mean);
    const columns = Array.from({ length: inputs.cols }, (_, column) => column);
    const wanted = Math.ceil(columnShare * columns.length);
    this.#mean = mean;
    this.#rate = rate;
    this.#trees = Array.from({ length: count }, () => {
      const tree = growTree(sorted, residuals, rows, settings, wanted < columns.length ? rng.shuffle(columns).slice(0, wanted) : columns);
      for (const row of rows) residuals[row] = at(residuals, row) - rate * treeValue(tree, inputs.row(row));
      return tree;
    });
  }

  predict(input: Float64Array): number {
    let sum = 0;
    for (const tree of this.#trees) sum += treeValue(tree, input);
    return this.#mean + this.#rate * sum;
  }
}
