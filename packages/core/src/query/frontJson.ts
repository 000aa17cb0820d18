/** A front as JSON shows it, at full precision. */
import { type Experiment, formatObjective, type Objective } from "../experiment/index.ts";
import type { Listing } from "./front.ts";
import { differencesJson, type ScoreDifferences } from "./seeds/index.ts";
import { trialJson } from "./trialJson.ts";

/**
 * The front as JSON. Part of the contract of the command line. `compared_as` says of each cost among the objectives how all
 * trials' values of it are known; `differences`, where trials were trained with several seeds, which of them mean something.
 */
export function frontJson(
  experiment: Experiment,
  run: string,
  { trials, values, differences }: Listing & { readonly differences?: ScoreDifferences | undefined },
  objectives: readonly Objective[],
) {
  const costs = objectives.filter((objective) => "device" in objective);
  return {
    run,
    experiment: experiment.name,
    objectives: objectives.map((objective) => formatObjective(objective, experiment.task)),
    compared_as: Object.fromEntries(
      costs.map((objective) => [formatObjective(objective), values.kind(objective.device, objective.metric)]),
    ),
    ...(differences ? { differences: differencesJson(experiment, differences) } : {}),
    trials: trials.map((trial) => ({
      ...trialJson(experiment, trial, values),
      objectives: Object.fromEntries(
        objectives.map((objective) => [formatObjective(objective, experiment.task), values.objective(trial, objective) ?? null]),
      ),
    })),
  };
}
