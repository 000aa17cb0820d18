import type { Network, NodeIndex } from "../ir/index.ts";

/** What a network costs on a device. Units are in the names; energy is per inference. */
export interface Costs {
  readonly latencyMs: number;
  readonly peakMemoryBytes: number;
  readonly flashBytes: number;
  readonly energyMj: number;
}

export type CostName = keyof Costs;

export const costNames = ["latencyMs", "peakMemoryBytes", "flashBytes", "energyMj"] as const satisfies readonly CostName[];

/** A cost that was computed, predicted or looked up. `sd` is 0 where it is exact or where nothing is known of its error. */
export interface CostEstimate {
  readonly value: number;
  readonly sd: number;
  readonly source: "analytic" | "predicted" | "table";
}

/** What limits an operator: arithmetic, one of the device's memory levels (by name), or the fixed overhead. */
export type Bottleneck = { readonly kind: "compute" } | { readonly kind: "memory"; readonly level: string } | { readonly kind: "overhead" };

/** One kernel (an operator and what is fused into it) on the device's roofline. */
export interface KernelCost {
  readonly nodes: readonly NodeIndex[];
  readonly latencyMs: number;
  readonly energyMj: number;
  readonly bottleneck: Bottleneck;
}

/** All that a cost model says about a network. A cost that the model does not know is absent. */
export interface CostReport {
  readonly costs: Readonly<Partial<Record<CostName, CostEstimate>>>;
  readonly kernels?: readonly KernelCost[];
}

/** Network → costs on one device. Computed, deterministic, without input or output. */
export interface CostModel {
  /** The device's name. */
  readonly device: string;
  estimate(network: Network): CostReport;
}
