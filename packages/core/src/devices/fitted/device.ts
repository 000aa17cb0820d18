/** A device known by a few measurements: how it is fitted, stored and opened. */
import { canonicalJson, InputError, type Json, median, spearman, stableHash } from "../../base/index.ts";
import type { Network } from "../../ir/index.ts";
import {
  type AdaptedLatencyPredictor,
  fewestMeasurements,
  type LatencyExplanation,
  type LatencyMeasurement,
  type LatencyModel,
  type LatencyPrediction,
  type LatencyPredictor,
  latencyModels,
  loadLatencyPredictor,
} from "../../latency/index.ts";
import type { SpaceSpec, Task } from "../../spaces/index.ts";
import { describeNetworksOf, describeSpace } from "./describeSpace.ts";
import { misfitWarnings } from "./misfits.ts";

/** How well a fitted device predicts its own measurements, each left out in turn. */
export interface LeaveOneOut {
  /** Median of |predicted / measured − 1|, percent. */
  readonly medianErrorPercent: number;
  readonly worstErrorPercent: number;
  /** How many measurements fell into their 95 % interval. */
  readonly inside95: number;
  readonly spearman: number;
}

/** What there is to say of a fitted device, as it was when it was fitted. */
export interface FitReport extends LatencyExplanation {
  /** Median over architectures of sd / latency. */
  readonly relativeSd: number;
  /** Null where there are too few measurements to leave one out. */
  readonly leaveOneOut: LeaveOneOut | null;
}

/**
 * A device known by a few measurements and a latency model that learned from other devices: plain JSON, fit to be stored,
 * and to be sent inside of an experiment. It knows latency only: of one search space, and with less certainty of any network.
 */
export interface FittedDevice {
  readonly kind: "fitted";
  readonly version: 1;
  readonly name: string;
  readonly space: SpaceSpec;
  /** What the measured networks were for. */
  readonly task: Task;
  /** The latency model's name, and the devices that it learned from. */
  readonly model: string;
  readonly sources: readonly string[];
  /** Milliseconds. */
  readonly measurements: readonly LatencyMeasurement[];
  /** When they were taken, as the user says; null where nobody said. */
  readonly measuredOn: string | null;
  /** ISO 8601, UTC. */
  readonly fittedAt: string;
  readonly report: FitReport;
  /** What `LatencyPredictor.toJson` gave of the model that sees `describeSpace`. */
  readonly predictor: Json;
  /** The same of one that sees `describeNetworksOf`; null inside of an experiment, which has no other networks. */
  readonly networkPredictor: Json;
  /** Of all the rest but `fittedAt`. */
  readonly hash: string;
}

export interface Fit {
  readonly name: string;
  readonly space: SpaceSpec;
  readonly task: Task;
  readonly predictor: LatencyPredictor;
  readonly networkPredictor: LatencyPredictor;
  /** Names of the devices that the predictor learned from. */
  readonly sources: readonly string[];
  /** Architectures over which the report is made. */
  readonly architectures: readonly string[];
  readonly measurements: readonly LatencyMeasurement[];
  readonly measuredOn: string | null;
  readonly fittedAt: string;
  /** What the report should say besides. */
  readonly warnings?: readonly string[];
}

/** The report looks at so many architectures at most. */
const reported = 1000;

/** Adapts a latency model to a device. @throws InputError for measurements that `LatencyPredictor.adapt` refuses. */
export function fitDevice(fit: Fit): FittedDevice {
  const { name, space, task, predictor, sources, measurements, measuredOn, fittedAt, warnings = [] } = fit;
  const adapted = predictor.adapt(measurements);
  const explanation = adapted.explain();
  const stride = Math.max(1, Math.ceil(fit.architectures.length / reported));
  const predictions = adapted.predict(fit.architectures.filter((_, i) => i % stride === 0));
  const leftOut = predictLeftOut(predictor, measurements);
  const report: FitReport = {
    ...explanation,
    warnings: [...warnings, ...explanation.warnings, ...misfitWarnings(predictor, measurements, leftOut)],
    relativeSd: median(predictions.map(({ latencyMs, sdMs }) => sdMs / latencyMs)) ?? 0,
    leaveOneOut: leaveOneOut(leftOut, measurements),
  };
  const device = { name, space, task, model: predictor.name, sources, measurements, measuredOn, fittedAt, report };
  const models = { predictor: predictor.toJson(), networkPredictor: fit.networkPredictor.toJson() };
  const unhashed = { kind: "fitted", version: 1, ...device, ...models } as const;
  return { ...unhashed, hash: hashOf(unhashed) };
}

