/** The pairwise ridge regression of the search algorithm LINAS, as a predictor of scores. */
import type { BlockName } from "../../search/bayesian/featureSpace.ts";
import { PairwiseRidge } from "../../search/linas/pairwiseRidge.ts";
import { columnsOf } from "./columns.ts";
import { scoreModel } from "./regressor.ts";

/** Of the first that tells candidates apart. With the encoding beside it, the summary's few numbers drown among the products. */
const blocks: readonly BlockName[] = ["summary", "encoding"];
/** As if so many further trials had been missed by a whole standard deviation: the error of few is itself uncertain. */
const priorTrials = 2;

export const ridgeModel = scoreModel({
  name: "ridge",
  title: "ridge regression on features and their products by pairs",
  needsFeatures: false,
  prepare: (features) => {
    const block = blocks.filter((name) => features.has(name)).slice(0, 1);
    return (candidates, values) => {
      const model = new PairwiseRidge(columnsOf(features, block, candidates), [...values]);
      const count = values.length;
      const sd = Math.sqrt((count * model.relativeError ** 2 + priorTrials) / (count + priorTrials));
      return (asked) => ({
        mean: Float64Array.from(columnsOf(features, block, asked), (row) => model.predict(row)),
        sd: new Float64Array(asked.length).fill(sd),
      });
    };
  },
});
