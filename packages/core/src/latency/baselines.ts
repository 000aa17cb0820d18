import { BoundedCache, InputError, type Json, type Rng } from "../base/index.ts";
import { backwardSolve, cholesky, dot, forwardSolve } from "../base/linearAlgebra.ts";
import { rowsKept } from "./bayesian/predictive.ts";
import { checkedLogs, checkMeasurements } from "./checks.ts";
import { networkOperators } from "./features/operatorWork.ts";
import { logNormal, widening } from "./interval.ts";
import type {
  AdaptedLatencyPredictor,
  DescribeArchitecture,
  LatencyExplanation,
  LatencyMeasurement,
  LatencyPredictor,
  LatencySources,
} from "./predictor.ts";

export const referenceNames = ["flops", "operators", "ridge"] as const;
export type ReferenceName = (typeof referenceNames)[number];

/** Means and standard deviations over the architectures learned from. */
export interface ReferenceState {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

/** Prior variance of a standardised regressor's weight over that of the noise. */
const strength: Readonly<Record<ReferenceName, number>> = { flops: 100, operators: 10, ridge: 10 };

/**
 * Plain models to compare with; they measure a random choice and learn nothing from other devices.
 * - `flops`: log-latency is linear in the logarithm of the network's operations.
 * - `operators`: a lookup table: log-latency is a sum of one cost for each operator, fitted by ridge regression on how often
 *   each runs (as bags of operators, hashed to 64 columns).
 * - `ridge`: ridge regression of the log-latency on the encoding.
 */
export class ReferencePredictor implements LatencyPredictor {
  readonly name: ReferenceName;
  readonly #state: ReferenceState;
  readonly #describe: DescribeArchitecture;
  readonly #rows = new BoundedCache<Float64Array>(rowsKept);

  constructor(name: ReferenceName, state: ReferenceState, describe: DescribeArchitecture) {
    this.name = name;
    this.#state = state;
    this.#describe = describe;
  }

  static learn(name: ReferenceName, sources: LatencySources, describe: DescribeArchitecture): ReferencePredictor {
    checkedLogs(sources);
    const raw = sources.architectures.map((architecture) => regressors(name, architecture, describe));
    const width = raw[0]?.length ?? 0;
    const mean = Array.from({ length: width }, (_, j) => raw.reduce((sum, row) => sum + (row[j] as number), 0) / raw.length);
    const sd = mean.map((middle, j) => Math.sqrt(raw.reduce((sum, row) => sum + ((row[j] as number) - middle) ** 2, 0) / raw.length));
    const predictor = new ReferencePredictor(name, { mean, sd }, describe);
    sources.architectures.forEach((architecture, i) => {
      predictor.#rows.set(architecture, predictor.#standardise(raw[i] as Float64Array));
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
    const values = measurements.map(({ latencyMs }) => Math.log(latencyMs));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const count = rows.length;
    const width = (rows[0] as Float64Array).length;
    const scale = strength[this.name] / Math.max(1, width);
    const covariance = new Float64Array(count * count);
    // The 1 stands for the intercept.
    const kernel = (a: Float64Array, b: Float64Array) => scale * dot(a, 0, b, 0, width) + 1;
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++)
        covariance[i * count + j] = kernel(rows[i] as Float64Array, rows[j] as Float64Array) + (i === j ? 1 : 0);
    const l = cholesky(covariance, count);
    const weights = backwardSolve(
      l,
      count,
      forwardSolve(
        l,
        count,
        Float64Array.from(values, (value) => value - mean),
      ),
    );
    const beta = new Float64Array(width);
    let intercept = mean;
    rows.forEach((row, i) => {
      intercept += weights[i] as number;
      for (let j = 0; j < width; j++) beta[j] = (beta[j] as number) + scale * (weights[i] as number) * (row[j] as number);
    });
    const amplitude = values.reduce((sum, value, i) => sum + (value - mean) * (weights[i] as number), 1e-6) / Math.max(1, count - 2);
    const sd = widening(count) * Math.max(Math.sqrt(amplitude), 0.05 * spread, 1e-3);
    const predict = (architectures: readonly string[]) =>
      architectures.map((architecture) => logNormal(intercept + dot(beta, 0, this.#row(architecture), 0, width), sd));
    const explanation: LatencyExplanation = {
      sources: [],
      totals: [],
      noise: sd,
      warnings: [`The plain model '${this.name}' learns nothing from other devices.`],
    };
    return { predict, explain: () => explanation };
  }

  toJson(): Json {
    return { format: "archwright-latency-predictor", version: 1, model: this.name, state: this.#state as unknown as Json };
  }

  #row(architecture: string): Float64Array {
    return this.#rows.get(architecture, () => this.#standardise(regressors(this.name, architecture, this.#describe)));
  }

  #standardise(raw: Float64Array): Float64Array {
    const { mean, sd } = this.#state;
    return raw.map((value, j) => ((sd[j] as number) > 1e-9 ? (value - (mean[j] as number)) / (sd[j] as number) : 0));
  }
}

const hashedWidth = 64;

function regressors(name: ReferenceName, architecture: string, describe: DescribeArchitecture): Float64Array {
  const { encoding, network } = describe(architecture);
  if (name === "ridge") return Float64Array.from(encoding);
  const { operators } = networkOperators(network);
  if (name === "flops") return Float64Array.of(Math.log(operators.reduce((sum, { operations, count }) => sum + operations * count, 1)));
  // Operators that do the same work share a column of the table, which hashing makes as wide for every space.
  const row = new Float64Array(hashedWidth);
  for (const { key, count } of operators) {
    const column = hash(key) % hashedWidth;
    row[column] = (row[column] as number) + count;
  }
  return row;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
