/** Costs, estimates of them, and what a cost model is. */
import type { MemoryPlan, Network, NodeIndex } from "../ir/index.ts";

/** What a network costs on a device. Units are in the names; energy is per inference. */
export interface Costs {
  readonly latencyMs: number;
  readonly peakMemoryBytes: number;
  readonly flashBytes: number;
  readonly energyMj: number;
}

export type CostName = keyof Costs;

export const costNames = ["latencyMs", "peakMemoryBytes", "flashBytes", "energyMj"] as const satisfies readonly CostName[];

/** How a cost is written in YAML, and with its unit in JSON, CSV and conditions. */
export const costTerms = {
  latencyMs: { yaml: "latency", column: "latency_ms", dimension: "time" },
  peakMemoryBytes: { yaml: "peak_memory", column: "peak_memory_bytes", dimension: "memory" },
  flashBytes: { yaml: "flash", column: "flash_bytes", dimension: "memory" },
  energyMj: { yaml: "energy", column: "energy_mj", dimension: "energy" },
} as const satisfies Record<CostName, { yaml: string; column: string; dimension: "time" | "memory" | "energy" }>;

/** A cost that was computed from a profile, predicted by a fitted device's model, or looked up in a table. */
export interface CostEstimate {
  /** The best guess; of a prediction the median. */
  readonly value: number;
  /** Ends of the interval that holds a measurement with 95 percent probability; null where nothing is known of the error. */
  readonly low95: number | null;
  readonly high95: number | null;
  readonly source: "analytic" | "predicted" | "table";
  /** The profile that the cost was computed from, where it is another device's: it hints at this device's cost, and is not it. */
  readonly profile?: string;
}

/** What limits an operator: arithmetic, one of the device's memory levels (by name), or the fixed overhead. */
export type Bottleneck = { readonly kind: "compute" } | { readonly kind: "memory"; readonly level: string } | { readonly kind: "overhead" };

/** One kernel (an operator and what is fused into it) on the device's roofline. */
export interface KernelCost {
  readonly nodes: readonly NodeIndex[];
  readonly latencyMs: number;
  /** Null where the profile does not state what energy needs. */
  readonly energyMj: number | null;
  readonly bottleneck: Bottleneck;
  /** As `NodeCosts.flops` counts them. */
  readonly operations: number;
  /** Bytes that pass each memory level of the device, in the profile's order. */
  readonly bytes: readonly number[];
}

/** All that a cost model says about a network. A cost that the model does not know is absent. */
export interface CostReport {
  readonly costs: Readonly<Partial<Record<CostName, CostEstimate>>>;
  readonly kernels?: readonly KernelCost[];
  /** The network as it is deployed, of which the kernels are, and how it is laid out in memory. */
  readonly deployed?: Network;
  readonly plan?: MemoryPlan;
}

/** Network → costs on one device. Computed, deterministic, without input or output. */
export interface CostModel {
  /** The device's name. */
  readonly device: string;
  estimate(network: Network): CostReport;
}
