/** Where a network's time and memory go on a device, operator by operator. */
import { item } from "../../base/matrix.ts";
import type { Bottleneck } from "../../devices/index.ts";
import type { CostBreakdown } from "../../devices/kinds/index.ts";
import type { NodeIndex } from "../../ir/index.ts";

/** What one kernel (an operator, and what runs fused into it) costs. */
export interface OperatorCosts {
  /** Names of the operators that run as one. */
  readonly operators: readonly string[];
  readonly latency_ms: number;
  /** Of the network's latency, 0 to 1. */
  readonly share: number;
  readonly energy_mj: number | null;
  /** `compute`, `overhead`, or `memory: LEVEL`. */
  readonly bound_by: string;
  /** 1 multiply-accumulate is 2. */
  readonly operations: number;
  /** Bytes that pass each memory level, by its name. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes of the arena in use while it runs. */
  readonly memory_bytes: number;
}

/** The kernels in the order in which they run. */
export function operatorCosts({ kernels, deployed, plan, profile }: CostBreakdown): readonly OperatorCosts[] {
  const total = kernels.reduce((sum, { latencyMs }) => sum + latencyMs, 0);
  const stepOf = new Map<NodeIndex, number>(plan.schedule.map((node, step) => [node, step]));
  return kernels.map(({ nodes, latencyMs, energyMj, bottleneck, operations, bytes }) => ({
    operators: nodes.map((index) => item(deployed.nodes, index).name),
    latency_ms: latencyMs,
    share: total === 0 ? 0 : latencyMs / total,
    energy_mj: energyMj,
    bound_by: describeBottleneck(bottleneck),
    operations,
    bytes: Object.fromEntries(profile.memory.map(({ name }, level) => [name, item(bytes, level)])),
    memory_bytes: Math.max(0, ...nodes.map((node) => plan.timeline[stepOf.get(node) ?? -1] ?? 0)),
  }));
}

/** `compute`, `overhead`, or `memory: LEVEL`. */
export function describeBottleneck(bottleneck: Bottleneck): string {
  return bottleneck.kind === "memory" ? `memory: ${bottleneck.level}` : bottleneck.kind;
}
