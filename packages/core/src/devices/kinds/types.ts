/** What a kind of device is: how it is named in an experiment, what it knows of networks, and how its costs are had. */
import type { z } from "zod";
import type { Json, Path } from "../../base/index.ts";
import type { MemoryPlan, Network, NumberFormat } from "../../ir/index.ts";
import type { LatencyModel } from "../../latency/index.ts";
import type { AnySearchSpace, SpaceSpec, Task } from "../../spaces/index.ts";
import type { Budgets } from "../budgets.ts";
import type { FittedDevice } from "../fitted/index.ts";
import type { DeviceProfile } from "../profile.ts";
import type { TableColumn } from "../tables/index.ts";
import type { CostEstimate, CostName, KernelCost } from "../types.ts";

/** A device that the library keeps in a file of its own. */
export type LibraryDevice = DeviceProfile | FittedDevice;

/** An entry of `devices:` as it is written, but for what one kind alone understands. */
export interface DeviceEntry {
  readonly name: string;
  readonly budgets: Budgets;
  readonly format?: NumberFormat | undefined;
}

/** What an entry may be resolved with. */
export interface DeviceContext {
  readonly space: SpaceSpec;
  readonly task: Task;
  /** The library's device of this name. @throws InputError naming the nearest, where there is none. */
  library(name: string): LibraryDevice;
  /** A column with the hash of its content. @throws InputError where it cannot be read. */
  column(written: { readonly file: string; readonly column: string }): TableColumn;
  /** Carries out what reads the value at a path of the entry; its complaints get the value's place. */
  located<T>(path: Path, read: () => T): T;
}

/** What a device of an experiment needs to be opened. */
export interface CostSourceContext {
  /** Of which the candidates are. */
  readonly space: AnySearchSpace;
  /** The latencies of a table's column, ms, by canonical text. @throws InputError where they cannot be read or used. */
  latencies(column: TableColumn, space: AnySearchSpace): ReadonlyMap<string, number>;
  /** By which fitted devices predict; those that need it have been prepared. */
  readonly latencyModels: readonly LatencyModel[];
}

/** Estimates of a candidate's costs; what is not known is absent. */
export type Estimates = Readonly<Partial<Record<CostName, CostEstimate>>>;

/** Where the costs of candidates come from before anything is run. Deterministic, without input or output. */
export interface CostSource {
  /** @param network absent where no source of the search needs it. */
  estimate(architecture: string, network: Network | undefined): Estimates;
  readonly needsNetwork: boolean;
  /** The architectures that it knows; no others can be candidates. Absent where it knows every network. */
  readonly known?: ReadonlyMap<string, number>;
}

/** The cost of a network's kernels, one by one, in the form in which it is deployed. */
export interface CostBreakdown {
  readonly format: NumberFormat;
  readonly deployed: Network;
  readonly kernels: readonly KernelCost[];
  /** How the deployed network lies in the device's working memory. */
  readonly plan: MemoryPlan;
  /** What the costs were computed from. */
  readonly profile: DeviceProfile;
}

/** A device of this kind in an experiment: plain JSON, fit to be stored and sent. */
export interface SpecOfKind {
  readonly kind: string;
}

/** The gates at which a device can stop a candidate; see `gates` of `experiment/trial.ts`. */
export type CostGate = "analytic" | "predicted" | "measured";

/** How the library keeps devices of a kind: a file each. */
export interface LibraryFiles {
  /** What a file's name ends with, after the device's name. */
  readonly ending: RegExp;
  /** Whether a device is of this kind. */
  accepts(device: LibraryDevice): boolean;
  /** @throws InputError where the file is damaged. */
  parse(text: string, file: string): LibraryDevice;
  /** What a list of devices says of one; the format is null where nobody said which it was. */
  brief(device: LibraryDevice): { readonly kind: string; readonly format: NumberFormat | null; readonly description: string };
  /** The costs that are known of a device, and so may have a budget. */
  readonly costs: readonly CostName[];
  /** Where its costs come from, in a sentence for an experiment's comment. */
  readonly about: string;
  /** The spaces and tasks whose architectures it knows by their text, the first being its default; undefined where it knows all. */
  madeFor(device: LibraryDevice): readonly SpaceAndTask[] | undefined;
  /** The number formats in which it can run networks; empty where it knows one only, and does not say which. */
  formats(device: LibraryDevice): readonly NumberFormat[];
  /**
   * What a network costs, with what the user should know of the numbers.
   * @param format one of `formats`; absent for the device's own.
   * @throws InputError
   */
  estimate(device: LibraryDevice, subject: EstimatedNetwork, models: readonly LatencyModel[], format?: NumberFormat): LibraryEstimate;
}

/** What is estimated: an architecture of a space, or a network that came from elsewhere. */
export interface EstimatedNetwork {
  /** Canonical text; undefined for a network of no space. */
  readonly architecture: string | undefined;
  readonly network: Network;
  /** The architecture's space; the first that the device was made for where absent. */
  readonly of?: SpaceAndTask;
}

export interface SpaceAndTask {
  readonly space: SpaceSpec;
  readonly task: Task;
}

export interface LibraryEstimate {
  readonly estimates: Estimates;
  readonly warnings: readonly string[];
  /** Where time and memory go, where that is known. */
  readonly breakdown?: CostBreakdown;
}

/** One row of the table of device kinds. `Spec` is what it keeps of a device in an experiment. */
export interface DeviceKind<Spec extends SpecOfKind> {
  readonly kind: Spec["kind"];
  /** Keys of an entry that only this kind has; an entry with one of them is of this kind. */
  readonly keys: z.ZodRawShape;
  /** Names that stand for a device of this kind without a file in the library. */
  readonly names: readonly string[];
  /** How the library keeps devices of this kind; absent where it keeps none. */
  readonly library?: LibraryFiles;
  /**
   * What is kept of an entry. @throws InputError, also for budgets that nothing can be compared with.
   * @returns with `budgets` where the device sets some of its own.
   */
  resolve(entry: DeviceEntry & Readonly<Record<string, unknown>>, context: DeviceContext): Spec & { readonly budgets?: Budgets };
  /** Refuses a cost that this device cannot tell. @param use what the cost cannot be, as "an objective". @throws InputError */
  checkKnows(device: Spec & { readonly name: string }, cost: CostName, use: string): void;
  /** What of it decides which trials an experiment has, for the experiment's hash. */
  decides(device: Spec): Json;
  /** What of it decides trials, as a user would write it, for messages about what changed. */
  describe(device: Spec): Readonly<Record<string, unknown>>;
  /** The columns of tables that it reads. */
  columns?(device: Spec): readonly TableColumn[];
  /** What the device itself has, where it says so: budgets cannot be larger. */
  limits(device: Spec): Budgets;
  /** Opens it. @throws InputError where a file that it needs cannot be read. */
  open(device: Spec & { readonly name: string }, context: CostSourceContext): CostSource;
  /** Where its costs are compared with budgets. */
  readonly gates: readonly CostGate[];
  /** Whether its table must know an architecture for it to be a candidate, even where the device has no budget and no objective. */
  readonly restricts: boolean;
  /** How its latency is had before anything is run, in words. */
  readonly latencyIs: "predicted" | "looked up";
  /** Whether what is estimated is of another device: it hints at the cost, and decides nothing. */
  readonly hints: boolean;
  /** The runtime that measures it, where one does; see `devices/runtimes.ts`. */
  runtime?(device: Spec): string;
  /** The costs of a network's kernels, where they are known one by one. */
  breakDown?(device: Spec, network: Network): CostBreakdown;
}
