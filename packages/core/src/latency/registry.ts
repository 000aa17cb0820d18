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

/** What may be said to {@link loadLatencyPredictor}. */
export interface LoadOptions {
  /** For `explain` to look at; predictions do not depend on them. */
  readonly architectures?: readonly string[];
  /** The registry, `latencyModels` where absent. Those that need it have been prepared. */
  readonly models?: readonly LatencyModel[];
}

/** Takes back what a predictor's `toJson` gave; see `LatencyModel.load`. @throws InputError also for a model that the registry lacks. */
export function loadLatencyPredictor(
  json: Json,
  describe: DescribeArchitecture,
  { architectures = [], models = latencyModels }: LoadOptions = {},
): LatencyPredictor {
  const { model, state } = readSavedModel(json);
  return latencyModelNamed(models, model).load(state, describe, architectures);
}

/** Prepares the models of these names, as far as the registry has them. */
export async function prepareLatencyModels(models: readonly LatencyModel[], names: Iterable<string>): Promise<void> {
  const wanted = new Set(names);
  await Promise.all(models.map((model) => (wanted.has(model.name) ? model.prepare?.() : undefined)));
}
