/** The default latency model. */
import { correlation, InputError, type Json, median, type Rng } from "../../base/index.ts";
import { dot, rowProducts } from "../../base/linearAlgebra.ts";
import { at, item, Matrix } from "../../base/matrix.ts";
import { checkedLogs, checkMeasurements, checkUnits } from "../checks.ts";
import { FeatureMap, totalNames } from "../features/featureMap.ts";
import { type BuiltInLatencyModel, savedModel } from "../model.ts";
import type {
  AdaptedLatencyPredictor,
  DescribeArchitecture,
  LatencyExplanation,
  LatencyMeasurement,
  LatencyPredictor,
  LatencySources,
} from "../predictor.ts";
import { latencySettings } from "../settings.ts";
import { chooseMeasurements } from "./design.ts";
import { featureVariances, hypothesesFor, hypothesisForSuggesting, noiseLevels } from "./hypotheses.ts";
import { type AmplitudePrior, type LinearModel, type MixtureMoments, mixModels } from "./mixture.ts";
import { predictiveOf, predictRows, RowStore } from "./predictive.ts";
import { FeatureMatrix, type SmoothedDevice, smoothDevice } from "./smoothing.ts";

/** A source device as a feature: its smoothed log-latency, in units of its own standard deviation. */
interface Source extends SmoothedDevice {
  /** Standard deviation of the smoothed log-latencies over the architectures learned from. */
  readonly smoothSpread: number;
}

/** All that was learned; plain JSON. */
export interface BayesianState {
  readonly features: FeatureMap["parameters"];
  readonly sources: readonly Source[];
  readonly warnings: readonly string[];
}

const { prior, outliers, design, prediction } = latencySettings;

/**
 * The default model. A device's log-latency is a linear function of what its architectures are known by: the smoothed
 * log-latencies of source devices, principal components of synthetic devices' latencies, and the encoding. The weights are
 * Bayesian, in closed form: a mixture of hypotheses about how the device relates to the sources, each averaged with its
 * evidence. See `hypothesesFor`, `mixModels`, `SyntheticDevices`.
 */
export class BayesianPredictor implements LatencyPredictor {
  readonly name = "bayesian";
  readonly #state: BayesianState;
  readonly #map: FeatureMap;
  /** The sources' coefficients, in units of their spread. */
  readonly #coefficients: readonly Float64Array[];
  readonly #architectures: readonly string[];
  readonly #rows: RowStore;
  readonly #models: readonly LinearModel[];
  readonly #amplitude: AmplitudePrior;

