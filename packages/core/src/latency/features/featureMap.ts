/** Architectures as vectors of features. */
import { BoundedCache, InputError } from "../../base/index.ts";
import { addScaled, dot, gram, leadingEigenpairs } from "../../base/linearAlgebra.ts";
import { addAt, item, Matrix } from "../../base/matrix.ts";
import type { DescribeArchitecture } from "../predictor.ts";
import { latencySettings } from "../settings.ts";
import { networkOperators, type OperatorWork } from "./operatorWork.ts";
import { SyntheticDevices, type WorkScale } from "./syntheticDevices.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

const { syntheticDevices, components: componentCount, sampledArchitectures } = latencySettings.features;

/** How features are computed: everything that was learned from the architectures. */
export interface FeatureParameters {
  readonly scale: WorkScale;
  /** Offsets of the synthetic devices, in their own units of time. */
  readonly offsets: readonly number[];
  /** For runtimes that run everything (`eager`) and those that leave out dead operators (`live`). */
  readonly eager: Projection;
  readonly live: Projection;
  /** Log-latencies on the synthetic devices, live operators only, of the fastest network whose output depends on its input. */
  readonly least: readonly number[];
  readonly encodingMean: readonly number[];
  /** 1 / (standard deviation · √length), 0 for entries that never change. */
  readonly encodingFactor: readonly number[];
}

/** From standardised log-latencies on the synthetic devices to principal components. */
interface Projection {
  readonly mean: readonly number[];
  readonly factor: readonly number[];
  /** One component after another, each as long as there are synthetic devices. */
  readonly components: readonly number[];
}

/** What of an architecture the model looks at. */
export interface ArchitectureRow {
  readonly features: Float64Array;
  /** Whether its output depends on its input. */
  readonly connected: boolean;
  readonly totals: Float64Array;
}

export const totalNames = [
  "operations",
  "depthwise operations",
  "activation bytes",
  "weight bytes",
  "operators",
  "live operators",
] as const;

interface Described {
  readonly operators: readonly OperatorWork[];
  readonly connected: boolean;
  readonly encoding: Float64Array;
  readonly totals: Float64Array;
}

/**
 * Architectures as vectors: principal components of the log-latencies that synthetic devices would have, once for runtimes
 * that run every operator and once for those that leave out dead ones, and the encoding. Each part has about unit variance
 * in total, with the variance of each component being that under the synthetic devices.
 */
export class FeatureMap {
  readonly parameters: FeatureParameters;
  /** Widths of the three parts. */
  readonly sizes: readonly [eager: number, live: number, encoding: number];
  readonly width: number;
  readonly #describe: DescribeArchitecture;
  readonly #devices: SyntheticDevices;
  readonly #offsets: Float64Array;
  readonly #eager: PackedProjection;
  readonly #live: PackedProjection;
  readonly #rows: BoundedCache<ArchitectureRow>;

  /** @param rows how many to keep at least. */
  constructor(parameters: FeatureParameters, describe: DescribeArchitecture, rows = 0) {
    this.#rows = new BoundedCache(Math.max(rows, latencySettings.prediction.rowsKept));
    this.parameters = parameters;
    this.#describe = describe;
    this.#devices = new SyntheticDevices(syntheticDevices, parameters.scale);
    this.#offsets = Float64Array.from(parameters.offsets);
    this.#eager = pack(parameters.eager);
    this.#live = pack(parameters.live);
    const components = parameters.eager.components.length / syntheticDevices;
    this.sizes = [components, components, parameters.encodingMean.length];
    this.width = 2 * components + parameters.encodingMean.length;
  }

  /** Learns the features from architectures, of which there must be at least two that differ. */
  static learn(architectures: readonly string[], describe: DescribeArchitecture): FeatureMap {
    const described = architectures.map((architecture) => describeOperators(architecture, describe));
    const scale = scaleOf(described);
    const devices = new SyntheticDevices(syntheticDevices, scale);
    const stride = Math.max(1, Math.floor(described.length / sampledArchitectures));
    const sample = described.filter((_, i) => i % stride === 0);
    const offsets = offsetsOf(sample, devices);
    const working = sample.filter((network) => network.connected);
    const connected = working.length > 0 ? working : sample;
    const encodingLength = described[0]?.encoding.length ?? 0;
    const mean = new Float64Array(encodingLength);
    const squares = new Float64Array(encodingLength);
    described.forEach(({ encoding }, i) => {
      if (encoding.length !== encodingLength) {
        throw new InputError(`the encoding of '${architectures[i]}' has ${encoding.length} entries`, {
          expected: `${encodingLength} entries, as that of the first architecture`,
        });
      }
      encoding.forEach((value, j) => {
        addAt(mean, j, value / described.length);
        addAt(squares, j, value ** 2 / described.length);
      });
    });
    const varying = squares.map((square, j) => Math.sqrt(Math.max(0, square - at(mean, j) ** 2)));
    const width = Math.sqrt(varying.filter((sd) => sd > 1e-9).length);
    const parameters: FeatureParameters = {
      scale,
      offsets: [...offsets],
      eager: learnProjection(sample, devices, offsets, false),
      live: learnProjection(connected, devices, offsets, true),
      least: [...leastLatencies(connected, devices, offsets)],
      encodingMean: [...mean],
      encodingFactor: Array.from(varying, (sd) => (sd > 1e-9 ? 1 / (sd * width) : 0)),
    };
    const map = new FeatureMap(parameters, describe, architectures.length);
    architectures.forEach((architecture, i) => {
      map.#rows.set(architecture, map.#transform(item(described, i)));
    });
    return map;
  }

