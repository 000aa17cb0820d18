/** HELP, learned: what to measure, and how a device is adapted to. */
import { at, BoundedCache, floatAt, InputError, item, type Json, type Rng } from "@archwright/core/base";
import { networkCosts } from "@archwright/core/ir";
import {
  type AdaptedLatencyPredictor,
  checkMeasurements,
  checkUnits,
  type DescribeArchitecture,
  type LatencyMeasurement,
  type LatencyPredictor,
  networkOperators,
  savedModel,
} from "@archwright/core/latency";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { AdaptedHelpPredictor, type AdaptedState } from "./adapted.ts";
import { type DeviceScale, embed, fillByNearest, fitLine, normalise, type SourceDescription, scaleOf } from "./embedding.ts";
import { MetaLearner, type Weights } from "./metaLearner.ts";
import { allShapes } from "./network.ts";
import { type HelpState, unpackWeights } from "./state.ts";
import type { TensorFlow } from "./tensorFlow.ts";

/** Predictions are made for so many architectures at a time. */
const rowsAtOnce = 8192;
/** Fine-tuning samples are drawn among this many times as many architectures, ordered by predicted latency. */
const candidatesPerSample = 20;
/** Measurements are left out in so many groups, to see how far predictions of them are off. */
const folds = 5;
/** The slope of what the steps leave of the samples' errors is drawn towards 1 with this weight. */
const slopeInertia = 0.1;
/** Fine-tuning that leads a normalised latency beyond this, or to none, is undone. */
const farthest = 20;
/** The sources' scatter counts as so many measurements. */
const scatterWeight = 3;

/** Samples with which to adapt: log-latencies (ms) by architecture. */
type Logs = ReadonlyMap<string, number>;

/** A device's fit: adapted weights, and how their output becomes log-latency. */
export interface HelpFit {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly embedding: readonly number[];
  readonly scale: DeviceScale;
  readonly warnings: readonly string[];
}

/** HELP, learned: see `learnHelp` for what it is. */
export class HelpPredictor implements LatencyPredictor {
  readonly name = "help";
  readonly #tf: TensorFlow;
  readonly #state: HelpState;
  readonly #describe: DescribeArchitecture;
  readonly #weights: ReadonlyMap<string, Float32Array>;
  readonly #shapes: ReadonlyMap<string, [number, number]>;
  readonly #learner: MetaLearner;
  readonly #encodings = new BoundedCache<Float32Array>(20_000);
  /** The sources' initial weights, where they were asked for. */
  readonly #sourceWeights: (ReadonlyMap<string, Float32Array> | undefined)[] = [];

  constructor(tf: TensorFlow, state: HelpState, describe: DescribeArchitecture) {
    this.#tf = tf;
    this.#state = state;
    this.#describe = describe;
    this.#weights = unpackWeights(state.weights, state.sizes);
    this.#shapes = new Map(allShapes(state.sizes).map(([name, rows, columns]) => [name, [rows, columns]]));
    this.#learner = new MetaLearner(tf, state.sizes);
  }

