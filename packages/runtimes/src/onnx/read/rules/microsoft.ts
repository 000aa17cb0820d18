/** Reads the operators that onnxruntime writes when it fuses others (domain com.microsoft). */
import { elementCount, type NodeIndex } from "@archwright/core/ir";
import { type NodeReader, showShape } from "../values/nodeReader.ts";
import type { Tensor } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";
import { microsoftAttention } from "./attention.ts";
import { indexingRules } from "./moving/indexing.ts";
import { movementRules } from "./moving/movement.ts";
import { lastAxesNorm } from "./normalisations.ts";
import { dense, matmul } from "./products.ts";
import { microsoftQuantised } from "./quantised.ts";
import { broadcast, nodesOf, type ReadRule, type ReadRules } from "./rule.ts";
import { channelsLast, convolution } from "./windows/convolutions.ts";

/** What a fused operator applies behind itself. */
const activations: Readonly<Record<string, (c: NodeReader, x: NodeIndex) => NodeIndex>> = Object.fromEntries(
  (
    [
      ["Relu", "relu"],
      ["Sigmoid", "sigmoid"],
      ["Tanh", "tanh"],
      ["HardSigmoid", "hard-sigmoid"],
      ["HardSwish", "hard-swish"],
      ["Gelu", "gelu"],
    ] as const
  ).map(([name, fn]) => [name, (c: NodeReader, x: NodeIndex) => c.add({ kind: "activation", fn }, x)]),
);

function activated(c: NodeReader, x: NodeIndex): NodeIndex {
  const name = c.node.text("activation", "");
  if (name === "") return x;
  const [low, high] = c.node.floats("activation_params") ?? [];
  if (name === "Clip" && low === 0 && high === 6) return c.add({ kind: "activation", fn: "relu6" }, x);
  const known = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (known) return known(c, x);
  const shape = c.shapeOf(x);
  return c.opaque({ shape, work: "elementwise", operations: 2 * elementCount(shape), name }, x);
}

/** Inputs: x, weights, bias, what is added to the result. */
export const fusedConvolution = (c: NodeReader, blocked = false): NodeIndex => {
  const y = convolution(c, { weight: 1, bias: 2, blocked });
  return activated(c, c.has(3) ? c.add({ kind: "binary", fn: "add" }, y, c.data(3)) : y);
};

const channelsLastConvolution: ReadRule = (c) => {
  const y = channelsLast(c, { weight: 1, bias: 2 });
  return activated(c, c.has(3) ? c.add({ kind: "binary", fn: "add" }, y, c.data(3)) : y);
};

/** Matrices whose rows lie before their batch: [rows, batch…, columns] becomes [batch…, rows, columns], in which order they are read. */
function batchFirst(c: NodeReader, i: number, attribute: string): Tensor {
  const value = c.value(i);
  const axes = c.shapeOf(value).map((_, axis) => axis);
  if (c.node.int(attribute, 0) === 0 || axes.length < 3) return value;
  return c.add({ kind: "transpose", permutation: [...axes.slice(1, -1), 0, axes.length - 1] }, c.asNode(value));
}

const fusedProduct: ReadRule = (c) => {
  const turned = { a: c.node.int("transA", 0) !== 0, b: c.node.int("transB", 0) !== 0 };
  return matmul(c, batchFirst(c, 0, "transBatchA"), batchFirst(c, 1, "transBatchB"), turned);
};

const fusedGemm: ReadRule = (c) => {
  const weight = c.value(1);
  if (!(weight instanceof StoredTensor) || c.node.int("transA", 0) !== 0) return c.unreadable("its weights are computed");
  return activated(c, dense(c, { x: c.data(0), weight, bias: c.has(2) ? c.value(2) : undefined, flipped: c.node.int("transB", 0) !== 0 }));
};

/** A bias, then an activation. */
const biased: ReadRule = (c) => {
  const x = c.has(1) ? c.add({ kind: "binary", fn: "add" }, c.data(0), c.data(1)) : c.data(0);
  return c.add({ kind: "activation", fn: "gelu" }, x);
};

/** Inputs: x, skip, scale, (shift,) bias. Outputs: the result, mean, inverse deviation, the sum before the normalisation. */
const skipNorm =
  (kind: "layerNorm" | "rmsNorm"): ReadRule =>
  (c) => {
    const [scale, shift] = [c.value(2), kind === "layerNorm" && c.has(3) ? c.value(3) : undefined];
    const bias = kind === "layerNorm" ? 4 : 3;
    const added = c.add({ kind: "binary", fn: "add" }, c.data(0), c.data(1));
    const x = c.has(bias) ? c.add({ kind: "binary", fn: "add" }, added, c.data(bias)) : added;
    const shape = c.shapeOf(x);
    const y = lastAxesNorm(c, { kind, x, axis: shape.length - 1, epsilon: c.node.float("epsilon", 1e-12), scale, shift });
    const means = shape.map((size, i) => (i < shape.length - 1 ? size : 1));
    return [y, c.beside(y, means), c.beside(y, means), x];
  };