/**
 * A fitted device made ready to predict architectures of its space.
 * @param models the registry that has the device's model, prepared where it needs it.
 */
export function openFittedDevice(
  { space, task, predictor, measurements }: FittedDevice,
  models: readonly LatencyModel[] = latencyModels,
): AdaptedLatencyPredictor {
  return loadLatencyPredictor(predictor, describeSpace(space, task), { models }).adapt(measurements);
}

/** The prediction for any network for one image, whatever its space. @param models as for `openFittedDevice`. */
export function predictNetwork(
  { space, task, networkPredictor, measurements }: FittedDevice,
  network: Network,
  models: readonly LatencyModel[] = latencyModels,
): LatencyPrediction {
  const name = "the network";
  const describe = describeNetworksOf(space, task, new Map([[name, network]]));
  return predictLatency(loadLatencyPredictor(networkPredictor, describe, { models }).adapt(measurements), name);
}

/** The prediction for one architecture. */
export function predictLatency(predictor: AdaptedLatencyPredictor, architecture: string): LatencyPrediction {
  const [prediction] = predictor.predict([architecture]);
  if (!prediction) throw new Error("one architecture is one prediction");
  return prediction;
}

/**
 * Reads a fitted device's file.
 * @throws InputError for a file that is not one, is of another version, or was changed since it was written.
 */
export function parseFittedDevice(text: string, file: string): FittedDevice {
  const fail = (problem: string, expected: string): never => {
    throw new InputError(problem, { place: { file }, expected, advice: "fit the device again with 'archwright device fit'" });
  };
  const read = (): Partial<FittedDevice> => {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null ? value : {};
    } catch {
      return fail("the file is not JSON", "a device that 'device fit' wrote");
    }
  };
  const device = read();
  if (device.kind !== "fitted") return fail("this is not a fitted device", "a device that 'device fit' wrote");
  if (device.version !== 1) return fail(`the fitted device has version ${device.version}`, "version 1; fit it again");
  // Nobody writes such a file by hand: the hash holds what a schema would hold, and the numbers as well.
  if (device.hash !== hashOf(device)) return fail("the file is damaged or was changed by hand", "a device as it was fitted");
  return device as FittedDevice;
}

function hashOf({ hash: _hash, fittedAt: _fittedAt, ...rest }: Partial<FittedDevice>): string {
  return stableHash(canonicalJson(rest as unknown as Json));
}

/** Each measurement predicted from all the others; none where they are too few. */
function predictLeftOut(predictor: LatencyPredictor, measurements: readonly LatencyMeasurement[]): readonly LatencyPrediction[] {
  if (measurements.length <= fewestMeasurements) return [];
  return measurements.map(({ architecture }, left) =>
    predictLatency(predictor.adapt(measurements.filter((_, i) => i !== left)), architecture),
  );
}

function leaveOneOut(predictions: readonly LatencyPrediction[], measurements: readonly LatencyMeasurement[]): LeaveOneOut | null {
  if (predictions.length === 0) return null;
  const truth = measurements.map(({ latencyMs }) => latencyMs);
  const errors = predictions.map(({ latencyMs }, i) => 100 * Math.abs(latencyMs / (truth[i] as number) - 1));
  return {
    medianErrorPercent: median(errors) as number,
    worstErrorPercent: Math.max(...errors),
    inside95: predictions.filter(({ low95Ms, high95Ms }, i) => low95Ms <= (truth[i] as number) && (truth[i] as number) <= high95Ms).length,
    spearman: spearman(
      predictions.map(({ latencyMs }) => latencyMs),
      truth,
    ),
  };
}
