/** The registry of latency models, and how one is found by its name. */
import { InputError, type Json, nearestSpelling } from "../base/index.ts";
import { flopsModel, operatorsModel, ridgeModel } from "./baselines.ts";
import { bayesianModel } from "./bayesian/bayesian.ts";
import { type BuiltInLatencyModel, type LatencyModel, readSavedModel } from "./model.ts";
import type { DescribeArchitecture, LatencyPredictor, LatencySources } from "./predictor.ts";

/** The models that need nothing besides this package; the first is the default. More can be added: see `LatencyModel`. */
export const latencyModels: readonly BuiltInLatencyModel[] = [bayesianModel, flopsModel, operatorsModel, ridgeModel];

/** Their names, the default's first. */
export const latencyPredictorNames: readonly string[] = latencyModels.map(({ name }) => name);

/** A model of a registry by its name, or `default` for the first. @throws InputError for a name that is unknown. */
export function latencyModelNamed<M extends LatencyModel>(models: readonly M[], name: string): M {
  const model = name === "default" ? models[0] : models.find((known) => known.name === name);
  if (model) return model;
  const names = models.map((known) => known.name);
  throw new InputError(`there is no latency model '${name}'`, {
    expected: `one of ${names.join(", ")}`,
    suggestion: nearestSpelling(name, names),
  });
}

/** Learns one of `latencyModels`; see `LatencyModel.learn`. @throws InputError */
export function learnLatencyPredictor(name: string, sources: LatencySources, describe: DescribeArchitecture): LatencyPredictor {
  return latencyModelNamed(latencyModels, name).learn(sources, describe);
}

/** Takes back what `toJson` of one of `latencyModels` gave; see `LatencyModel.load`. @throws InputError */
export function loadLatencyPredictor(json: Json, describe: DescribeArchitecture, architectures: readonly string[] = []): LatencyPredictor {
  const { model, state } = readSavedModel(json);
  return latencyModelNamed(latencyModels, model).load(state, describe, architectures);
}
