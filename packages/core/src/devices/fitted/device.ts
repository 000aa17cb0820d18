/** A device known by a few measurements: how it is fitted, and how it predicts. */
import { createRng, median, spearman } from "../../base/index.ts";
import type { Network } from "../../ir/index.ts";
import {
  type AdaptedLatencyPredictor,
  checkLatencies,
  checkMeasurements,
  differences,
  type Extrapolation,
  extrapolate,
  fewestMeasurements,
  fitExtrapolation,
  type LatencyMeasurement,
  type LatencyModel,
  type LatencyPrediction,
  type LatencyPredictor,
  latencyModels,
  loadLatencyPredictor,
  type MeasuredNetwork,
  networkTerms,
} from "../../latency/index.ts";
import { createSpace, type SpaceSpec, type Task } from "../../spaces/index.ts";
import { describeSpace } from "./describeSpace.ts";
import { guessedShare, widenedByGuesses } from "./guessedShare.ts";
import { misfitWarnings } from "./misfits.ts";
import { hashOf } from "./stored.ts";
import type { FitReport, FittedDevice, FittedSpace, LeaveOneOut } from "./types.ts";

/** What a device is fitted to in one search space. */
export interface SpaceFit {
  readonly space: SpaceSpec;
  readonly task: Task;
  readonly predictor: LatencyPredictor;
  /** Names of the devices that the predictor learned from. */
  readonly sources: readonly string[];
  /** Architectures over which the report is made. */
  readonly architectures: readonly string[];
  readonly measurements: readonly LatencyMeasurement[];
  /** What the report should say besides. */
  readonly warnings?: readonly string[];
}

/** The report looks at so many architectures at most. */
const reported = 1000;

/** Adapts a latency model to a device. @throws InputError for measurements that `LatencyPredictor.adapt` refuses. */
export function fitSpace(fit: SpaceFit): FittedSpace {
  const { space, task, predictor, sources, measurements, warnings = [] } = fit;
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
  return { space, task, model: predictor.name, sources, measurements, report, predictor: predictor.toJson() };
}

/** What a device is made of: measurements of any spaces and files. */
export type Fit = Pick<FittedDevice, "name" | "spaces" | "files" | "measuredOn" | "fittedAt">;

/** A device that was fitted to spaces and files. @throws InputError for latencies that are none, and fewer than three networks. */
export function fitDevice({ name, spaces, files, measuredOn, fittedAt }: Fit): FittedDevice {
  const ofFiles = files.map(({ file, latencyMs }) => ({ architecture: file, latencyMs }));
  (spaces.length === 0 ? checkMeasurements : checkLatencies)(ofFiles);
  const extrapolation = extrapolationFrom({ spaces, files });
  const unhashed = { kind: "fitted", version: 2, name, spaces, files, extrapolation, measuredOn, fittedAt } as const;
  return { ...unhashed, hash: hashOf(unhashed) };
}

/** A generator of its own, so that equal measurements give equal devices. */
function extrapolationFrom({ spaces, files }: Pick<FittedDevice, "spaces" | "files">): Extrapolation {
  const ofSpaces = spaces.flatMap(({ space: spec, task, measurements }): MeasuredNetwork[] => {
    const space = createSpace(spec, task);
    return measurements.map(({ architecture, latencyMs }) => ({
      terms: networkTerms(space.network(space.parse(architecture), task)),
      latencyMs,
    }));
  });
  return fitExtrapolation([...ofSpaces, ...files], createRng("extrapolation"));
}

const made = new WeakMap<FittedDevice, Extrapolation>();

function extrapolationOf(device: FittedDevice): Extrapolation {
  const known = device.extrapolation ?? made.get(device);
  if (known) return known;
  const own = extrapolationFrom(device);
  made.set(device, own);
  return own;
}

/**
 * A fitted device made ready to predict architectures of one of its spaces.
 * @param models the registry that has the device's model, prepared where it needs it.
 */
export function openFittedSpace(
  { space, task, predictor, measurements }: FittedSpace,
  models: readonly LatencyModel[] = latencyModels,
): AdaptedLatencyPredictor {
  return loadLatencyPredictor(predictor, describeSpace(space, task), { models }).adapt(measurements);
}

/** A prediction, and where it lacks a footing. */
export interface NetworkPrediction extends LatencyPrediction {
  readonly warnings: readonly string[];
}

/** How many differences a warning names. */
const named = 3;

/**
 * The prediction for any network for one image, by all measurements of whatever space or file. The estimate of a network is never
 * below that of a part of it, where neither has dead operators: some runtimes run them.
 */
export function predictNetwork(device: FittedDevice, network: Network): NetworkPrediction {
  const extrapolation = extrapolationOf(device);
  const terms = networkTerms(network);
  const unlike = differences(terms, extrapolation.range);
  const warnings: string[] =
    unlike.length === 0
      ? []
      : [
          `the network is unlike what was measured on '${device.name}', so the estimate is an extrapolation and its interval wider: ${unlike.slice(0, named).join("; ")}`,
        ];
  const share = guessedShare(network);
  if (share > 0)
    warnings.push(
      `${(100 * share).toPrecision(2)} % of what the network moves is moved by operators of guessed cost, so the interval is wider`,
    );
  return { ...widenedByGuesses(extrapolate(extrapolation, terms), share), warnings };
}

/** The prediction for one architecture. */
export function predictLatency(predictor: AdaptedLatencyPredictor, architecture: string): LatencyPrediction {
  const [prediction] = predictor.predict([architecture]);
  if (!prediction) throw new Error("one architecture is one prediction");
  return prediction;
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