/** Inputs: words, segments, tables of words, places and segments, scale, shift, mask, places. */
const embeddingNorm: ReadRule = (c) => {
  const words = c.data(0);
  const embedded = [2, 4].flatMap((i) => {
    const [table, indices] = [c.maybeStored(i), i === 2 ? words : c.has(1) ? c.data(1) : undefined];
    if (table?.shape.length !== 2 || indices === undefined) return [];
    const [vocabulary = 1, features = 1] = table.shape;
    return [c.addWith({ kind: "embedding", vocabulary, features }, [indices], { weight: table })];
  });
  const [first, ...others] = embedded;
  if (first === undefined) return c.unreadable("its table of words is computed");
  let sum = others.reduce((a, b) => c.add({ kind: "binary", fn: "add" }, a, b), first);
  const shape = c.shapeOf(sum);
  const places = c.maybeStored(3);
  if (places)
    sum = c.opaque({ shape, work: "elementwise", operations: elementCount(shape), weights: [places], name: "PositionEmbedding" }, sum);
  const y = lastAxesNorm(c, {
    kind: "layerNorm",
    x: sum,
    axis: shape.length - 1,
    epsilon: c.node.float("epsilon", 1e-12),
    scale: c.value(5),
    shift: c.value(6),
  });
  return [y, c.beside(y, [shape[0] ?? 1], "int32"), sum];
};

/** Weights of K features and N outputs, packed in blocks of few bits with a scale (and a zero point) each. */
const packedProduct: ReadRule = (c) => {
  const [k, n, bits] = [c.node.int("K", 1), c.node.int("N", 1), c.node.int("bits", 4)];
  const packed = c.value(1);
  const input = c.shape(0);
  if (input.at(-1) !== k) c.fail(`${k} weights for each output do not fit ${input.at(-1)} features`);
  if (!(packed instanceof StoredTensor)) return c.unreadable("its weights are computed");
  const format = bits === 8 ? "int8" : bits === 2 ? "int2" : "int4";
  const weight = StoredTensor.unknown(packed.name, [k, n], format, packed.dataType, packed.store, packed.missing);
  const bias = c.maybeStored(5);
  return dense(c, { x: c.data(0), weight, bias });
};

const dynamicProduct: ReadRule = (c) => matmul(c, c.value(0), c.value(1));

/** Mean, centring, squares and their sum, division, scale, shift, and the activation behind. */
const channelsLastGroupNorm: ReadRule = (c) => {
  const shape = c.shape(0);
  const weights = c.storedFrom(1);
  const operations = (c.node.int("activation", 0) !== 0 ? 12 : 7) * elementCount(shape);
  return c.opaque({ shape, work: "move", operations, weights }, c.data(0));
};

/** An element-wise operator on inputs that broadcast. */
const together =
  (operations: number): ReadRule =>
  (c) => {
    const inputs = Array.from({ length: c.inputCount }, (_, i) => i).filter((i) => c.has(i));
    const shape = broadcast(
      c,
      inputs.map((i) => c.shape(i)),
    );
    return c.opaque({ shape, work: "elementwise", operations: operations * elementCount(shape) }, ...nodesOf(c, ...inputs));
  };

const biasedSplitGelu: ReadRule = (c) => {
  const shape = c.shape(0);
  const half = [...shape.slice(0, -1), (shape.at(-1) ?? 2) / 2];
  if (!Number.isInteger(half.at(-1))) c.fail(`${showShape(shape)} cannot be halved`);
  return c.opaque({ shape: half, work: "move", operations: 8 * elementCount(half) }, ...nodesOf(c, 0, 1));
};

/** Operators that this domain had before ONNX itself. */
const early = Object.fromEntries(
  [...Object.entries(movementRules), ...Object.entries(indexingRules)].filter(([type]) => ["GridSample", "Trilu", "Unique"].includes(type)),
);

export const microsoftRules: ReadRules = {
  ...early,
  ...microsoftQuantised,
  ...microsoftAttention,
  FusedConv: (c) => fusedConvolution(c),
  NhwcFusedConv: channelsLastConvolution,
  NhwcConv: channelsLastConvolution,
  FusedMatMul: fusedProduct,
  TransposeMatMul: fusedProduct,
  FusedGemm: fusedGemm,
  GemmFastGelu: (c) => c.add({ kind: "activation", fn: "gelu" }, matmul(c, c.value(0), c.value(1))),
  MatMulNBits: packedProduct,
  DynamicQuantizeMatMul: dynamicProduct,
  MatMulIntegerToFloat: (c) => c.add({ kind: "cast", format: "float32" }, matmul(c, c.value(0), c.value(1), {}, "int32")),
  Gelu: biased,
  BiasGelu: biased,
  FastGelu: biased,
  QuickGelu: (c) => c.add({ kind: "activation", fn: "swish" }, c.data(0)),
  BiasSplitGelu: biasedSplitGelu,
  BiasAdd: together(1),
  BiasSoftmax: together(6),
  SkipLayerNormalization: skipNorm("layerNorm"),
  SkipSimplifiedLayerNormalization: skipNorm("rmsNorm"),
  EmbedLayerNormalization: embeddingNorm,
  GroupNorm: channelsLastGroupNorm,
};
