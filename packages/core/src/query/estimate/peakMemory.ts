/** Which tensors make a network's peak of working memory. */
import { item } from "../../base/matrix.ts";
import type { CostBreakdown } from "../../devices/kinds/index.ts";

/** The step at which most of the arena is in use. */
export interface PeakMemory {
  /** Bytes of the whole arena. */
  readonly arena_bytes: number;
  /** Bytes in use at the peak; the arena is larger where the buffers cannot be packed without a gap. */
  readonly live_bytes: number;
  /** The operator that runs then. */
  readonly operator: string;
  /** What is alive then, the largest first. */
  readonly tensors: readonly PeakTensor[];
}

export interface PeakTensor {
  readonly name: string;
  /** `scratch`: what the kernel needs while it runs. */
  readonly kind: "tensor" | "scratch";
  readonly bytes: number;
}

export function peakMemory({ deployed, plan }: CostBreakdown): PeakMemory {
  const live = Math.max(0, ...plan.timeline);
  const step = plan.timeline.indexOf(live);
  const nameOf = (index: number) => item(deployed.nodes, index).name;
  // Of tensors that lie in one buffer one after another, the last that was written by then.
  const written = new Map(plan.schedule.map((node, at) => [node, at]));
  const tensors = plan.buffers
    .filter(({ firstStep, lastStep }) => firstStep <= step && step <= lastStep)
    .map(({ kind, nodes, bytes }): PeakTensor => {
      const last = nodes.findLast((node) => (written.get(node) ?? 0) <= step) ?? item(nodes, 0);
      return { name: nameOf(last), kind, bytes };
    });
  return {
    arena_bytes: plan.arenaBytes,
    live_bytes: live,
    operator: step < 0 ? "none" : nameOf(item(plan.schedule, step)),
    tensors: tensors.sort((a, b) => b.bytes - a.bytes),
  };
}
