/** Reads quantised models: operators of integers, and the steps between them and floating point. */
import { elementCount, type NodeIndex, type NumberFormat } from "@archwright/core/ir";
import { dataTypes } from "../../proto.ts";
import { formatOf, isIntegerType } from "../values/formats.ts";
import type { NodeReader } from "../values/nodeReader.ts";
import { StoredTensor } from "../values/tensors.ts";
import { dense, matmul } from "./products.ts";
import { broadcast, nodesOf, type ReadRule, type ReadRules } from "./rule.ts";
import { channelsLast, convolution } from "./windows/convolutions.ts";
import { pooling } from "./windows/pooling.ts";

/** The type of what a node quantises to: that of its zero point, else uint8. */
function quantisedType(c: NodeReader, zeroPoint: number): number {
  const stated = c.node.int("output_dtype", 0);
  if (stated !== 0) return stated;
  if (!c.has(zeroPoint)) return dataTypes.uint8;
  const value = c.value(zeroPoint);
  if (value instanceof StoredTensor) return value.dataType;
  return c.formatOf(value) === "int8" ? dataTypes.int8 : dataTypes.uint8;
}

/** The scale and the zero point, where they are single stored numbers. */
function stepOf(c: NodeReader): readonly [scale: number, zero: number] | undefined {
  const scale = c.has(1) ? c.maybeStored(1)?.values() : undefined;
  const zero = c.has(2) ? c.maybeStored(2)?.values() : [0];
  return scale?.length === 1 && zero?.length === 1 ? [scale[0] as number, zero[0] as number] : undefined;
}

const ranges: Readonly<Partial<Record<NumberFormat, readonly [low: number, high: number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
};

/** A step of a quantised model; where steps of integers are joined, the casts that they are vanish again. */
const quantise: ReadRule = (c) => {
  const x = c.value(0);
  const dataType = quantisedType(c, 2);
  const format = formatOf(dataType);
  if (x instanceof StoredTensor) {
    const [scale, zero] = stepOf(c) ?? [];
    const [low, high] = (dataType !== dataTypes.uint16 && ranges[format]) || [];
    const known = scale !== undefined && zero !== undefined && low !== undefined && high !== undefined;
    const rounded = known ? (value: number) => Math.min(high, Math.max(low, Math.round(value / scale) + zero)) : undefined;
    return x.seenAs(dataType, rounded, format);
  }
  return c.formatOf(x) === format ? x : c.add({ kind: "cast", format }, x);
};

/** Back to floating point. Stored weights stay what they are in memory. */
const dequantise: ReadRule = (c) => {
  const x = c.value(0);
  const scaling = c.has(1) ? c.value(1) : undefined;
  const stated = c.node.int("output_dtype", 0);
  const given = stated || (scaling instanceof StoredTensor ? scaling.dataType : dataTypes.float32);
  const dataType = isIntegerType(given) ? dataTypes.float32 : given;
  if (x instanceof StoredTensor) {
    const [scale, zero] = stepOf(c) ?? [];
    return x.seenAs(dataType, scale === undefined || zero === undefined ? undefined : (value) => (value - zero) * scale);
  }
  const format = formatOf(dataType);
  return c.formatOf(x) === format ? x : c.add({ kind: "cast", format }, x);
};

/** Smallest and largest, a scale and a zero point from them, then every element divided and rounded. */
const quantiseDynamically: ReadRule = (c) => {
  const shape = c.shape(0);
  const y = c.opaque({ shape, work: "move", operations: 6 * elementCount(shape), format: "uint8" }, c.data(0));
  return [y, c.beside(y, [], "float32"), c.beside(y, [], "uint8")];
};

/** Inputs of QLinearConv: x, scale, zero, w, scale, zero, y scale, zero, bias. */
const quantisedConvolution: ReadRule = (c) => {
  const form = { weight: 3, bias: 8, format: formatOf(quantisedType(c, 7)) };
  return c.node.int("channels_last", 0) !== 0 ? channelsLast(c, form) : convolution(c, form);
};

/** Inputs: a, scale, zero, b, scale, zero, y scale, zero. */
const quantisedProduct: ReadRule = (c) => matmul(c, c.value(0), c.value(3), {}, integerOnly(c, 7));

