/** Forward pass and gradients of batch normalisation in the blocked layout, in as few passes over the images as there can be. */
import { elementCount } from "@archwright/core/ir";
import { blockedAffine, blockedDot, blockedMeans, type FusedActivation, padToBlocks, toBlocked } from "../blocked.ts";
import type { Tensor, TensorOps } from "../tensorOps.ts";

/** Of each channel over the batch, height and width; channels are filled up. */
interface BlockedStatistics {
  readonly mean: Tensor;
  /** Biased. */
  readonly variance: Tensor;
  /** 1/√(variance + ε). */
  readonly inverse: Tensor;
  /** Numbers a channel. */
  readonly count: number;
}

/**
 * The variance is the mean square less the square of the mean: one pass, and exact enough where the mean is not many times the
 * deviation. A convolution before it subtracts the running mean (`Tensor.shift`), which keeps it so in training.
 */
function statistics(ops: TensorOps, x: Tensor, epsilon: number): BlockedStatistics {
  const count = elementCount(x.shape) / (x.shape[1] as number);
  const mean = blockedMeans(ops, x);
  const meanSquare = ops.mul(blockedDot(ops, x, x), 1 / count);
  // Rounding may leave less than nothing of a constant channel.
  const variance = ops.unary("Relu", ops.sub(meanSquare, ops.mul(mean, mean)));
  const inverse = ops.unary("Reciprocal", ops.unary("Sqrt", ops.add(variance, epsilon)));
  return { mean, variance, inverse, count };
}

/** Batch normalisation by the statistics of the batch (Ioffe and Szegedy 2015) of a blocked image, and the activation that follows. */
export function blockedNormForward(
  ops: TensorOps,
  x: Tensor,
  [scale, shift]: readonly Tensor[],
  { epsilon, activation }: { readonly epsilon: number; readonly activation: FusedActivation | undefined },
): Tensor {
  const { mean, inverse } = statistics(ops, x, epsilon);
  const factor = ops.mul(padToBlocks(ops, scale as Tensor, 0), inverse);
  const term = ops.sub(padToBlocks(ops, shift as Tensor, 0), ops.mul(mean, factor));
  return blockedAffine(ops, x, { factor, term, activation });
}

interface BlockedNormBackward {
  /** Blocked. */
  readonly x: Tensor;
  /** Scale, shift, running mean and variance. */
  readonly parameters: readonly Tensor[];
  readonly dy: Tensor;
}

/** As `batchNormGradient`, with dx as one affine function of dy and x. */
export function blockedNormGradient(ops: TensorOps, epsilon: number, { x, parameters, dy: gradient }: BlockedNormBackward) {
  const [scale, , runningMean, runningVariance] = parameters as readonly [Tensor, Tensor, Tensor, Tensor];
  const dy = toBlocked(ops, gradient);
  const { mean, variance, inverse, count } = statistics(ops, x, epsilon);
  const meanGradient = blockedMeans(ops, dy);
  // Σ dy·x̂ / count.
  const along = ops.mul(ops.sub(ops.mul(blockedDot(ops, dy, x), 1 / count), ops.mul(mean, meanGradient)), inverse);
  const factor = ops.mul(padToBlocks(ops, scale, 0), inverse);
  const ofX = ops.neg(ops.mul(ops.mul(factor, inverse), along));
  const term = ops.neg(ops.add(ops.mul(factor, meanGradient), ops.mul(ofX, mean)));
  const zeros = ops.filled(0, term.shape);
  const dx = blockedAffine(ops, dy, { factor, term, sum: blockedAffine(ops, x, { factor: ofX, term: zeros }) });
  const counted = (perChannel: Tensor) => ops.slice(perChannel, [0], [0], scale.shape);
  const unbiased = ops.mul(counted(variance), count / Math.max(1, count - 1));
  return {
    dx,
    parameters: [
      ops.mul(counted(along), count),
      ops.mul(counted(meanGradient), count),
      ops.sub(x.shift ? ops.sub(runningMean, x.shift) : runningMean, counted(mean)),
      ops.sub(runningVariance, unbiased),
    ],
  };
}