  /** @throws InputError where the description refuses the text. */
  row(architecture: string): ArchitectureRow {
    return this.#rows.get(architecture, () => this.#transform(describeOperators(architecture, this.#describe)));
  }

  #transform(described: Described): ArchitectureRow {
    const { least, encodingMean, encodingFactor } = this.parameters;
    const features = new Float64Array(this.width);
    const eager = logLatencies(described, this.#devices, this.#offsets, false);
    const allLive = described.operators.every(({ count, liveCount }) => count === liveCount);
    // A network that computes a constant has no live operators; such runtimes take it for as fast as the fastest.
    const live = !described.connected
      ? Float64Array.from(least)
      : allLive
        ? eager
        : logLatencies(described, this.#devices, this.#offsets, true);
    project(eager, this.#eager, features, 0);
    project(live, this.#live, features, this.sizes[0]);
    if (described.encoding.length !== encodingMean.length) {
      throw new InputError(`an encoding has ${described.encoding.length} entries`, {
        expected: `${encodingMean.length} entries, as in the space that the model was learned from`,
      });
    }
    const start = this.sizes[0] + this.sizes[1];
    described.encoding.forEach((value, j) => {
      features[start + j] = (value - item(encodingMean, j)) * item(encodingFactor, j);
    });
    return { features, connected: described.connected, totals: described.totals };
  }
}

function describeOperators(architecture: string, describe: DescribeArchitecture): Described {
  const { encoding, network } = describe(architecture);
  const { operators, connected } = networkOperators(network);
  const totals = new Float64Array(totalNames.length);
  for (const work of operators) {
    const parts = [work.operations, work.workClass === "depthwise" ? work.operations : 0, work.activationBytes, work.weightBytes, 1];
    parts.forEach((part, i) => {
      addAt(totals, i, part * work.count);
    });
    addAt(totals, 5, work.liveCount);
  }
  return { operators, connected, encoding: Float64Array.from(encoding), totals };
}

function scaleOf(described: readonly Described[]): WorkScale {
  const mean = (total: number) => described.reduce((sum, { totals }) => sum + at(totals, total), 0) / described.length;
  return { operators: Math.max(1, mean(4)), operations: Math.max(1, mean(0)), bytes: Math.max(1, mean(2) + mean(3)) };
}

function offsetsOf(sample: readonly Described[], devices: SyntheticDevices): Float64Array {
  const offsets = new Float64Array(devices.count);
  for (const { operators } of sample) {
    for (const work of operators) {
      const times = devices.times(work);
      for (let i = 0; i < devices.count; i++) addAt(offsets, i, (work.count * at(times, i)) / sample.length);
    }
  }
  return offsets.map((mean, i) => Math.max(mean * devices.offset(i), Number.MIN_VALUE));
}

function leastLatencies(sample: readonly Described[], devices: SyntheticDevices, offsets: Float64Array): Float64Array {
  const least = new Float64Array(devices.count).fill(Number.POSITIVE_INFINITY);
  for (const described of sample) {
    logLatencies(described, devices, offsets, true).forEach((log, i) => {
      if (log < at(least, i)) least[i] = log;
    });
  }
  return least;
}

function logLatencies({ operators }: Described, devices: SyntheticDevices, offsets: Float64Array, live: boolean): Float64Array {
  const latencies = offsets.slice();
  for (const work of operators) {
    const count = live ? work.liveCount : work.count;
    if (count === 0) continue;
    addScaled(latencies, count, devices.times(work));
  }
  for (let i = 0; i < latencies.length; i++) latencies[i] = Math.log(at(latencies, i));
  return latencies;
}

function learnProjection(sample: readonly Described[], devices: SyntheticDevices, offsets: Float64Array, live: boolean): Projection {
  const n = devices.count;
  const matrix = Matrix.fromRows(
    sample.map((described) => logLatencies(described, devices, offsets, live)),
    n,
  );
  const mean = new Float64Array(n);
  const squares = new Float64Array(n);
  for (let r = 0; r < matrix.rows; r++) for (let i = 0; i < n; i++) addAt(mean, i, matrix.at(r, i) / matrix.rows);
  for (let r = 0; r < matrix.rows; r++) for (let i = 0; i < n; i++) addAt(squares, i, (matrix.at(r, i) - at(mean, i)) ** 2 / matrix.rows);
  const factor = squares.map((square) => (square > 1e-18 ? 1 / Math.sqrt(square) : 0));
  for (let r = 0; r < matrix.rows; r++) for (let i = 0; i < n; i++) matrix.set(r, i, (matrix.at(r, i) - at(mean, i)) * at(factor, i));
  const { vectors } = leadingEigenpairs(gram(matrix), componentCount);
  return { mean: [...mean], factor: [...factor], components: [...vectors.values] };
}

/** A projection on typed arrays. */
interface PackedProjection {
  readonly mean: Float64Array;
  readonly factor: Float64Array;
  /** One component a row, as long as there are synthetic devices. */
  readonly components: Matrix;
}

function pack({ mean, factor, components }: Projection): PackedProjection {
  const rows = new Matrix(components.length / mean.length, mean.length, Float64Array.from(components));
  return { mean: Float64Array.from(mean), factor: Float64Array.from(factor), components: rows };
}

/** Writes the components of standardised log-latencies into a vector from `start` on. */
function project(logs: Float64Array, { mean, factor, components }: PackedProjection, into: Float64Array, start: number): void {
  const standardised = logs.map((log, i) => (log - at(mean, i)) * at(factor, i));
  const scale = 1 / Math.sqrt(logs.length);
  for (let c = 0; c < components.rows; c++) into[start + c] = dot(components.row(c), standardised) * scale;
}