  /** @param architectures those learned from, for explanations; may be empty. */
  constructor(state: BayesianState, map: FeatureMap, architectures: readonly string[]) {
    this.#state = state;
    this.#map = map;
    this.#coefficients = state.sources.map(({ coefficients, smoothSpread }) =>
      Float64Array.from(coefficients, (value) => value / smoothSpread),
    );
    this.#architectures = architectures;
    this.#rows = new RowStore(
      state.sources.length + map.width + 1,
      (architecture, into) => this.#fillRow(architecture, into),
      Math.max(prediction.rowsKept, architectures.length),
    );
    const models = hypothesesFor(state.sources.length).flatMap((hypothesis) => {
      const variances = Float64Array.from([...featureVariances(hypothesis, map.sizes), prior.intercept]);
      return noiseLevels.map(({ noise, logPrior }) => ({ variances, noise, logPrior: hypothesis.logPrior + logPrior }));
    });
    this.#models = models;
    const spread = median(state.sources.map(({ smoothSpread }) => smoothSpread ** 2)) ?? prior.usualSquaredSpread;
    this.#amplitude = { shape: prior.amplitudeShape, scale: prior.amplitudeShape * prior.amplitudeScale * spread };
  }

  /** @param shared features learned from the same architectures before, where several models share them. */
  static learn(sources: LatencySources, describe: DescribeArchitecture, shared?: FeatureMap): BayesianPredictor {
    const logs = checkedLogs(sources);
    const map = shared ?? FeatureMap.learn(sources.architectures, describe);
    const { architectures } = sources;
    const connected = architectures.map((architecture) => map.row(architecture).connected);
    const matrix = Matrix.fromRows(
      architectures.map((architecture) => map.row(architecture).features),
      map.width,
    );
    const features = new FeatureMatrix(matrix);
    const warnings: string[] = [];
    const smoothed = sources.devices.flatMap(({ name }, device): SmoothedDevice[] => {
      const column = item(logs, device).map((value, row) => (connected[row] ? value : Number.NaN));
      const smooth = smoothDevice(name, column, features, map.sizes);
      if (!smooth) {
        warnings.push(
          `The source device '${name}' is left out: it has fewer than ${latencySettings.smoothing.fewestCells} known latencies, or all are alike.`,
        );
        return [];
      }
      return [smooth];
    });
    const spreads = spreadsOf(smoothed, matrix);
    const withSpreads = smoothed.map((device, i): Source => ({ ...device, smoothSpread: item(spreads, i) }));
    const predictor = new BayesianPredictor({ features: map.parameters, sources: withSpreads, warnings }, map, architectures);
    predictor.#rows.indicesOf(architectures);
    return predictor;
  }

  suggest(pool: readonly string[], count: number, rng: Rng, measured: readonly string[] = []): readonly string[] {
    const known = new Set(measured);
    const usable = [...new Set(pool)].filter((architecture) => !known.has(architecture) && this.#map.row(architecture).connected);
    if (!Number.isInteger(count) || count < 1 || usable.length < count) {
      throw new InputError(`${count} architectures to measure are asked for`, {
        expected: `a whole number of 1 to ${usable.length}, as many as the pool has that can be measured`,
      });
    }
    const judged = rng.shuffle(usable).slice(0, design.judged);
    const variances = Float64Array.from([
      ...featureVariances(hypothesisForSuggesting(this.#state.sources.length), this.#map.sizes),
      prior.intercept,
    ]);
    const chosen = chooseMeasurements({
      pool: this.#matrix(judged),
      variances,
      noise: design.noise,
      candidates: judged.slice(0, Math.max(count, design.candidates)).map((_, i) => i),
      measured: this.#matrix(measured),
      count,
    });
    return chosen.map((row) => item(judged, row));
  }

  adapt(measurements: readonly LatencyMeasurement[]): AdaptedLatencyPredictor {
    checkMeasurements(measurements);
    const architectures = measurements.map(({ architecture }) => architecture);
    checkUnits(
      measurements,
      architectures.map((architecture) => at(this.#map.row(architecture).totals, 0)),
    );
    const logs = Float64Array.from(measurements, ({ latencyMs }) => Math.log(latencyMs));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const rounded = measurements.every(({ latencyMs }) => Number.isInteger(latencyMs));
    const measured = this.#matrix(architectures);
    const moments = mixModels(
      this.#models,
      {
        features: measured,
        values: logs.map((log) => log - mean),
        // The variance of rounding to whole numbers, 1/12, in units of the logarithm.
        extraVariance: Float64Array.from(measurements, ({ latencyMs }) => (rounded ? 1 / (12 * latencyMs ** 2) : 0)),
      },
      this.#amplitude,
      outliers,
    );
    const predictive = predictiveOf(moments, mean, measured);
    const warnings = [...this.#state.warnings, ...this.#warningsFor(architectures, logs)];
    const predict = (asked: readonly string[]) => {
      const rows = this.#rows.indicesOf(asked);
      return predictRows(this.#rows.rows, rows, predictive);
    };
    return { predict, explain: () => this.#explain(moments, warnings) };
  }

  toJson(): Json {
    return savedModel(this.name, this.#state);
  }

  /** Sources, features, and 1 for the intercept. */
  #fillRow(architecture: string, into: Float64Array): void {
    const { features } = this.#map.row(architecture);
    this.#coefficients.forEach((coefficients, i) => {
      into[i] = dot(coefficients, features);
    });
    into.set(features, this.#coefficients.length);
    into[into.length - 1] = 1;
  }

  #matrix(architectures: readonly string[]): Matrix {
    return Matrix.fromRows(
      architectures.map((architecture) => this.#rows.row(architecture)),
      this.#rows.width,
    );
  }

  #warningsFor(architectures: readonly string[], logs: Float64Array): string[] {
    const warnings: string[] = [];
    if (logs.every((log) => log === logs[0]))
      warnings.push("All measurements are equal: the predictions rest on what devices have in common.");
    const { sources } = this.#state;
    if (sources.length > 0) {
      const gaps = sources.map((source, i) => {
        const expected = architectures.map((architecture) => source.mean + at(this.#rows.row(architecture), i) * source.smoothSpread);
        return Math.abs((median([...logs]) as number) - (median(expected) as number));
      });
      const factor = Math.exp(Math.min(...gaps));
      if (factor > 300)
        warnings.push(
          `The device differs by a factor of ${Math.round(factor)} from the nearest source device: are all latencies in milliseconds?`,
        );
    }
    return warnings;
  }

  #explain(moments: MixtureMoments, warnings: readonly string[]): LatencyExplanation {
    const rows = this.#architectures.map((architecture) => this.#rows.row(architecture));
    const predicted = rows.map((row) => dot(row, moments.mean));
    const correlationWith = (of: (index: number) => number) =>
      correlation(
        predicted,
        rows.map((_, i) => of(i)),
      );
    const byCorrelation = <T extends { readonly correlation: number }>(list: T[]) => list.sort((a, b) => b.correlation - a.correlation);
    return {
      sources: byCorrelation(
        this.#state.sources.map(({ name }, i) => ({ device: name, correlation: correlationWith((row) => at(item(rows, row), i)) })),
      ),
      totals: byCorrelation(
        totalNames.map((total, i) => ({
          total,
          correlation: correlationWith((row) => Math.log1p(at(this.#map.row(item(this.#architectures, row)).totals, i))),
        })),
      ),
      noise: Math.sqrt(moments.noise),
      warnings,
    };
  }
}

export const bayesianModel: BuiltInLatencyModel = {
  name: "bayesian",
  learn: (sources, describe) => BayesianPredictor.learn(sources, describe),
  load: (state, describe, architectures) => {
    const learned = state as unknown as BayesianState;
    return new BayesianPredictor(learned, new FeatureMap(learned.features, describe), architectures);
  },
};

/** Standard deviations of the devices' smoothed log-latencies over all rows. */
function spreadsOf(devices: readonly SmoothedDevice[], matrix: Matrix): number[] {
  const vectors = new Matrix(4 * Math.ceil(devices.length / 4), matrix.cols);
  devices.forEach(({ coefficients }, i) => {
    vectors.row(i).set(coefficients);
  });
  const every = Int32Array.from({ length: matrix.rows }, (_, row) => row);
  const products = rowProducts(matrix, every, vectors);
  return devices.map((_, i) => {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < matrix.rows; row++) {
      const value = products.at(row, i);
      sum += value / matrix.rows;
      squares += value ** 2 / matrix.rows;
    }
    return Math.max(Math.sqrt(Math.max(0, squares - sum ** 2)), 1e-6);
  });
}
