/** An experiment as it is stored and sent, and what makes two of them the same. */
import { canonicalJson, type Json, stableHash } from "../base/index.ts";
import { deviceKindOf, type ExperimentDevice, measuredBy } from "../devices/kinds/index.ts";
import type { SearcherSettings } from "../search/index.ts";
import type { SpaceSpec, Task } from "../spaces/index.ts";
import { type EvaluatorSpec, evaluatorKindOf } from "./evaluators/index.ts";
import type { Objective } from "./metrics.ts";
import type { PluginIdentity } from "./plugins/identity.ts";

/** The version of the shape below; `upgradeExperiment` brings older ones to it. */
export const experimentVersion = 3;

/**
 * An experiment with every name resolved and every default written out: plain JSON, so that it can be stored, hashed
 * and sent to a worker, which needs nothing else to evaluate a trial.
 */
export interface Experiment {
  /** Of this shape; a worker refuses one it does not know. */
  readonly version: typeof experimentVersion;
  readonly name: string;
  readonly seed: number;
  readonly task: Task;
  readonly space: SpaceSpec;
  readonly evaluator: EvaluatorSpec;
  readonly devices: readonly ExperimentDevice[];
  readonly objectives: readonly Objective[];
  /** The algorithm's own settings stand beside what every search has, as in the YAML. */
  readonly search: SearcherSettings & {
    /** Never `default`, but what that stood for when the experiment was read. */
    readonly algorithm: string;
    /** Nobody named the algorithm: a run goes on with its own, whatever the default has become. Absent where one was named. */
    readonly byDefault?: true;
    /** Each trial is told as it ends; absent: a generation at a time. Absent rather than named, so that hashes stay as they were. */
    readonly mode?: "steady";
    /** How many trials may pass every gate before the last. 0 where a time is given and nothing was planned yet. */
    readonly evaluations: number;
    /** What the number of evaluations is planned from; absent where it was given. */
    readonly time?: SearchTime;
    /** How many candidates may be looked at, those that a cheap gate stops included. */
    readonly candidates: number;
    /** Canonical texts of the architectures that are looked at before all others; absent where there are none. */
    readonly start?: readonly string[];
    /** Ids of finished runs, in the store of the run itself, from which the search learns; absent where there are none. */
    readonly warmStart?: readonly string[];
  };
  readonly limits: { readonly trialTimeMs: number; readonly trialMemoryBytes: number };
  /** Packages of the user's own that it needs; absent where there are none. */
  readonly plugins?: readonly PluginIdentity[];
}

/** How long a search may take, and what was planned for that. */
export interface SearchTime {
  readonly ms: number;
  /** Absent until it is made, when the run begins. */
  readonly plan?: {
    /** Evaluations that ran at once. */
    readonly slots: number;
    /** Mean wall time of the evaluations that were measured, and of the slower half of them. */
    readonly secondsEach: number;
    readonly secondsLater: number;
  };
}

/** Cheap gates may turn away so many candidates for each evaluation intended before the search gives up. */
export function usualCandidates(evaluations: number): number {
  return 50 * evaluations;
}

/** The search algorithm's own settings. */
export function searcherSettings({ search }: Experiment): SearcherSettings {
  const {
    algorithm: _algorithm,
    byDefault: _byDefault,
    mode: _mode,
    evaluations: _evaluations,
    time: _time,
    candidates: _candidates,
    start: _start,
    warmStart: _warmStart,
    ...settings
  } = search;
  return settings;
}

/**
 * What makes two experiments the same: everything that decides what its trials are. The seed stands beside the hash in a
 * run; where datasets and tables lie and what a profile says of itself decide nothing.
 */
export function experimentHash(experiment: Experiment): string {
  const { seed: _, evaluator, devices, search, plugins, ...rest } = experiment;
  const { byDefault: __, ...searched } = search;
  const decides = {
    ...rest,
    ...(plugins ? { plugins: plugins.map(({ file: _file, ...what }) => what) } : {}),
    search: searched,
    evaluator: evaluatorKindOf(evaluator).decides(evaluator),
    devices: devices.map((device) => ({ name: device.name, budgets: device.budgets, ...(deviceKindOf(device).decides(device) as object) })),
  };
  return stableHash(canonicalJson(decides as unknown as Json));
}

/** Whether a device decides anything: has a budget or an objective. */
export function steers(experiment: Experiment, device: ExperimentDevice): boolean {
  return (
    Object.keys(device.budgets).length > 0 ||
    experiment.objectives.some((objective) => "device" in objective && objective.device === device.name)
  );
}

/** What of an experiment's way depends on time or chance, and so differs from run to run. In words, for messages. */
export function dependsOnTime(experiment: Experiment): readonly string[] {
  const measured = experiment.devices.some((device) => measuredBy(device) !== undefined && steers(experiment, device));
  const scores = evaluatorKindOf(experiment.evaluator).dependsOn?.(experiment.evaluator);
  return [
    ...(measured ? ["measured latency"] : []),
    ...(scores === undefined ? [] : [scores]),
    ...(experiment.search.time === undefined ? [] : ["the number of evaluations, planned from the machine's speed"]),
    ...(experiment.search.mode === "steady" ? ["the order in which trials ended"] : []),
  ];
}

/** `exact`: the same seed gives the same trials. `replayable`: something that depends on time steers, so only a replay of what is stored does. */
export function reproducibility(experiment: Experiment): "exact" | "replayable" {
  return dependsOnTime(experiment).length > 0 ? "replayable" : "exact";
}
