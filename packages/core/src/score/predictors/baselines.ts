/** Plain predictors of scores to compare with: by size alone, and by what is near. */
import { dot } from "../../base/linearAlgebra.ts";
import { at, item, Matrix } from "../../base/matrix.ts";
import { GaussianProcess, hyperPrior } from "../../search/bayesian/process/gaussianProcess.ts";
import type { KernelBlock } from "../../search/bayesian/process/kernels.ts";
import { widening } from "./calibration.ts";
import { columnsOf } from "./columns.ts";
import { likeliest } from "./gaussianProcess.ts";
import type { ScoreCandidate } from "./predictor.ts";
import { scoreModel } from "./regressor.ts";

const sizes = ["log macs", "log parameters"];
const linear: readonly KernelBlock[] = [{ kind: "linear", features: 0 }];
/** Share of the variance that size is not expected to explain. */
const unexplained = 0.3;

/** Bayesian linear regression: a Gaussian process with a linear kernel. */
export const sizeModel = scoreModel({
  name: "size",
  title: "linear in the logarithms of multiply-accumulates and parameters",
  needsFeatures: true,
  prepare: () => (candidates, values) => {
    const sizesOf = ({ features }: ScoreCandidate) => sizes.map((name) => features?.summary.get(name) ?? 0);
    const known = candidates.map(sizesOf);
    const columns = sizes.map((_, column) => {
      const mean = known.reduce((sum, row) => sum + item(row, column), 0) / known.length;
      const variance = known.reduce((sum, row) => sum + (item(row, column) - mean) ** 2, 0) / known.length;
      return { mean, factor: variance > 1e-12 ? 1 / Math.sqrt(variance) : 0 };
    });
    const inputs = (asked: readonly ScoreCandidate[]) => [
      Matrix.fromRows(
        asked.map((candidate) => sizesOf(candidate).map((size, i) => (size - item(columns, i).mean) * item(columns, i).factor)),
        sizes.length,
      ),
    ];
    const noise = new Float64Array(values.length).fill(1);
    const regression = { blocks: linear, features: inputs(candidates), values, noise, prior: hyperPrior(linear, unexplained) };
    const process = new GaussianProcess(regression, likeliest(regression).theta);
    return (asked) => {
      const { mean, variance } = process.predict(inputs(asked));
      return { mean, sd: variance.map((value) => Math.sqrt(value + process.noise)) };
    };
  },
});

/** Numbers of neighbours that are tried. */
const numbers = [1, 2, 4, 8, 16];
const most = item(numbers, numbers.length - 1);
/** As if so many further trials had been missed by a whole standard deviation. */
const priorTrials = 2;

/** How many neighbours count is chosen by leaving one out. */
export const neighboursModel = scoreModel({
  name: "neighbours",
  title: "mean of the nearest neighbours",
  needsFeatures: false,
  prepare: (features) => {
    const rowsOf = (candidates: readonly ScoreCandidate[]) =>
      columnsOf(features, features.has("summary") ? ["summary", "structure"] : ["encoding"], candidates);
    return (candidates, values) => {
      const known = rowsOf(candidates);
      const squares = known.map((row) => dot(row, row));
      /** Values by rising distance. @param without a row that does not count. */
      const nearest = (row: Float64Array, without = -1): number[] =>
        known
          .map((other, i) => ({ i, distance: item(squares, i) - 2 * dot(row, other) }))
          .filter(({ i }) => i !== without)
          .sort((a, b) => a.distance - b.distance || a.i - b.i)
          .slice(0, most)
          .map(({ i }) => at(values, i));
      const left = known.map((row, i) => nearest(row, i));
      const tried = numbers.map((number) => {
        const errors = values.map((value, i) => value - meanOf(item(left, i).slice(0, number)));
        return { number, errors, square: dot(errors, errors) };
      });
      const { number, errors, square } = tried.reduce((best, other) => (other.square < best.square ? other : best));
      const rms = Math.sqrt((square + priorTrials) / (values.length + priorTrials));
      const sd = rms * widening(errors.map((error) => error / rms));
      return (asked) => ({
        mean: Float64Array.from(rowsOf(asked), (row) => meanOf(nearest(row).slice(0, number))),
        sd: new Float64Array(asked.length).fill(sd),
      });
    };
  },
});

/** 0, the mean of all, where there are none. */
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
