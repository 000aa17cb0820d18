/** Reads normalisations. */
import { item } from "@archwright/core/base";
import { elementCount, type NodeIndex } from "@archwright/core/ir";
import type { NodeReader } from "../values/nodeReader.ts";
import type { Value } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";
import { type ReadRule, type ReadRules, reshaped } from "./rule.ts";

const epsilonOf = (c: NodeReader) => c.node.float("epsilon", 1e-5);

/** Operations for each element: mean, centring, squares and their sum, division; and for scale and shift one each. */
const perElement = { layerNorm: 5, rmsNorm: 3 } as const;

/** What a normalisation over the last axes is made with. */
export interface LastAxesNorm {
  readonly kind: "layerNorm" | "rmsNorm";
  readonly x: NodeIndex;
  /** From this axis on. */
  readonly axis: number;
  readonly epsilon: number;
  readonly scale: Value | undefined;
  readonly shift: Value | undefined;
}

/**
 * A normalisation over the last axes. With learned scale (and shift) of the size of those axes it is the network's own; others cost
 * what they cost.
 */
export function lastAxesNorm(c: NodeReader, { kind, x, axis, epsilon, scale, shift }: LastAxesNorm): NodeIndex {
  const shape = c.shapeOf(x);
  const features = elementCount(shape.slice(axis));
  const learned = (value: Value | undefined) => value instanceof StoredTensor && elementCount(value.shape) === features;
  if (learned(scale) && (kind === "rmsNorm" ? shift === undefined : learned(shift))) {
    const flat = reshaped(c, x, [...shape.slice(0, axis), features]);
    return reshaped(c, c.addWith({ kind, epsilon }, [flat], { scale, ...(shift !== undefined && { shift }) }), shape);
  }
  const given = [scale, shift].filter((one) => one !== undefined);
  const nodes = given.filter((one) => typeof one === "number");
  const operations = (perElement[kind] + given.length) * elementCount(shape);
  const name = kind === "rmsNorm" ? "RMSNormalization" : "LayerNormalization";
  const weights = given.filter((one) => one instanceof StoredTensor);
  return c.opaque({ shape, work: "move", operations, weights, name }, x, ...nodes);
}

const lastAxes =
  (kind: "layerNorm" | "rmsNorm"): ReadRule =>
  (c) => {
    const shape = c.shape(0);
    const axis = c.axis(c.node.int("axis", -1), shape.length);
    const shift = c.has(2) ? c.value(2) : undefined;
    const y = lastAxesNorm(c, { kind, x: c.data(0), axis, epsilon: epsilonOf(c), scale: c.has(1) ? c.value(1) : undefined, shift });
    const means = shape.map((size, i) => (i < axis ? size : 1));
    return [y, ...c.node.outputs.slice(1).map(() => c.beside(y, means))];
  };

/** A normalisation of groups of channels, over any number of axes behind them. */
export function groupNorm(
  c: NodeReader,
  groups: number,
  epsilon: number,
  x: NodeIndex,
  scale: Value | undefined,
  shift: Value | undefined,
): NodeIndex {
  const shape = c.shapeOf(x);
  const [batch = 1, channels = 1, ...sizes] = shape;
  if (!(groups >= 1) || channels % groups !== 0) c.fail(`${channels} channels do not divide into ${groups} groups`);
  const learned = [scale, shift].every((one) => one instanceof StoredTensor && elementCount(one.shape) === channels);
  if (!learned) {
    const given = [scale, shift].filter((one) => one !== undefined);
    const weights = given.filter((one) => one instanceof StoredTensor);
    const operations = 7 * elementCount(shape);
    return c.opaque(
      { shape, work: "move", operations, weights, name: "GroupNormalization" },
      x,
      ...given.filter((one) => typeof one === "number"),
    );
  }
  const image = sizes.length === 2 ? x : reshaped(c, x, [batch, channels, 1, elementCount(sizes)]);
  return reshaped(c, c.addWith({ kind: "groupNorm", groups, epsilon }, [image], { scale, shift }), shape);
}

const instance: ReadRule = (c) => groupNorm(c, item(c.shape(0), 1), epsilonOf(c), c.data(0), c.value(1), c.value(2));

const group: ReadRule = (c) => groupNorm(c, c.node.int("num_groups", 1), epsilonOf(c), c.data(0), c.value(1), c.value(2));

/** With running statistics: a scale and a shift. In training mode the statistics are computed, and outputs as well. */
const batch: ReadRule = (c) => {
  const shape = c.shape(0);
  const tensors = [1, 2, 3, 4].map((i) => c.value(i));
  const [scale, shift, mean, variance] = tensors;
  const channels = shape[1];
  const training = c.node.int("training_mode", 0) !== 0;
  const stored = tensors.every((one) => one instanceof StoredTensor && elementCount(one.shape) === channels);
  if (stored && !training) return c.addWith({ kind: "batchNorm", epsilon: epsilonOf(c) }, [c.data(0)], { scale, shift, mean, variance });
  const weights = tensors.filter((one) => one instanceof StoredTensor);
  const operations = (training ? 7 : 2) * elementCount(shape);
  const work = training ? "move" : "elementwise";
  const y = c.opaque({ shape, work, operations, weights }, c.data(0), ...tensors.filter((one) => typeof one === "number"));
  return [y, ...c.node.outputs.slice(1).map(() => c.beside(y, [channels ?? 1]))];
};

/** Other normalisations. @param operations for each element. */
const normalised =
  (operations: (c: NodeReader) => number): ReadRule =>
  (c) => {
    const shape = c.shape(0);
    return c.opaque({ shape, work: "move", operations: operations(c) * elementCount(shape) }, c.data(0));
  };

export const normalisationRules: ReadRules = {
  BatchNormalization: batch,
  InstanceNormalization: instance,
  GroupNormalization: group,
  LayerNormalization: lastAxes("layerNorm"),
  SimplifiedLayerNormalization: lastAxes("rmsNorm"),
  RMSNormalization: lastAxes("rmsNorm"),
  // A sum of squares over neighbouring channels, a power, a division.
  LRN: normalised((c) => 2 * c.node.int("size", 1) + 4),
  MeanVarianceNormalization: normalised(() => 5),
  LpNormalization: normalised(() => 3),
};
