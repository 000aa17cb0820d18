/** The pairwise ridge regression of the search algorithm LINAS, as a predictor of scores. */
import type { BlockName } from "../../search/bayesian/featureSpace.ts";
import { PairwiseRidge } from "../../search/linas/pairwiseRidge.ts";
import { columnsOf } from "./columns.ts";
import { scoreModel } from "./regressor.ts";

const blocks: readonly BlockName[] = ["encoding", "summary", "executed"];
/** As if so many further trials had been missed by a whole standard deviation: the error of few is itself uncertain. */
const priorTrials = 2;

export const ridgeModel = scoreModel({
  name: "ridge",
  title: "ridge regression on features and their products by pairs",
  needsFeatures: false,
  prepare: (features) => (candidates, values) => {
    const model = new PairwiseRidge(columnsOf(features, blocks, candidates), [...values]);
    const count = values.length;
    const sd = Math.sqrt((count * model.relativeError ** 2 + priorTrials) / (count + priorTrials));
    return (asked) => ({
      mean: Float64Array.from(columnsOf(features, blocks, asked), (row) => model.predict(row)),
      sd: new Float64Array(asked.length).fill(sd),
    });
  },
});
