/** Plain latency models to compare with. */
import { BoundedCache, InputError, type Json, type Rng } from "../base/index.ts";
import { addScaled, backwardSolve, cholesky, dot, forwardSolve } from "../base/linearAlgebra.ts";
import { addAt, at, item, Matrix } from "../base/matrix.ts";
import { checkedLogs, checkMeasurements } from "./checks.ts";
import { networkOperators } from "./features/operatorWork.ts";
import { logNormal, widening } from "./interval.ts";
import { type BuiltInLatencyModel, savedModel } from "./model.ts";
import type {
  AdaptedLatencyPredictor,
  ArchitectureDescription,
  DescribeArchitecture,
  LatencyExplanation,
  LatencyMeasurement,
  LatencyPredictor,
  LatencySources,
} from "./predictor.ts";
import { latencySettings } from "./settings.ts";

const settings = latencySettings.baselines;

/** What a baseline sees of an architecture, and how strongly it believes in it. */
interface Baseline {
  readonly name: string;
  /** Prior variance of a standardised regressor's weight over that of the noise. */
  readonly strength: number;
  regressors(architecture: ArchitectureDescription): Float64Array;
}

/** Means and standard deviations over the architectures learned from. */
interface BaselineState {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

/** Ridge regression of the log-latency on some regressors. It measures a random choice and learns nothing from other devices. */
class BaselinePredictor implements LatencyPredictor {
  readonly name: string;
  readonly #baseline: Baseline;
  readonly #state: BaselineState;
  readonly #describe: DescribeArchitecture;
  readonly #rows = new BoundedCache<Float64Array>(latencySettings.prediction.rowsKept);

  constructor(baseline: Baseline, state: BaselineState, describe: DescribeArchitecture) {
    this.name = baseline.name;
    this.#baseline = baseline;
    this.#state = state;
    this.#describe = describe;
  }

  static learn(baseline: Baseline, sources: LatencySources, describe: DescribeArchitecture): BaselinePredictor {
    checkedLogs(sources);
    const raw = sources.architectures.map((architecture) => baseline.regressors(describe(architecture)));
    const width = raw[0]?.length ?? 0;
    const mean = Array.from({ length: width }, (_, j) => raw.reduce((sum, row) => sum + at(row, j), 0) / raw.length);
    const sd = mean.map((middle, j) => Math.sqrt(raw.reduce((sum, row) => sum + (at(row, j) - middle) ** 2, 0) / raw.length));
    const predictor = new BaselinePredictor(baseline, { mean, sd }, describe);
    sources.architectures.forEach((architecture, i) => {
      predictor.#rows.set(architecture, predictor.#standardise(item(raw, i)));
    });
    return predictor;
  }

  suggest(pool: readonly string[], count: number, rng: Rng, measured: readonly string[] = []): readonly string[] {
    const known = new Set(measured);
    const usable = [...new Set(pool)].filter((architecture) => !known.has(architecture));
    if (!Number.isInteger(count) || count < 1 || usable.length < count) {
      throw new InputError(`${count} architectures to measure are asked for`, { expected: `a whole number of 1 to ${usable.length}` });
    }
    return rng.shuffle(usable).slice(0, count);
  }

  adapt(measurements: readonly LatencyMeasurement[]): AdaptedLatencyPredictor {
    checkMeasurements(measurements);
    const rows = measurements.map(({ architecture }) => this.#row(architecture));
    const values = Float64Array.from(measurements, ({ latencyMs }) => Math.log(latencyMs));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const count = rows.length;
    const width = item(rows, 0).length;
    const scale = this.#baseline.strength / Math.max(1, width);
    const covariance = new Matrix(count, count);
    // The 1 stands for the intercept.
    const kernel = (a: Float64Array, b: Float64Array) => scale * dot(a, b) + 1;
    rows.forEach((a, i) => {
      rows.forEach((b, j) => {
        covariance.set(i, j, kernel(a, b) + (i === j ? 1 : 0));
      });
    });
    const l = cholesky(covariance);
    const weights = backwardSolve(
      l,
      forwardSolve(
        l,
        values.map((value) => value - mean),
      ),
    );
    const beta = new Float64Array(width);
    let intercept = mean;
    rows.forEach((row, i) => {
      intercept += at(weights, i);
      addScaled(beta, scale * at(weights, i), row);
    });
    const amplitude = values.reduce((sum, value, i) => sum + (value - mean) * at(weights, i), 1e-6) / Math.max(1, count - 2);
    const sd = widening(count) * Math.max(Math.sqrt(amplitude), settings.leastSpread * spread, settings.leastLogDeviation);
    const predict = (architectures: readonly string[]) =>
      architectures.map((architecture) => logNormal(intercept + dot(beta, this.#row(architecture)), sd));
    const explanation: LatencyExplanation = {
      sources: [],
      totals: [],
      noise: sd,
      warnings: [`The plain model '${this.name}' learns nothing from other devices.`],
    };
    return { predict, explain: () => explanation };
  }

  toJson(): Json {
    return savedModel(this.name, this.#state);
  }

  #row(architecture: string): Float64Array {
    return this.#rows.get(architecture, () => this.#standardise(this.#baseline.regressors(this.#describe(architecture))));
  }

  #standardise(raw: Float64Array): Float64Array {
    const { mean, sd } = this.#state;
    return raw.map((value, j) => (item(sd, j) > 1e-9 ? (value - item(mean, j)) / item(sd, j) : 0));
  }
}

function modelOf(baseline: Baseline): BuiltInLatencyModel {
  return {
    name: baseline.name,
    learn: (sources, describe) => BaselinePredictor.learn(baseline, sources, describe),
    load: (state, describe) => new BaselinePredictor(baseline, state as unknown as BaselineState, describe),
  };
}

/** Log-latency is linear in the logarithm of the network's operations. */
export const flopsModel = modelOf({
  name: "flops",
  strength: settings.strength.flops,
  regressors: ({ network }) =>
    Float64Array.of(Math.log(networkOperators(network).operators.reduce((sum, { operations, count }) => sum + operations * count, 1))),
});

/**
 * A lookup table: log-latency is a sum of one cost for each operator, fitted by ridge regression on how often each runs. Operators
 * that do the same work share a column of the table, which hashing makes as wide for every space.
 */
export const operatorsModel = modelOf({
  name: "operators",
  strength: settings.strength.operators,
  regressors: ({ network }) => {
    const row = new Float64Array(settings.hashedWidth);
    for (const { key, count } of networkOperators(network).operators) addAt(row, hash(key) % settings.hashedWidth, count);
    return row;
  },
});

/** Ridge regression of the log-latency on the encoding. */
export const ridgeModel = modelOf({
  name: "ridge",
  strength: settings.strength.ridge,
  regressors: ({ encoding }) => Float64Array.from(encoding),
});

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
