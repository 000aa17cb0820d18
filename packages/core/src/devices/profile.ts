/** Device profiles: what a device can do, in numbers with sources. */
import type { NumberFormat } from "../ir/index.ts";
import type { Budgets } from "./budgets.ts";
import type { ProfilePlanner } from "./planner.ts";

export const hardwareKinds = ["microcontroller", "phone", "board", "cpu", "gpu", "accelerator"] as const;
export type HardwareKind = (typeof hardwareKinds)[number];

/**
 * Operators that reach different shares of a device's peak rate:
 * `convolution` (any kernel, groups other than depthwise included), `depthwise` (one input channel a group),
 * `dense` (dense and matrix products), `elementwise` (everything else).
 */
export const operatorClasses = ["convolution", "depthwise", "dense", "elementwise"] as const;
export type OperatorClass = (typeof operatorClasses)[number];

/** What a memory level can keep. A cache keeps both. */
export const memoryContents = ["activations", "weights"] as const;
export type MemoryContent = (typeof memoryContents)[number];

/** How fast a number format is computed with; 1 MAC is 2 operations. */
export interface FormatProfile {
  readonly format: NumberFormat;
  /** Peak, all units that the profile speaks of at work. */
  readonly operationsPerSecond: number;
  /** On top of static power; null where the profile does not state it. */
  readonly energyPerOperationMj: number | null;
}

export interface MemoryLevel {
  readonly name: string;
  readonly holds: readonly MemoryContent[];
  readonly capacityBytes: number;
  /** Sustained, from this level towards the arithmetic. */
  readonly bandwidthBytesPerSecond: number;
  /** On top of static power; null where the profile does not state it. */
  readonly energyPerByteMj: number | null;
}

/** Where a number comes from. An estimate says so. */
export interface Source {
  readonly basis: "datasheet" | "paper" | "measurement" | "estimate";
  readonly text: string;
}

export const sourceTopics = ["formats", "memory", "overhead", "efficiency", "energy", "runtime", "planner", "planning"] as const;
export type SourceTopic = (typeof sourceTopics)[number];

/**
 * A device as the analytic model sees it, every quantity resolved: plain JSON, fit to be stored and sent.
 * What the profile does not state is null, which is not 0.
 */
export interface DeviceProfile {
  readonly name: string;
  readonly description: string;
  readonly kind: HardwareKind;
  /** The format that networks run in unless another is asked for. */
  readonly format: NumberFormat;
  readonly formats: readonly FormatProfile[];
  /** From the nearest to the farthest. The last level that holds a kind of content is its home; levels before it are caches. */
  readonly memory: readonly MemoryLevel[];
  readonly overheadPerKernelMs: number | null;
  /** Share of the peak rate that a kernel of this class reaches when arithmetic limits it, in (0, 1]. */
  readonly efficiency: Readonly<Record<OperatorClass, number | null>>;
  /** Drawn all the time that a network runs, mW. */
  readonly staticPowerMw: number | null;
  /** What the inference runtime itself occupies, beside weights and arena. */
  readonly runtime: { readonly memoryBytes: number | null; readonly flashBytes: number | null };
  /** How the runtime lays out memory; see `plannerRules`. */
  readonly planning: ProfilePlanner;
  /** What does not fit the device at all; an experiment may ask for less. */
  readonly budgets: Budgets;
  readonly sources: Readonly<Partial<Record<SourceTopic, readonly Source[]>>>;
}
