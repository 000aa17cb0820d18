/** Gradient-boosted trees as a predictor of scores. */
import { createRng } from "../../../base/index.ts";
import { item, Matrix } from "../../../base/matrix.ts";
import type { BlockName } from "../../../search/bayesian/featureSpace.ts";
import { widening } from "../calibration.ts";
import { columnsOf } from "../columns.ts";
import { scoreModel } from "../regressor.ts";
import { BoostedTrees } from "./boosting.ts";
import { sortColumns } from "./regressionTree.ts";

const blocks: readonly BlockName[] = ["encoding", "summary"];
const settings = { depth: 3, leaf: 1, shrinkage: 1, trees: 120, rate: 0.1, columnShare: 0.2 };
const folds = 8;
/** As if so many further trials had been missed by a whole standard deviation. */
const priorTrials = 2;

/**
 * One ensemble for each fold of the trials, which it does not see; the prediction is their mean. How wrong each is about its own fold,
 * and how they differ about a candidate, is the uncertainty: the variance of CV+ (Barber, Candès, Ramdas and Tibshirani, "Predictive
 * inference with the jackknife+", Ann. Stat. 49(1), 2021), with the errors scaled to their 95 % quantile.
 */
export const treesModel = scoreModel({
  name: "trees",
  title: "gradient-boosted trees",
  needsFeatures: false,
  prepare: (features) => (candidates, values) => {
    const rows = columnsOf(features, blocks, candidates);
    const sorted = sortColumns(Matrix.fromRows(rows, rows[0]?.length ?? 0));
    const parts = Math.min(folds, values.length);
    const positions = [...values.keys()];
    const models = Array.from({ length: parts }, (_, fold) => {
      const seen = positions.filter((i) => i % parts !== fold);
      return new BoostedTrees(sorted, values, seen, settings, createRng(`trees ${fold}`));
    });
    const errors = values.map((value, i) => value - item(models, i % parts).predict(item(rows, i)));
    const square = errors.reduce((sum, error) => sum + error * error, 0);
    const rms = Math.sqrt((square + priorTrials) / (values.length + priorTrials));
    const variance = (rms * widening(errors.map((error) => error / rms))) ** 2;
    return (asked) => {
      const mean = new Float64Array(asked.length);
      const sd = new Float64Array(asked.length);
      columnsOf(features, blocks, asked).forEach((row, i) => {
        const predictions = Float64Array.from(models, (model) => model.predict(row));
        const middle = predictions.reduce((sum, value) => sum + value, 0) / parts;
        mean[i] = middle;
        sd[i] = Math.sqrt(variance + predictions.reduce((sum, value) => sum + (value - middle) ** 2, 0) / parts);
      });
      return { mean, sd };
    };
  },
});