  /** First the reference networks, then a random choice without the slowest and fastest tenth, as the paper measures. */
  suggest(pool: readonly string[], count: number, rng: Rng, measured: readonly string[] = []): readonly string[] {
    const known = new Set(measured);
    const usable = [...new Set(pool)].filter((architecture) => !known.has(architecture));
    const fail = (most: number): never => {
      throw new InputError(`${count} architectures to measure are asked for`, {
        expected: `a whole number of 1 to ${most}, as many as the pool has that can be measured`,
      });
    };
    if (!Number.isInteger(count) || count < 1 || usable.length < count) fail(usable.length);
    const inPool = new Set(usable);
    const first = this.#state.references.filter((reference) => inPool.has(reference)).slice(0, count);
    const wanted = count - first.length;
    if (wanted === 0) return first;
    const references = new Set(this.#state.references);
    const others = rng.shuffle(usable.filter((architecture) => !references.has(architecture)));
    const candidates: string[] = [];
    for (const architecture of others) {
      if (candidates.length === Math.max(candidatesPerSample * wanted, 100)) break;
      if (networkOperators(this.#describe(architecture).network).connected) candidates.push(architecture);
    }
    if (candidates.length < wanted) fail(first.length + candidates.length);
    const usual = this.#usualLogs(candidates);
    const order = candidates.map((_, i) => i).sort((i, j) => at(usual, i) - at(usual, j));
    const cut = Math.min(Math.floor(candidates.length / 10), (candidates.length - wanted) >> 1);
    const middle = new Set(order.slice(cut, candidates.length - cut));
    return [...first, ...candidates.filter((_, i) => middle.has(i)).slice(0, wanted)];
  }

  adapt(measurements: readonly LatencyMeasurement[]): AdaptedLatencyPredictor {
    checkMeasurements(measurements);
    checkUnits(
      measurements,
      measurements.map(({ architecture }) => networkCosts(this.#describe(architecture).network).flops),
    );
    const repeated = new Map<string, number[]>();
    for (const { architecture, latencyMs } of measurements)
      repeated.set(architecture, [...(repeated.get(architecture) ?? []), Math.log(latencyMs)]);
    const logs = new Map([...repeated].map(([architecture, values]) => [architecture, values.reduce((a, b) => a + b) / values.length]));
    const fit = this.fit(logs);
    const state: AdaptedState = {
      ...fit,
      logs,
      sd: this.#scatterOf(logs),
      warnings: [...this.#state.warnings, ...fit.warnings],
    };
    return new AdaptedHelpPredictor(this.#state, state, this.#describe, (architectures) => this.predictLogs(fit, architectures));
  }

  toJson(): Json {
    return savedModel(this.name, this.#state);
  }

  /** Log-latencies (ms). */
  predictLogs({ weights, embedding, scale }: Omit<HelpFit, "warnings">, architectures: readonly string[]): Float64Array {
    const result = new Float64Array(architectures.length);
    for (let start = 0; start < architectures.length; start += rowsAtOnce) {
      const part = architectures.slice(start, start + rowsAtOnce);
      const outputs = this.#tf.tidy(() =>
        this.#learner.predict(this.#tensors(weights), this.#encode(part), this.#embedding(embedding)).dataSync<"float32">(),
      );
      for (let i = 0; i < part.length; i++) result[start + i] = scale.low + scale.range * floatAt(outputs, i);
    }
    return result;
  }

  /**
   * Adapts to samples that belong to one device, of which three or more are known. What the steps leave of the samples' errors
   * is taken off by a rising line; it does not change the order of architectures.
   */
  fit(logs: Logs): HelpFit {
    const { references, sources } = this.#state;
    const warnings: string[] = [];
    let referenceLogs = references.map((reference) => logs.get(reference));
    const missing = references.filter((reference) => !logs.has(reference));
    if (missing.length > 0) {
      const { name, values } = this.#fillIn(logs, missing);
      const filled = new Map(missing.map((reference, i) => [reference, item(values, i)]));
      referenceLogs = referenceLogs.map((log, i) => log ?? filled.get(item(references, i)));
      warnings.push(
        `${missing.length} of the ${references.length} reference networks were not measured: the device's embedding is estimated from the source device '${name}', the most similar in what was measured.`,
      );
    }
    let scale = scaleOf(referenceLogs as number[]);
    let embedding: readonly number[];
    if (scale) embedding = embed(referenceLogs as number[], scale);
    else {
      warnings.push("The reference networks have equal latencies: the predictions rest on what the source devices have in common.");
      const range = sources.reduce((sum, source) => sum + source.range, 0) / sources.length;
      const middle = (referenceLogs as number[]).reduce((sum, log) => sum + log, 0) / references.length;
      embedding = references.map((_, i) => sources.reduce((sum, source) => sum + item(source.embedding, i), 0) / sources.length);
      scale = { low: middle - (range * embedding.reduce((sum, value) => sum + value, 0)) / references.length, range };
    }
    const samples = [...logs.keys()];
    const targets = samples.map((architecture) => normalise(logs.get(architecture) as number, scale));
    let weights = this.#adaptWeights(embedding, samples, targets);
    let outputs = this.predictLogs({ weights, embedding, scale }, samples);
    const { low, range: span } = scale;
    if (!outputs.every((output) => Math.abs(output - low) < farthest * span)) {
      warnings.push("The measurements lead the fine-tuning astray: the predictions rest on the reference networks alone.");
      weights = this.#initialWeights(embedding);
      outputs = this.predictLogs({ weights, embedding, scale }, samples);
    }
    const line = fitLine([...outputs], [...logs.values()], slopeInertia);
    return { weights, embedding, scale: { low: line.at(low), range: line.slope * span }, warnings };
  }

  /**
   * Standard deviation of log-latencies around the predictions: groups of measurements are predicted from the others,
   * reference networks among them included, and the errors pooled with the scatter of source devices.
   */
  #scatterOf(logs: Logs): number {
    const { scatter } = this.#state;
    const entries = [...logs];
    let sum = scatterWeight * scatter ** 2;
    for (let fold = 0; fold < folds && entries.length > folds; fold++) {
      const left = entries.filter((_, i) => i % folds === fold);
      const fit = this.fit(new Map(entries.filter((_, i) => i % folds !== fold)));
      const predicted = this.predictLogs(
        fit,
        left.map(([architecture]) => architecture),
      );
      left.forEach(([, log], i) => {
        sum += (log - at(predicted, i)) ** 2;
      });
    }
    if (entries.length > folds) return Math.sqrt(sum / (scatterWeight + entries.length));
    // Too few to leave any out: a device unlike the sources may be off by much more than they are.
    return 2 * scatter;
  }

  #fillIn(logs: Logs, wanted: readonly string[]): { readonly name: string; readonly values: readonly number[] } {
    const measured = [...logs.keys()];
    const patterns = this.#state.sources.map((source, i) => {
      const fit = { weights: this.#weightsOfSource(i), embedding: source.embedding, scale: source };
      const predicted = [...this.predictLogs(fit, [...measured, ...wanted])];
      return { name: source.name, measured: predicted.slice(0, measured.length), wanted: predicted.slice(measured.length) };
    });
    return fillByNearest([...logs.values()], patterns);
  }

  /** Normalised latency on the source devices, on average. */
  #usualLogs(architectures: readonly string[]): Float64Array {
    const sum = new Float64Array(architectures.length);
    for (const [i, { embedding }] of this.#state.sources.entries()) {
      const fit = { weights: this.#weightsOfSource(i), embedding, scale: { low: 0, range: 1 } };
      this.predictLogs(fit, architectures).forEach((value, row) => {
        sum[row] = at(sum, row) + value;
      });
    }
    return sum;
  }

  #weightsOfSource(index: number): ReadonlyMap<string, Float32Array> {
    let weights = this.#sourceWeights[index];
    if (!weights) {
      weights = this.#initialWeights((this.#state.sources[index] as SourceDescription).embedding);
      this.#sourceWeights[index] = weights;
    }
    return weights;
  }

  #initialWeights(embedding: readonly number[]): ReadonlyMap<string, Float32Array> {
    return this.#read(() => this.#learner.modulate(this.#tensors(this.#weights), this.#embedding(embedding), undefined).weights);
  }

  #adaptWeights(
    embedding: readonly number[],
    architectures: readonly string[],
    targets: readonly number[],
  ): ReadonlyMap<string, Float32Array> {
    return this.#read(() => {
      const all = this.#tensors(this.#weights);
      const device = this.#embedding(embedding);
      const samples = { encodings: this.#encode(architectures), targets: this.#tf.tensor2d([...targets], [targets.length, 1]) };
      return this.#learner.adapt(all, this.#learner.modulate(all, device, undefined).weights, samples, device);
    });
  }

