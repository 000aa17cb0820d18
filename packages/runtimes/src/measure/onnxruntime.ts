/** This machine's onnxruntime as a device whose latency is measured. */
import { CandidateError, createRng } from "@archwright/core/base";
import type { DeviceRuntime, Measurement } from "@archwright/core/experiment";
import type { Network } from "@archwright/core/ir";
import { type Engine, openEngine } from "../onnxruntime.ts";
import { initialWeights } from "../training/initialise.ts";
import { quantile } from "./quantile.ts";
import { referenceNetwork } from "./referenceNetwork.ts";
import { defaultSampling, type SamplingSettings, sampleLatency } from "./sampling.ts";
import { type LoadedNetwork, loadNetwork } from "./session.ts";

export interface OnnxRuntimeOptions {
  /** Name of the device that it measures. */
  readonly device?: string;
  /** Threads within an operator. Times of more than one thread repeat far worse. */
  readonly threads?: number;
  readonly sampling?: Partial<SamplingSettings>;
}

interface Loaded {
  readonly engine: Engine;
  readonly reference: LoadedNetwork;
}

/**
 * This machine's onnxruntime, one inference at a time, batch size 1, float32: the time that a caller of `run`
 * waits, feeding and fetching included. How it is sampled is written at {@link sampleLatency}; the value reported is
 * the 20th percentile. What the reference network showed at its best is remembered from one measurement to the next.
 * Measurements asked for at once are taken one after the other.
 */
export function createOnnxRuntime(options: OnnxRuntimeOptions = {}): DeviceRuntime {
  const { device = "local", threads = 1 } = options;
  const sampling: SamplingSettings = { ...defaultSampling, ...options.sampling };
  let loading: Promise<Loaded> | undefined;
  let bestReferenceMs = Number.POSITIVE_INFINITY;
  let last: Promise<unknown> = Promise.resolve();

  async function load(): Promise<Loaded> {
    const engine = await openEngine();
    const network = referenceNetwork();
    return { engine, reference: await loadNetwork(engine, network, randomWeights(network), threads) };
  }

  async function measure(network: Network, weights: Float32Array | undefined): Promise<Measurement> {
    loading ??= load();
    const { engine, reference } = await loading;
    const loaded = await loadNetwork(engine, network, weights ?? randomWeights(network), threads);
    try {
      if (weights && !loaded.finite)
        throw new CandidateError("not-finite", "with these weights the network gives numbers that are not finite");
      const samples = await sampleLatency(
        { run: loaded.run, reference: reference.run, bestReferenceMs, now: () => performance.now() },
        sampling,
      );
      bestReferenceMs = samples.bestReferenceMs;
      const { timesMs } = samples;
      return {
        device,
        metric: "latencyMs",
        value: quantile(timesMs, sampling.quantile),
        median: quantile(timesMs, 0.5),
        spread: (quantile(timesMs, 0.9) - quantile(timesMs, 0.1)) / 2,
        repetitions: timesMs.length,
        drift: samples.drift,
        runtime: describe(engine, threads, sampling),
        takenAt: new Date().toISOString(),
      };
    } finally {
      await loaded.release();
    }
  }

  return {
    device,
    measure: (network, weights) => {
      const measurement = last.then(() => measure(network, weights));
      last = measurement.catch(() => undefined);
      return measurement;
    },
  };
}

/** Weights as training starts from: no activation becomes denormal or infinite, which would change the latency. */
const randomWeights = (network: Network) => initialWeights(network, createRng("local runtime weights"));

function describe(engine: Engine, threads: number, sampling: SamplingSettings): string {
  const percentile = Math.round(sampling.quantile * 100);
  return `${engine.name} ${engine.version}, ${engine.provider}, ${threads} thread${threads === 1 ? "" : "s"}, float32, all graph optimisations; ${percentile}th percentile`;
}
