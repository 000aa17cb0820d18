import { canonicalJson, type Json, stableHash } from "../base/index.ts";
import type { AccuracyUnit, Budgets, DeviceProfile } from "../devices/index.ts";
import type { NumberFormat } from "../ir/index.ts";
import type { SearcherSettings } from "../search/index.ts";
import type { SpaceSpec, Task } from "../spaces/index.ts";
import type { DatasetSpec } from "./dataset.ts";
import type { FittedDevice } from "./fittedDevice.ts";
import type { InputDescription } from "./inputDescription.ts";
import type { Objective } from "./metrics.ts";
import type { TrainingSpec } from "./training.ts";

/** A column of a CSV table whose first column is `architecture`. */
export interface TableColumn {
  /** Absolute path. */
  readonly file: string;
  readonly column: string;
  /** Hash of its architectures and values, so that a changed table is another experiment. */
  readonly contentHash: string;
}

/** A column of accuracies; where no unit is named, percent. */
export interface AccuracyColumn extends TableColumn {
  readonly unit?: AccuracyUnit;
}

/** A device of an experiment. It steers the search if it has budgets or an objective; otherwise it is only reported. */
export type ExperimentDevice = { readonly name: string; readonly budgets: Budgets } & (
  | { readonly kind: "analytic"; readonly profile: DeviceProfile; readonly format: NumberFormat }
  /** This machine's runtime; `profile` is what predicts it beside the measurement. */
  | { readonly kind: "local"; readonly profile: DeviceProfile; readonly format: NumberFormat }
  | { readonly kind: "table"; readonly latency: TableColumn }
  /** Latency is predicted from a few measurements. */
  | { readonly kind: "fitted"; readonly fitted: FittedDevice }
);

/** Where accuracies come from. */
export type EvaluatorSpec =
  | {
      readonly kind: "train";
      readonly dataset: DatasetSpec;
      readonly datasetHash: string;
      /** What a trained network needs of the dataset. Absent in runs that were stored before it was. */
      readonly input?: InputDescription;
      readonly training: TrainingSpec;
    }
  | { readonly kind: "table"; readonly accuracy: AccuracyColumn };

/**
 * An experiment with every name resolved and every default written out: plain JSON, so that it can be stored, hashed
 * and sent to a worker, which needs nothing else to evaluate a trial.
 */
export interface Experiment {
  /** Of this shape; a worker refuses one it does not know. */
  readonly version: 1;
  readonly name: string;
  readonly seed: number;
  readonly task: Task;
  readonly space: SpaceSpec;
  readonly evaluator: EvaluatorSpec;
  readonly devices: readonly ExperimentDevice[];
  readonly objectives: readonly Objective[];
  /** The algorithm's own settings stand beside what every search has, as in the YAML. */
  readonly search: SearcherSettings & {
    readonly algorithm: string;
    /** Each trial is told as it ends; absent: a generation at a time. Absent rather than named, so that hashes stay as they were. */
    readonly mode?: "steady";
    /** How many trials may pass every gate before the last. */
    readonly evaluations: number;
    /** How many candidates may be looked at, those that a cheap gate stops included. */
    readonly candidates: number;
  };
  readonly limits: { readonly trialTimeMs: number; readonly trialMemoryBytes: number };
}

/** The search algorithm's own settings. */
export function searcherSettings({ search }: Experiment): SearcherSettings {
  const { algorithm: _algorithm, mode: _mode, evaluations: _evaluations, candidates: _candidates, ...settings } = search;
  return settings;
}

/**
 * What makes two experiments the same: everything that decides what its trials are. The seed stands beside the hash in a
 * run; where datasets and tables lie and what a profile says of itself decide nothing.
 */
export function experimentHash(experiment: Experiment): string {
  const { seed: _, evaluator, devices, ...rest } = experiment;
  const content = ({ file: _file, column: _column, ...column }: TableColumn) => column;
  const decides = {
    ...rest,
    evaluator:
      evaluator.kind === "train"
        ? // The input follows from the dataset's content.
          { ...evaluator, dataset: evaluator.datasetHash, input: undefined }
        : { ...evaluator, accuracy: content(evaluator.accuracy) },
    devices: devices.map((device) => {
      if (device.kind === "table") return { ...device, latency: content(device.latency) };
      if (device.kind === "fitted") return { ...device, fitted: device.fitted.hash };
      const { description: _description, sources: _sources, ...numbers } = device.profile;
      return { ...device, profile: numbers };
    }),
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

/** What of an experiment's way depends on time, and so differs from run to run. In words, for messages. */
export function dependsOnTime(experiment: Experiment): readonly string[] {
  const measured = experiment.devices.some((device) => device.kind === "local" && steers(experiment, device));
  return [...(measured ? ["measured latency"] : []), ...(experiment.search.mode === "steady" ? ["the order in which trials ended"] : [])];
}

/** `exact`: the same seed gives the same trials. `replayable`: something that depends on time steers, so only a replay of what is stored does. */
export function reproducibility(experiment: Experiment): "exact" | "replayable" {
  return dependsOnTime(experiment).length > 0 ? "replayable" : "exact";
}