  /** Takes tensors out of TensorFlow.js, so that nothing has to be disposed of later. */
  #read(weights: () => Weights): ReadonlyMap<string, Float32Array> {
    const values = new Map<string, Float32Array>();
    this.#tf.tidy(() => {
      const tensors = weights();
      for (const name of this.#learner.names) values.set(name, Float32Array.from((tensors[name] as Tensor2D).dataSync()));
    });
    return values;
  }

  #tensors(weights: ReadonlyMap<string, Float32Array>): Weights {
    return Object.fromEntries(
      [...weights].map(([name, values]) => [name, this.#tf.tensor2d(values, this.#shapes.get(name) as [number, number])]),
    );
  }

  #embedding(values: readonly number[]): Tensor2D {
    return this.#tf.tensor2d([...values], [1, values.length]);
  }

  #encode(architectures: readonly string[]): Tensor2D {
    const { inputs } = this.#state.sizes;
    const values = new Float32Array(architectures.length * inputs);
    architectures.forEach((architecture, i) => {
      const encoding = this.#encodings.get(architecture, () => Float32Array.from(this.#describe(architecture).encoding));
      if (encoding.length !== inputs) {
        throw new InputError(`the encoding of '${architecture}' has ${encoding.length} numbers`, {
          expected: `${inputs}, as in the search space that the model was learned in`,
        });
      }
      values.set(encoding, i * inputs);
    });
    return this.#tf.tensor2d(values, [architectures.length, inputs]);
  }
}
