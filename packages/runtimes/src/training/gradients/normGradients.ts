/** Forward pass and gradients of normalisations. */
import { item } from "@archwright/core/base";
import { elementCount, type Shape } from "@archwright/core/ir";
import type { Tensor, TensorOps } from "../tensorOps.ts";

const exceptChannels = (shape: Shape) => shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
const channelShape = (shape: Shape) => shape.map((size, axis) => (axis === 1 ? size : 1));

interface Affine {
  readonly factor: Tensor;
  readonly term: Tensor;
  readonly mean: Tensor;
}

/** (x − mean)·factor + term, with one mean, factor and term a channel: ONNX's inference operator does it in one pass. */
function affine(ops: TensorOps, x: Tensor, { factor, term, mean }: Affine): Tensor {
  const ones = ops.filled(1, [item(x.shape, 1)]);
  return ops.raw("BatchNormalization", [x, factor, term, mean, ones], x.shape, { epsilon: { float: 0 } });
}

/** Mean and (biased) variance of each channel over the batch, [C]. */
export function batchStatistics(
  ops: TensorOps,
  x: Tensor,
): { readonly mean: Tensor; readonly centred: Tensor; readonly variance: Tensor; readonly count: number } {
  const axes = exceptChannels(x.shape);
  const channels = item(x.shape, 1);
  const count = elementCount(x.shape) / channels;
  const mean = ops.mean(x, axes);
  const zeros = ops.filled(0, [channels]);
  const centred = affine(ops, x, { factor: ops.filled(1, [channels]), term: zeros, mean });
  const variance = ops.mul(ops.sum(ops.mul(centred, centred), axes), 1 / count);
  return { mean, centred, variance, count };
}

/** Batch normalisation by the statistics of the batch (Ioffe and Szegedy 2015) of an image in the plain layout. */
export function batchNormForward(ops: TensorOps, x: Tensor, [scale, shift]: readonly Tensor[], epsilon: number): Tensor {
  const { mean, variance } = batchStatistics(ops, x);
  // ONNX's inference operator with the batch's statistics is one pass over the image.
  return ops.raw("BatchNormalization", [x, scale as Tensor, shift as Tensor, mean, variance], x.shape, { epsilon: { float: epsilon } });
}

/** What a normalisation has read, and the gradient of what it gave. */
interface NormBackward {
  readonly x: Tensor;
  readonly dy: Tensor;
}

/** Where it has a scale for each channel or feature. */
interface ScaledBackward extends NormBackward {
  readonly scale: Tensor;
}

/**
 * With x̂ = (x − μ)·r, r = 1/√(σ² + ε), over M numbers a channel:
 * ∂scale = Σ dy·x̂, ∂shift = Σ dy, dx = scale·r·(dy − Σdy/M − x̂·Σ(dy·x̂)/M).
 * In place of a gradient, a running statistic gets its distance from the batch's (unbiased variance, as PyTorch).
 */
export function batchNormGradient(
  ops: TensorOps,
  epsilon: number,
  { x, parameters, dy }: NormBackward & { readonly parameters: readonly Tensor[] },
) {
  const [scale, , runningMean, runningVariance] = parameters as readonly [Tensor, Tensor, Tensor, Tensor];
  const { mean, centred, variance, count } = batchStatistics(ops, x);
  const axes = exceptChannels(x.shape);
  const inverse = ops.unary("Reciprocal", ops.unary("Sqrt", ops.add(variance, epsilon)));
  const sumGradient = ops.sum(dy, axes);
  const sumProduct = ops.mul(ops.sum(ops.mul(dy, centred), axes), inverse);
  const zeros = ops.filled(0, mean.shape);
  const factor = ops.mul(scale, inverse);
  const along = ops.neg(ops.mul(ops.mul(factor, inverse), ops.mul(sumProduct, 1 / count)));
  const dx = ops.add(
    affine(ops, dy, { factor, term: zeros, mean: ops.mul(sumGradient, 1 / count) }),
    affine(ops, x, { factor: along, term: zeros, mean }),
  );
  const unbiased = ops.mul(variance, count / Math.max(1, count - 1));
  return { dx, parameters: [sumProduct, sumGradient, ops.sub(runningMean, mean), ops.sub(runningVariance, unbiased)] };
}

interface Normalised {
  readonly normalised: Tensor;
  /** 1/√(… + ε). */
  readonly inverse: Tensor;
}

/** (x − mean)/√(variance + ε) over the last axis, or x/√(mean square + ε) if not `centre`. */
function normalise(ops: TensorOps, x: Tensor, epsilon: number, centre: boolean): Normalised {
  const last = [x.shape.length - 1];
  const centred = centre ? ops.sub(x, ops.mean(x, last, true)) : x;
  const inverse = ops.unary("Reciprocal", ops.unary("Sqrt", ops.add(ops.mean(ops.mul(centred, centred), last, true), epsilon)));
  return { normalised: ops.mul(centred, inverse), inverse };
}

/** dx = r·(dn − mean(dn) − n·mean(dn·n)) over the last axis, for n the normalised x and dn its gradient. */
function normaliseGradient(ops: TensorOps, { normalised, inverse }: Normalised, gradient: Tensor, centre: boolean): Tensor {
  const last = [gradient.shape.length - 1];
  const along = ops.mul(normalised, ops.mean(ops.mul(gradient, normalised), last, true));
  const centred = centre ? ops.sub(gradient, ops.mean(gradient, last, true)) : gradient;
  return ops.mul(ops.sub(centred, along), inverse);
}

/** Layer normalisation (Ba et al. 2016), or RMS normalisation (Zhang and Sennrich 2019) where there is no `shift`. */
export function lastAxisNormGradient(ops: TensorOps, { x, scale, dy }: ScaledBackward, epsilon: number, centre: boolean) {
  const state = normalise(ops, x, epsilon, centre);
  const dScale = ops.sumTo(ops.mul(dy, state.normalised), scale.shape);
  const dx = normaliseGradient(ops, state, ops.mul(dy, scale), centre);
  return { dx, parameters: centre ? [dScale, ops.sumTo(dy, scale.shape)] : [dScale] };
}

/** Group normalisation (Wu and He 2018) of [N, C, H, W]. */
export function groupNormGradient(ops: TensorOps, { x, scale, dy }: ScaledBackward, groups: number, epsilon: number) {
  const grouped: Shape = [item(x.shape, 0), groups, elementCount(x.shape.slice(1)) / groups];
  const state = normalise(ops, ops.reshape(x, grouped), epsilon, true);
  const axes = exceptChannels(x.shape);
  const dScale = ops.sum(ops.mul(dy, ops.reshape(state.normalised, x.shape)), axes);
  const scaled = ops.mul(dy, ops.reshape(scale, channelShape(x.shape)));
  const dx = ops.reshape(normaliseGradient(ops, state, ops.reshape(scaled, grouped), true), x.shape);
  return { dx, parameters: [dScale, ops.sum(dy, axes)] };
}
