/** What a fitted device is. */
import type { Json } from "../../base/index.ts";
import type { Extrapolation, LatencyExplanation, LatencyMeasurement, NetworkTerms } from "../../latency/index.ts";
import type { SpaceSpec, Task } from "../../spaces/index.ts";

/** How well a fitted device predicts its own measurements, each left out in turn. */
export interface LeaveOneOut {
  /** Median of |predicted / measured − 1|, percent. */
  readonly medianErrorPercent: number;
  readonly worstErrorPercent: number;
  /** How many measurements fell into their 95 % interval. */
  readonly inside95: number;
  readonly spearman: number;
}

/** What there is to say of a fitted device in a space, as it was when it was fitted. */
export interface FitReport extends LatencyExplanation {
  /** Median over architectures of sd / latency. */
  readonly relativeSd: number;
  /** Null where there are too few measurements to leave one out. */
  readonly leaveOneOut: LeaveOneOut | null;
}

/** What is known of a device in one search space. */
export interface FittedSpace {
  readonly space: SpaceSpec;
  /** What the measured networks were for. */
  readonly task: Task;
  /** The latency model's name, and the devices that it learned from. */
  readonly model: string;
  readonly sources: readonly string[];
  /** Milliseconds. */
  readonly measurements: readonly LatencyMeasurement[];
  readonly report: FitReport;
  /** What `LatencyPredictor.toJson` gave of the model that sees `describeSpace`. */
  readonly predictor: Json;
}

/** A model from a file that was measured. */
export interface MeasuredFile {
  /** What the user calls it. */
  readonly file: string;
  readonly latencyMs: number;
  readonly terms: NetworkTerms;
}

/**
 * A device known by a few measurements: plain JSON, fit to be stored, and to be sent inside of an experiment. It knows latency only:
 * of architectures of its spaces by a latency model that learned from other devices, and of any network by an extrapolation from all
 * of its measurements.
 */
export interface FittedDevice {
  readonly kind: "fitted";
  readonly version: 2;
  readonly name: string;
  /** May be none. */
  readonly spaces: readonly FittedSpace[];
  readonly files: readonly MeasuredFile[];
  /** Null inside of an experiment, which has no other networks, and in a device of version 1: then it is made when it is asked for. */
  readonly extrapolation: Extrapolation | null;
  /** When the measurements were taken, as the user says; null where nobody said. */
  readonly measuredOn: string | null;
  /** ISO 8601, UTC. */
  readonly fittedAt: string;
  /** Of all the rest but `fittedAt`; that of a device of version 1 is its own. */
  readonly hash: string;
}