function integerOnly(c: NodeReader, zeroPoint: number): NumberFormat {
  const type = quantisedType(c, zeroPoint);
  return isIntegerType(type) ? formatOf(type) : "int8";
}

/** Inputs of QGemm: a, scale, zero, b, scale, zero, c, y scale, zero. */
const quantisedGemm: ReadRule = (c) => {
  const weight = c.value(3);
  const bias = c.has(6) ? c.value(6) : undefined;
  const format = c.has(7) ? formatOf(quantisedType(c, 8)) : "int32";
  if (!(weight instanceof StoredTensor) || c.node.int("transA", 0) !== 0) return c.unreadable("its weights are computed");
  return dense(c, { x: c.data(0), weight, bias, flipped: c.node.int("transB", 0) !== 0, format });
};

/** Element by element in integers: (x, scale, zero)… @param operands how many of them. */
const quantisedElements =
  (operands: number, operations: number, outputZero: number, stride = 3): ReadRule =>
  (c) => {
    const inputs = Array.from({ length: operands }, (_, i) => i * stride);
    const shape = broadcast(
      c,
      inputs.map((i) => c.shape(i)),
    );
    return c.opaque(
      { shape, work: "elementwise", operations: operations * elementCount(shape), format: formatOf(quantisedType(c, outputZero)) },
      ...nodesOf(c, ...inputs),
    );
  };

/** y scale, zero, then tensors with theirs. */
const quantisedConcat: ReadRule = (c) => {
  const parts: NodeIndex[] = [];
  for (let i = 2; i < c.inputCount; i += 3) parts.push(c.data(i));
  const [first] = parts;
  if (first === undefined) return c.fail("it has no inputs");
  const axis = c.axis(c.node.int("axis", 1), c.shapeOf(first).length);
  return parts.length === 1 ? first : c.addWith({ kind: "concat", axis }, parts, {}, formatOf(quantisedType(c, 1)));
};

/** Pooling whose image may have its channels last. */
const quantisedGlobalPooling: ReadRule = (c) => {
  const rank = c.shape(0).length;
  const last = c.node.int("channels_last", 0) !== 0;
  const axes = Array.from({ length: rank - 2 }, (_, i) => i + (last ? 1 : 2));
  return c.addWith({ kind: "reduce", fn: "mean", axes, keepDims: true }, [c.data(0)], {}, formatOf(quantisedType(c, 4)));
};

/** Weights of integers, activations as they come: the result is of 32 bits. */
const integerConvolution: ReadRule = (c) => convolution(c, { weight: 1, bias: Number.MAX_SAFE_INTEGER, format: "int32" });

/** Inputs of QLinearAveragePool: x, scale, zero, y scale, zero. The windows are read as those of a pooling of integers. */
const quantisedPooling: ReadRule = (c) => {
  if (c.node.int("channels_last", 0) !== 0) return c.unreadable("its image has its channels last");
  return pooling(c, "average", formatOf(quantisedType(c, 4)));
};

export const quantisedRules: ReadRules = {
  QLinearConv: quantisedConvolution,
  QLinearMatMul: quantisedProduct,
  ConvInteger: integerConvolution,
  MatMulInteger: (c) => matmul(c, c.value(0), c.value(1), {}, "int32"),
  DynamicQuantizeLinear: quantiseDynamically,
};

/** Rules that keep stored tensors stored. */
export const quantisationSteps: ReadRules = { QuantizeLinear: quantise, DequantizeLinear: dequantise };

/** Of the domain com.microsoft. */
export const microsoftQuantised: ReadRules = {
  QLinearConv: quantisedConvolution,
  QGemm: quantisedGemm,
  QLinearAdd: quantisedElements(2, 3, 7),
  QLinearMul: quantisedElements(2, 3, 7),
  QLinearSigmoid: quantisedElements(1, 1, 4),
  QLinearLeakyRelu: quantisedElements(1, 2, 4),
  QLinearSoftmax: quantisedElements(1, 5, 4),
  QLinearConcat: quantisedConcat,
  QLinearAveragePool: quantisedPooling,
  QLinearGlobalAveragePool: quantisedGlobalPooling,
  // condition, x, scale, zero, y, scale, zero, result's scale, zero.
  QLinearWhere: quantisedElements(3, 3, 8, 2),
};
