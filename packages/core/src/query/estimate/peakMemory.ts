/** Which tensors make a network's peak of working memory. */
import type { CostBreakdown } from "../../devices/kinds/index.ts";
import { peakTensors } from "../../ir/index.ts";

/** The step at which most of the arena is in use, as JSON shows it. */
export interface PeakMemory {
  /** Bytes of the whole arena. */
  readonly arena_bytes: number;
  /** Bytes in use at the peak; the arena is larger where the buffers cannot be packed without a gap. */
  readonly live_bytes: number;
  /** No order of the operators needs less. */
  readonly lower_bound_bytes: number;
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
  const peak = peakTensors(plan, deployed);
  return {
    arena_bytes: plan.arenaBytes,
    live_bytes: plan.peakLiveBytes,
    lower_bound_bytes: plan.lowerBoundBytes,
    operator: peak.name,
    tensors: peak.tensors.map(({ name, kind, bytes }) => ({ name, kind, bytes })),
  };
}
