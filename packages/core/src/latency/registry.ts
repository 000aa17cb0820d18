import { InputError, type Json, nearestSpelling } from "../base/index.ts";
import { type ReferenceName, ReferencePredictor, type ReferenceState, referenceNames } from "./baselines.ts";
import { BayesianPredictor, type BayesianState } from "./bayesian/bayesian.ts";
import { FeatureMap } from "./features/featureMap.ts";
import type { DescribeArchitecture, LatencyPredictor, LatencySources } from "./predictor.ts";

/** The models that there are; the first is the default. */
export const latencyPredictorNames = ["bayesian", ...referenceNames] as const;

/**
 * Learns a model of latency from source devices.
 * @param name one of `latencyPredictorNames`, or `default`.
 * @param describe what is known of an architecture; called once for each.
 * @throws InputError for a name that is unknown, and for sources that `checkedLogs` refuses.
 */
export function learnLatencyPredictor(name: string, sources: LatencySources, describe: DescribeArchitecture): LatencyPredictor {
  if (name === "default" || name === "bayesian") return BayesianPredictor.learn(sources, describe);
  const reference = referenceNames.find((known) => known === name);
  if (reference) return ReferencePredictor.learn(reference, sources, describe);
  throw new InputError(`there is no latency model '${name}'`, {
    expected: `one of ${latencyPredictorNames.join(", ")}`,
    suggestion: nearestSpelling(name, latencyPredictorNames),
  });
}

/**
 * Takes back what `toJson` gave.
 * @param describe as it was when the model was learned.
 * @param architectures for `explain` to look at; predictions do not depend on them.
 * @throws InputError where it is not a model of a version that is known.
 */
export function loadLatencyPredictor(json: Json, describe: DescribeArchitecture, architectures: readonly string[] = []): LatencyPredictor {
  const saved = (typeof json === "object" && json !== null && !Array.isArray(json) ? json : {}) as {
    readonly [key: string]: Json | undefined;
  };
  if (saved.format !== "archwright-latency-predictor")
    throw new InputError("this is not a saved latency model", { expected: "what a latency model's toJson gave" });
  if (saved.version !== 1) throw new InputError(`the latency model has version ${saved.version}`, { expected: "version 1" });
  const state = saved.state as unknown;
  if (saved.model === "bayesian") {
    const loaded = state as BayesianState;
    return new BayesianPredictor(loaded, new FeatureMap(loaded.features, describe), architectures);
  }
  const reference = referenceNames.find((known) => known === saved.model);
  if (reference) return new ReferencePredictor(reference as ReferenceName, state as ReferenceState, describe);
  throw new InputError(`there is no latency model '${saved.model}'`, { expected: `one of ${latencyPredictorNames.join(", ")}` });
}
