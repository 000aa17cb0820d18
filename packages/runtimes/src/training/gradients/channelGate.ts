/** An image times one factor for each channel of each example, as squeeze-and-excitation has it, in the blocked layout. */
import type { Operator, Pair } from "@archwright/core/ir";
import { inLayoutOf, planeCorrelation, toBlocked, toPlain } from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";

/** Whether a blocked image is multiplied with factors [N, C, 1, 1]. */
export function isChannelGate(op: Operator, [x, factors]: readonly Tensor[]): boolean {
  if (op.kind !== "binary" || op.fn !== "mul" || x?.channels === undefined) return false;
  return factors?.channels === undefined && factors?.shape.join() === [x.shape[0], x.channels, 1, 1].join();
}

/** The product: each plane by a filter of one number. */
export function channelGate(ops: TensorOps, x: Tensor, factors: Tensor): Tensor {
  return planeCorrelation(ops, x, toBlocked(ops, factors), { kernel: [1, 1], padding: [0, 0, 0, 0], size: x.shape.slice(2) });
}

/** Gradients of the image and of the factors. */
export function channelGateGradients(ops: TensorOps, [x, factors]: readonly [Tensor, Tensor], gradient: Tensor): readonly [Tensor, Tensor] {
  const dy = inLayoutOf(ops, x, gradient);
  const kernel = x.shape.slice(2) as unknown as Pair;
  const dFactors = planeCorrelation(ops, x, dy, { kernel, padding: [0, 0, 0, 0], size: [1, 1] });
  return [channelGate(ops, dy, factors), toPlain(ops, dFactors)];
}
