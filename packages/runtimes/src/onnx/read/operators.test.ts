/** Every family of operators: onnxruntime finds the same shapes, and the costs are those of their definitions. */
import { type Network, networkCosts } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import type { Dimension, GraphBuilder } from "../graphBuilder.ts";
import { constant, foreign, kinds, readAndRun, weight } from "./models.fixture.ts";
import { readRules } from "./rules/table.ts";

interface Case {
  readonly name: string;
  readonly shape?: readonly Dimension[];
  readonly build: (g: GraphBuilder, x: string) => string;
  readonly macs?: number;
  readonly parameters?: number;
  /** Beside two for each multiply-accumulate. */
  readonly operations?: number;
  readonly kinds?: readonly string[];
}

const microsoft = (type: string) => ({ type, domain: "com.microsoft" });
const first = (list: readonly string[]) => list[0] as string;
const sequence = ["batch", 5, 8];
const volume = ["batch", 2, 6, 6, 6];
const line = ["batch", 4, 20];

const windows: readonly Case[] = [
  {
    name: "a convolution along a line",
    shape: line,
    build: (g, x) => g.op("Conv", [x, weight(g, 6, 2, 3), weight(g, 6)], { pads: [1, 1], strides: [2], group: 2 }),
    macs: 6 * 10 * 2 * 3,
    parameters: 6 * 2 * 3 + 6,
    kinds: ["reshape", "conv2d", "reshape"],
  },
  {
    name: "a convolution of a volume",
    shape: volume,
    build: (g, x) => g.op("Conv", [x, weight(g, 4, 2, 3, 3, 3), weight(g, 4)], { strides: [2, 1, 1] }),
    macs: 4 * 2 * 4 * 4 * 2 * 27,
    parameters: 4 * 2 * 27 + 4,
    operations: 4 * 2 * 4 * 4,
  },
  {
    name: "a convolution whose weights are computed",
    shape: [4, 3, 3, 3],
    build: (g, x) => g.op("Conv", [weight(g, 1, 3, 9, 9), g.op("Relu", [x])]),
    macs: 4 * 7 * 7 * 27,
  },
  {
    name: "a transposed convolution",
    build: (g, x) => g.op("ConvTranspose", [x, weight(g, 3, 5, 4, 4)], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] }),
    macs: 16 * 16 * 3 * 5 * 16,
    parameters: 3 * 5 * 16,
  },
  {
    name: "a transposed convolution of a line, in groups",
    shape: line,
    build: (g, x) => g.op("ConvTranspose", [x, weight(g, 4, 3, 5)], { group: 2, strides: [3], auto_pad: "SAME_UPPER" }),
    macs: 20 * 4 * 3 * 5,
  },
  {
    name: "dilated pooling",
    build: (g, x) => g.op("MaxPool", [x], { kernel_shape: [2, 2], dilations: [3, 2] }),
    operations: 3 * 13 * 14 * 4,
  },
  {
    name: "pooling of a line",
    shape: line,
    build: (g, x) => g.op("AveragePool", [x], { kernel_shape: [4], strides: [4] }),
    kinds: ["reshape", "pool2d", "reshape"],
  },
  {
    name: "pooling of a volume",
    shape: volume,
    build: (g, x) => g.op("MaxPool", [x], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }),
    operations: 2 * 27 * 8,
  },
  {
    name: "pooling by a norm",
    build: (g, x) => g.op("LpPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }),
    operations: 3 * 64 * 4 * 2,
  },
  { name: "global pooling by a norm", build: (g, x) => g.op("GlobalLpPool", [x]), operations: 2 * 3 * 256 },
  {
    name: "unpooling",
    build: (g, x) => {
      const [y, places] = g.ops(2, "MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }) as [string, string];
      return g.op("MaxUnpool", [y, places], { kernel_shape: [2, 2], strides: [2, 2] });
    },
    kinds: ["pool2d", "opaque", "opaque"],
  },
  {
    name: "regions of an image",
    build: (g, x) =>
      g.op("RoiAlign", [x, g.floats([0, 0, 8, 8, 2, 2, 6, 6], [2, 4]), g.int64s([0, 0])], {
        output_height: 4,
        output_width: 4,
        sampling_ratio: 2,
      }),
    operations: 2 * 3 * 16 * 4 * 8,
  },
];

const moving: readonly Case[] = [
  {
    name: "nearest resampling by scales",
    build: (g, x) => g.op("Resize", [x, "", g.floats([1, 1, 2, 1.5])], { mode: "nearest" }),
    operations: 0,
  },
  {
    name: "linear resampling to a size",
    build: (g, x) => g.op("Resize", [x, "", "", g.int64s([1, 3, 8, 24])], { mode: "linear" }),
    operations: 3 * 8 * 24 * 8,
  },
  {
    name: "every second pixel",
    build: (g, x) => g.op("Slice", [x, g.int64s([0, 15]), g.int64s([16, -99]), g.int64s([2, 3]), g.int64s([2, -1])]),
  },
  { name: "reflected padding", build: (g, x) => g.op("Pad", [x, g.int64s([0, 0, 2, 1, 0, 0, 2, 3])], { mode: "reflect" }) },
  { name: "padding of channels", build: (g, x) => g.op("Pad", [x, g.int64s([0, 1, 0, 0, 0, 2, 0, 0])]) },
  { name: "padding that cuts off", build: (g, x) => g.op("Pad", [x, g.int64s([0, 0, -2, 0, 0, 0, 1, 0])]) },
  {
    name: "padding that something else reads",
    build: (g, x) => g.op("Relu", [g.op("Pad", [x, g.int64s([0, 0, 2, 1, 0, 0, 2, 3])])]),
    kinds: ["pad", "relu"],
  },
  {
    name: "pixels to channels and back",
    build: (g, x) => g.op("DepthToSpace", [g.op("SpaceToDepth", [x], { blocksize: 4 })], { blocksize: 2 }),
  },
  { name: "repetition", build: (g, x) => g.op("Tile", [x, g.int64s([1, 2, 1, 3])]) },
  { name: "spreading", shape: ["batch", 1, 4], build: (g, x) => g.op("Expand", [x, g.int64s([2, 1, 3, 1])]) },
  { name: "places along an axis", build: (g, x) => g.op("Gather", [x, g.int64s([3, 1, 1])], { axis: 2 }) },
  { name: "a range of places", build: (g, x) => g.op("Gather", [x, g.int64s([1, 2])], { axis: 1 }), kinds: ["slice"] },
  {
    name: "places as tensors",
    shape: [4, 6],
    build: (g, x) => g.op("GatherND", [x, g.op("Reshape", [g.int64s([1, 2, 3, 0]), g.int64s([2, 2])])]),
  },
  { name: "places that were found", build: (g, x) => g.op("GatherElements", [x, g.op("ArgMax", [x], { axis: 1 })], { axis: 1 }) },
  {
    name: "writing at places",
    shape: [5, 3],
    build: (g, x) => g.op("ScatterND", [x, g.op("Reshape", [g.int64s([1, 4]), g.int64s([2, 1])]), weight(g, 2, 3)]),
  },
  { name: "a triangle", shape: [5, 5], build: (g, x) => g.op("Trilu", [x], { upper: 0 }) },
  {
    name: "one of many",
    shape: [3],
    build: (g, x) => g.op("OneHot", [g.op("Cast", [x], { to: 7 }), g.int64s([7]), g.floats([0, 1])], { axis: 0 }),
  },
  { name: "an identity matrix", shape: [3, 4], build: (g, x) => g.op("Add", [x, g.op("EyeLike", [x])]) },
  { name: "sampling on a grid", shape: [1, 2, 5, 5], build: (g, x) => g.op("GridSample", [x, weight(g, 1, 3, 4, 2)]) },
  {
    name: "reversed sequences",
    shape: [4, 3],
    build: (g, x) => g.op("ReverseSequence", [x, g.int64s([1, 2, 4])], { time_axis: 0, batch_axis: 1 }),
  },
];

const searching: readonly Case[] = [
  { name: "the five largest", build: (g, x) => first(g.ops(2, "TopK", [x, g.int64s([5])], { axis: 3 })) },
  {
    name: "where the smallest is",
    build: (g, x) => g.op("Cast", [g.op("ArgMin", [x], { axis: 2, keepdims: 0 })], { to: 1 }),
    operations: 768 + 48,
  },
  { name: "a running sum", shape: [4, 6], build: (g, x) => g.op("CumSum", [x, g.int64s([1])]), operations: 24 },
  ...["ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"].map(
    (type): Case => ({ name: type, build: (g, x) => g.op(type, [x], { axes: [1, -1], keepdims: 0 }) }),
  ),
  { name: "LogSoftmax", shape: [2, 7], build: (g, x) => g.op("LogSoftmax", [x]), operations: 5 * 14 },
  { name: "Hardmax", shape: [2, 7], build: (g, x) => g.op("Hardmax", [x]) },
];

const elements: readonly Case[] = [
  ...[
    "Abs",
    "Exp",
    "Erf",
    "Neg",
    "Reciprocal",
    "Floor",
    "Round",
    "Sign",
    "Sin",
    "Acosh",
    "LeakyRelu",
    "Elu",
    "Selu",
    "Celu",
    "Softplus",
    "Softsign",
    "ThresholdedRelu",
    "Shrink",
  ].map((type): Case => ({ name: type, build: (g, x) => g.op(type, [x]), kinds: ["opaque"] })),
  { name: "a choice", build: (g, x) => g.op("Where", [g.op("Greater", [x, constant(g, 0.5)]), x, g.op("Neg", [x])]), operations: 3 * 768 },
  { name: "powers", build: (g, x) => g.op("Pow", [x, constant(g, 3)]), operations: 768 },
  { name: "a slope for each channel", build: (g, x) => g.op("PRelu", [x, weight(g, 3, 1, 1)]), parameters: 3 },
  { name: "a mean of tensors", build: (g, x) => g.op("Mean", [x, g.op("Relu", [x]), g.op("Tanh", [x])]) },
];

const norms: readonly Case[] = [
  {
    name: "InstanceNormalization of a line",
    shape: line,
    build: (g, x) => g.op("InstanceNormalization", [x, weight(g, 4), weight(g, 4)]),
    parameters: 8,
    kinds: ["reshape", "groupNorm", "reshape"],
  },
  {
    name: "LayerNormalization over three axes",
    build: (g, x) => first(g.ops(1, "LayerNormalization", [x, weight(g, 3, 16, 16), weight(g, 3, 16, 16)], { axis: 1 })),
    parameters: 2 * 768,
    kinds: ["reshape", "layerNorm", "reshape"],
  },
  {
    name: "LayerNormalization without a shift",
    shape: sequence,
    build: (g, x) => g.op("LayerNormalization", [x, weight(g, 8)]),
    parameters: 8,
    operations: 6 * 40,
  },
  { name: "LRN", build: (g, x) => g.op("LRN", [x], { size: 5 }) },
  { name: "MeanVarianceNormalization", build: (g, x) => g.op("MeanVarianceNormalization", [x]) },
  { name: "LpNormalization", build: (g, x) => g.op("LpNormalization", [x]) },
  ...(["Sqrt and Div", "Reciprocal", "Div by 1", "power"] as const).map(
    (form): Case => ({
      name: `root mean square by ${form}`,
      shape: sequence,
      build: (g, x) => {
        const square = g.op("Add", [g.op("ReduceMean", [g.op("Mul", [x, x])], { axes: [-1] }), constant(g, 1e-6)]);
        const forms = {
          "Sqrt and Div": () => g.op("Div", [x, g.op("Sqrt", [square])]),
          Reciprocal: () => g.op("Mul", [x, g.op("Reciprocal", [g.op("Sqrt", [square])])]),
          "Div by 1": () => g.op("Mul", [g.op("Div", [constant(g, 1), g.op("Sqrt", [square])]), x]),
          power: () => g.op("Mul", [x, g.op("Pow", [square, constant(g, -0.5)])]),
        };
        return g.op("Mul", [weight(g, 8), forms[form]()]);
      },
      parameters: 8,
      kinds: ["rmsNorm"],
    }),
  ),
  {
    name: "instance normalisation spelt out",
    build: (g, x) => {
      const centred = g.op("Sub", [x, g.op("ReduceMean", [x], { axes: [2, 3] })]);
      const variance = g.op("ReduceMean", [g.op("Mul", [centred, centred])], { axes: [2, 3] });
      const normal = g.op("Div", [centred, g.op("Sqrt", [g.op("Add", [variance, constant(g, 1e-5)])])]);
      return g.op("Add", [g.op("Mul", [normal, weight(g, 3, 1, 1)]), weight(g, 3, 1, 1)]);
    },
    parameters: 6,
    kinds: ["groupNorm"],
  },
  {
    name: "layer normalisation without scale and shift",
    shape: sequence,
    build: (g, x) => {
      const centred = g.op("Sub", [x, g.op("ReduceMean", [x], { axes: [-1] })]);
      const variance = g.op("ReduceMean", [g.op("Pow", [centred, constant(g, 2)])], { axes: [-1] });
      return g.op("Div", [centred, g.op("Sqrt", [g.op("Add", [variance, constant(g, 1e-5)])])]);
    },
    parameters: 0,
    operations: 5 * 40,
    kinds: ["opaque"],
  },
  {
    name: "GELU by tanh",
    build: (g, x) => {
      const cube = g.op("Mul", [constant(g, 0.044715), g.op("Pow", [x, constant(g, 3)])]);
      const inner = g.op("Mul", [constant(g, Math.sqrt(2 / Math.PI)), g.op("Add", [x, cube])]);
      return g.op("Mul", [g.op("Mul", [constant(g, 0.5), x]), g.op("Add", [constant(g, 1), g.op("Tanh", [inner])])]);
    },
    kinds: ["gelu"],
  },
];

const steps = [7, 1, 8];
const recurrent = (type: string, gates: number, directions: number): Case => ({
  name: `${type}, ${directions === 2 ? "both directions" : "forward"}`,
  shape: steps,
  build: (g, x) => {
    const inputs = [x, weight(g, directions, gates * 5, 8), weight(g, directions, gates * 5, 5), weight(g, directions, 2 * gates * 5)];
    const y = first(g.ops(2, type, inputs, { hidden_size: 5, direction: directions === 2 ? "bidirectional" : "forward" }));
    return g.op("Relu", [y]);
  },
  macs: 7 * directions * gates * 5 * (8 + 5),
  parameters: directions * gates * 5 * (8 + 5 + 2),
});

const products: readonly Case[] = [
  recurrent("LSTM", 4, 1),
  recurrent("LSTM", 4, 2),
  recurrent("GRU", 3, 2),
  recurrent("RNN", 1, 1),
  {
    name: "Einstein's sum of heads",
    shape: sequence,
    build: (g, x) => g.op("Einsum", [x, weight(g, 8, 2, 4)], { equation: "bld,dhk->bhlk" }),
    macs: 5 * 8 * 8,
    parameters: 64,
  },
  {
    name: "Einstein's sum with dots",
    shape: ["batch", 2, 5, 8],
    build: (g, x) => g.op("Einsum", [x, x], { equation: "...id,...jd->...ij" }),
    macs: 2 * 25 * 8,
  },
  { name: "a diagonal", shape: [4, 4], build: (g, x) => g.op("Einsum", [x], { equation: "ii->i" }), macs: 0 },
  { name: "a product with a vector", shape: sequence, build: (g, x) => g.op("MatMul", [x, weight(g, 8)]), macs: 40, parameters: 8 },
  {
    name: "Gemm, transposed, with a bias of one number",
    shape: [3, 8],
    build: (g, x) => g.op("Gemm", [x, weight(g, 4, 3), weight(g, 1)], { transA: 1, transB: 1 }),
    macs: 8 * 3 * 4,
  },
  { name: "a determinant", shape: [2, 3, 3], build: (g, x) => g.op("Det", [x]) },
];

const fused: readonly Case[] = [
  {
    name: "FusedConv",
    build: (g, x) => g.op(microsoft("FusedConv"), [x, weight(g, 8, 3, 3, 3), weight(g, 8)], { activation: "Relu", pads: [1, 1, 1, 1] }),
    macs: 256 * 8 * 27,
    kinds: ["conv2d", "relu"],
  },
  {
    name: "FusedMatMul",
    shape: sequence,
    build: (g, x) => g.op(microsoft("FusedMatMul"), [x, weight(g, 6, 8)], { transB: 1, alpha: { float: 0.5 } }),
    macs: 5 * 8 * 6,
    kinds: ["dense"],
  },
  {
    // Rows before the batch: [5, 3, 8] are three matrices of 5 × 8.
    name: "FusedMatMul of turned batches",
    shape: [5, 3, 8],
    build: (g, x) => g.op(microsoft("FusedMatMul"), [x, x], { transBatchA: 1, transBatchB: 1, transB: 1 }),
    macs: 3 * 5 * 5 * 8,
    kinds: ["transpose", "transpose", "matmul"],
  },
  {
    name: "FusedGemm",
    shape: [3, 8],
    build: (g, x) => g.op(microsoft("FusedGemm"), [x, weight(g, 8, 6), weight(g, 6)], { activation: "Relu" }),
    macs: 3 * 48,
    kinds: ["dense", "relu"],
  },
  { name: "BiasGelu", shape: sequence, build: (g, x) => g.op(microsoft("BiasGelu"), [x, weight(g, 8)]), parameters: 8 },
  { name: "FastGelu", shape: sequence, build: (g, x) => g.op(microsoft("FastGelu"), [x]), kinds: ["gelu"] },
  { name: "QuickGelu", shape: sequence, build: (g, x) => g.op(microsoft("QuickGelu"), [x]), kinds: ["swish"] },
  { name: "Gelu", shape: sequence, build: (g, x) => g.op(microsoft("Gelu"), [x]), kinds: ["gelu"] },
  {
    name: "SkipLayerNormalization",
    shape: sequence,
    build: (g, x) => first(g.ops(1, microsoft("SkipLayerNormalization"), [x, g.op("Relu", [x]), weight(g, 8), weight(g, 8), weight(g, 8)])),
    parameters: 24,
    kinds: ["relu", "add", "parameter", "add", "layerNorm"],
  },
  {
    name: "SkipSimplifiedLayerNormalization",
    shape: sequence,
    build: (g, x) => first(g.ops(1, microsoft("SkipSimplifiedLayerNormalization"), [x, x, weight(g, 8)])),
    kinds: ["add", "rmsNorm"],
  },
  {
    name: "Attention",
    shape: [1, 5, 8],
    build: (g, x) => first(g.ops(1, microsoft("Attention"), [x, weight(g, 8, 24), weight(g, 24)], { num_heads: 2 })),
    macs: 5 * 8 * 24 + 2 * 25 * (4 + 4),
    parameters: 8 * 24 + 24,
  },
  {
    name: "EmbedLayerNormalization",
    shape: [1, 5],
    build: (g, x) => {
      const inputs = [g.op("Cast", [x], { to: 6 }), "", weight(g, 20, 8), weight(g, 12, 8), "", weight(g, 8), weight(g, 8)];
      return first(g.ops(2, microsoft("EmbedLayerNormalization"), inputs));
    },
    parameters: 20 * 8 + 12 * 8 + 16,
  },
  {
    name: "RotaryEmbedding",
    shape: [1, 2, 5, 8],
    build: (g, x) =>
      g.op(microsoft("RotaryEmbedding"), [
        x,
        g.op("Reshape", [g.int64s([0, 1, 2, 3, 4]), g.int64s([1, 5])]),
        weight(g, 6, 4),
        weight(g, 6, 4),
      ]),
    operations: 3 * 80,
  },
  {
    name: "MultiHeadAttention",
    shape: [1, 5, 8],
    build: (g, x) => first(g.ops(1, microsoft("MultiHeadAttention"), [x, g.op("Relu", [x]), g.op("Tanh", [x])], { num_heads: 2 })),
    macs: 2 * 25 * (4 + 4),
  },
  {
    name: "MatMulNBits",
    shape: [1, 5, 32],
    build: (g, x) =>
      g.op(microsoft("MatMulNBits"), [x, g.initializer(new Uint8Array(6 * 16), [6, 1, 16], "uint8"), weight(g, 6)], {
        K: 32,
        N: 6,
        bits: 4,
        block_size: 32,
      }),
    macs: 5 * 32 * 6,
    parameters: 32 * 6,
  },
];

const own = (network: Network) => {
  const { macs, flops, parameters } = networkCosts(network);
  return { macs, parameters, operations: flops - 2 * macs };
};

describe.each([
  ["windows", windows],
  ["moving and resampling", moving],
  ["reducing and searching", searching],
  ["element by element", elements],
  ["normalisations", norms],
  ["products", products],
  ["fused by onnxruntime", fused],
] as const)("%s", (_family, cases: readonly Case[]) => {
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const network = await readAndRun(foreign(one.build, one.shape));
    const costs = own(network);
    for (const cost of ["macs", "parameters", "operations"] as const)
      if (one[cost] !== undefined) expect(costs[cost], cost).toBe(one[cost]);
    if (one.kinds) expect(kinds(network)).toEqual(one.kinds);
  });
});

it("the rules of a domain have no name of Object's own", () => {
  for (const rules of Object.values(readRules)) for (const type of Object.keys(rules)) expect(type).toMatch(/^[A-Z][A-Za-z0-9]+$/);
});
