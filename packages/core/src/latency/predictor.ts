/** What a latency predictor is: what it learns from, how it adapts to a device, what it says. */
import type { Json, Rng } from "../base/index.ts";
import type { Network } from "../ir/index.ts";

/** What can be known of an architecture before anybody measures it. */
export interface ArchitectureDescription {
  /** As `SearchSpace.encode` gives it; the same length for all architectures of a model. May be empty. */
  readonly encoding: ArrayLike<number>;
  /** Its network, batch size 1. */
  readonly network: Network;
}

/** Describes an architecture by its canonical text. @throws InputError for a text that is not one. */
export type DescribeArchitecture = (architecture: string) => ArchitectureDescription;

/** Latencies of one device. */
export interface SourceDevice {
  readonly name: string;
  /** Milliseconds, in the order of `LatencySources.architectures`; NaN where nobody measured. */
  readonly latenciesMs: ArrayLike<number>;
}

/** What a predictor learns from. Without devices it knows the architectures alone. */
export interface LatencySources {
  /** Canonical texts, all different. */
  readonly architectures: readonly string[];
  readonly devices: readonly SourceDevice[];
}

export interface LatencyMeasurement {
  readonly architecture: string;
  readonly latencyMs: number;
}

export interface LatencyPrediction {
  /** Median of the predictive distribution, which is log-normal. */
  readonly latencyMs: number;
  /** Standard deviation of what a measurement would show. */
  readonly sdMs: number;
  /** Where a measurement falls with 95 percent probability. */
  readonly low95Ms: number;
  readonly high95Ms: number;
}

/** Why a device's predictions are as they are. */
export interface LatencyExplanation {
  /** Correlation of the predicted log-latencies with each source device's, over the architectures learned from; largest first. */
  readonly sources: readonly { readonly device: string; readonly correlation: number }[];
  /** Correlation of the predicted log-latencies with the logarithm of physical totals; largest first. */
  readonly totals: readonly { readonly total: string; readonly correlation: number }[];
  /** Relative standard deviation of what the model cannot explain in a measurement. */
  readonly noise: number;
  /** What the user should know: fallbacks taken, measurements that do not fit. */
  readonly warnings: readonly string[];
}

/** A device that was measured a few times. */
export interface AdaptedLatencyPredictor {
  /** One for each architecture, in their order. Every number is finite and positive. */
  predict(architectures: readonly string[]): readonly LatencyPrediction[];
  explain(): LatencyExplanation;
}

/** A model of latency, learned once from source devices and then adapted to any number of devices. Never changes. */
export interface LatencyPredictor {
  /** The model's name, as `learnLatencyPredictor` knows it. */
  readonly name: string;
  /**
   * Which architectures of the pool to measure on a new device, `count` different ones, the most useful first.
   * @param measured what is measured already, and is taken into account.
   * @throws InputError where the pool has too few that can be measured.
   */
  suggest(pool: readonly string[], count: number, rng: Rng, measured?: readonly string[]): readonly string[];
  /**
   * Learns a device from measurements in milliseconds.
   * @throws InputError for fewer than three, and for latencies that are not finite and positive.
   */
  adapt(measurements: readonly LatencyMeasurement[]): AdaptedLatencyPredictor;
  /** All that the model learned, with a version: `loadLatencyPredictor` takes it back. */
  toJson(): Json;
}
