/** What a kind of evaluator is: how an experiment asks for it, where it runs, and what it needs there. */
import type { z } from "zod";
import type { Json, Path } from "../../base/index.ts";
import type { AccuracyColumn, TableColumn } from "../../devices/index.ts";
import type { AnySearchSpace, SpaceSpec, Task } from "../../spaces/index.ts";
import type { DatasetSpec } from "../data/dataset.ts";
import type { InputDescription } from "../data/inputDescription.ts";
import type { OwnMetrics } from "../metrics.ts";
import type { PluginIdentity } from "../plugins/identity.ts";
import type { Command } from "../program/spec.ts";
import type { Evaluator } from "../runtime.ts";
import type { Stage } from "../training/stages.ts";

/** An evaluator of an experiment: plain JSON, fit to be stored and sent. */
export interface SpecOfEvaluator {
  readonly kind: string;
}

/** What is kept of a dataset in an experiment. */
export interface FoundDataset {
  /** With absolute paths. */
  readonly spec: DatasetSpec;
  readonly task: Task;
  readonly contentHash: string;
  /** Without it nothing that was trained can be exported. */
  readonly input?: InputDescription;
  /** How many there are to train on; absent where that is not known. */
  readonly trainingImages?: number;
}

/** What is kept of a model's file whose layers are candidates. */
export interface BackboneFile {
  /** As `networkToJson` writes it. */
  readonly network: Readonly<Record<string, Json>>;
  /** Of the file, its weights included. */
  readonly contentHash: string;
}

/** What an evaluator is resolved with. */
export interface EvaluatorContext {
  /** A path as written in the experiment, made absolute. */
  path(text: string): string;
  /** A column with the hash of its content. @throws InputError where it cannot be read. */
  column(written: { readonly file: string; readonly column: string }): TableColumn;
  /** The dataset as it is found now. @throws InputError, also where it does not fit the memory of a trial */
  readDataset(spec: DatasetSpec, trialMemoryBytes: number): Promise<FoundDataset>;
  /** A model by its absolute path, for images of the task. @throws InputError where it can be no backbone. */
  readBackbone(file: string, task: Task): BackboneFile;
  readonly trialMemoryBytes: number;
  /** Carries out what reads the value at a path of the experiment; its complaints get the value's place. */
  located<T>(path: Path, read: () => T): T;
  locatedAsync<T>(path: Path, read: () => Promise<T>): Promise<T>;
}

/** What a worker of a fleet has of its own, for evaluators that need it: nothing that came with an experiment stands for it. */
export interface WorkerPrograms {
  /** How programs are started, by the names that the worker gives them. */
  readonly commands: Readonly<Record<string, Command>>;
  /** Where they are started. */
  readonly folder: string;
  /** Where evaluations have their folders. */
  readonly workFolder: string;
  /** Plugins that the worker was started with. */
  readonly plugins?: readonly PluginIdentity[];
}

/** What an evaluator that runs on a worker is opened with. */
export interface WorkerProblem<Spec> {
  readonly space: AnySearchSpace;
  readonly task: Task;
  readonly spec: Spec;
  /** Of one evaluation. The time begins when the job does, and whoever runs the worker enforces both as well. */
  readonly limits: { readonly trialTimeMs: number; readonly trialMemoryBytes: number };
  /** Where evaluations keep what an interruption must not cost. Nothing is kept where absent. */
  readonly workFolder?: string | undefined;
}

/** Opens an evaluator on a worker. @throws InputError where what it needs cannot be read. */
export type OpenEvaluator<Spec = SpecOfEvaluator> = (problem: WorkerProblem<Spec>) => Promise<Evaluator>;

/** What an evaluator that runs beside the search is opened with. */
export interface LookupContext {
  readonly space: AnySearchSpace;
  /** The accuracies of a table's column, percent, by canonical text. @throws InputError where they cannot be read or used. */
  accuracies(column: AccuracyColumn, space: AnySearchSpace): ReadonlyMap<string, number>;
}

/** One row of the table of evaluator kinds. `Spec` is what an experiment keeps of it. */
export interface EvaluatorKind<Spec extends SpecOfEvaluator> {
  readonly kind: Spec["kind"];
  /** Keys of an experiment's YAML that only this kind has, all optional in the schema. */
  readonly keys: z.ZodRawShape;
  /** The one of `keys` that chooses this kind. */
  readonly chosenBy: string;
  /** What the key means, for the message where no evaluator is named, and an example of it. */
  readonly meaning: { readonly text: string; readonly example: string };
  /** Where it runs: on a worker, as a job; or in the controller, by looking up what is known from the start. */
  readonly runs: "worker" | "controller";
  /** What it does to a candidate: "8 of 20 evaluations trained". */
  readonly verb: "trained" | "looked up" | "probed";
  /** Whether the members of the front are also tested on examples that the search never saw. */
  readonly tests: boolean;
  /** What is kept of the YAML's keys, and the task that they set, where they do. @throws InputError */
  resolve(
    document: Readonly<Record<string, unknown>>,
    context: EvaluatorContext,
  ): Promise<{ readonly evaluator: Spec; readonly task?: Task }>;
  /** Whether it can evaluate networks of this space. @throws InputError where it cannot. */
  checkSpace?(spec: Spec, space: SpaceSpec, context: EvaluatorContext): void;
  /** In a few words: `trained on digits for 10 epochs`. */
  inWords(spec: Spec): string;
  /** The stages of training, one at least: how much a trial is given in each. */
  stages(spec: Spec): readonly Stage[];
  /** Whether candidates begin with weights of earlier trials. */
  inherits?(spec: Spec): boolean;
  /** The YAML's key of the stages after the first; absent where there can be none. */
  readonly stagesKey?: string;
  /** The same for another number of evaluations, where stages that nobody wrote follow from it. */
  forEvaluations?(spec: Spec, evaluations: number): Spec;
  /** As it goes on with a run's, where something was left to a default. */
  continuing?(run: Spec, now: Spec): Spec;
  /** What of it decides which trials an experiment has, and how they are trained on, for the experiment's hash. */
  decides(spec: Spec): Json;
  /**
   * What of it decides the search's trials, as a user would write it, where it differs from the other experiment's evaluator. Of stages of
   * training the first only.
   */
  describe(spec: Spec, other: SpecOfEvaluator): Readonly<Record<string, unknown>>;
  /** What of its scores may differ from one time to the next, in words; absent where the same seed gives the same. */
  dependsOn?(spec: Spec): string | undefined;
  /** What workers of a fleet call what it needs: only those that have it are given its jobs. Absent where any worker will do. */
  calledOnWorkers?(spec: Spec): string | undefined;
  /** What of it is sent to a fleet. @throws InputError where it cannot run there. */
  published?(spec: Spec): Spec;
  /** The same as a worker of a fleet carries it out, with what that has of its own. @throws InputError where the worker lacks it. */
  equipped?(spec: Spec, own: WorkerPrograms): Spec;
  /** Numbers that it gives beside the score, which may be objectives and have budgets. */
  metrics?(spec: Spec): OwnMetrics;
  /** The columns of tables that it reads. */
  columns?(spec: Spec): readonly TableColumn[];
  /** The dataset whose files a worker needs, where it needs any, and what was found in it. */
  dataset?(spec: Spec): Omit<FoundDataset, "task">;
  /** The same with the dataset's files elsewhere. */
  relocate?(spec: Spec, dataset: DatasetSpec): Spec;
  /** Opens one that runs in the controller: scores by canonical text, all that are known. @throws InputError */
  open?(spec: Spec, context: LookupContext): ReadonlyMap<string, number>;
}
