/** Operators in small models, for tests. */
import type { Shape } from "@archwright/core/ir";
import { ints, oneOperator, weights } from "./oneOperator.fixture.ts";
import type { OperatorSpec, TensorSpec } from "./writer.fixture.ts";

/** A model of one operator, and what is right of it: results as the interpreter states them. */
export type OperatorCase = readonly [
  type: string,
  given: readonly TensorSpec[],
  stored: readonly TensorSpec[],
  results: readonly Shape[],
  expected: { readonly kinds?: readonly string[]; readonly macs?: number; readonly parameters?: number },
  options?: OperatorSpec["options"],
];

const given = (...shapes: Shape[]): readonly TensorSpec[] => shapes.map((shape) => ({ shape }));
const option = (table: NonNullable<OperatorSpec["options"]>["table"], slot: number, int: number): OperatorSpec["options"] => ({
  table,
  fields: [{ slot, int }],
});
const image = [1, 6, 8, 4];

export const operatorCases: readonly OperatorCase[] = [
  [
    "AVERAGE_POOL_2D",
    given(image),
    [],
    [[1, 3, 4, 4]],
    { kinds: ["input", "pool2d"] },
    { table: "pool2d", fields: [1, 2, 3, 4].map((slot) => ({ slot, int: 2 })) },
  ],
  [
    "DEPTHWISE_CONV_2D",
    given(image),
    [weights([1, 3, 3, 8])],
    [[1, 6, 8, 8]],
    { macs: 48 * 8 * 9, parameters: 72 },
    {
      table: "depthwiseConv2d",
      fields: [
        { slot: 1, int: 1 },
        { slot: 2, int: 1 },
      ],
    },
  ],
  ["MEAN", given(image), [ints(1, 2)], [[1, 4]], { kinds: ["input", "reduce"] }],
  ["MEAN", given(image), [ints(1)], [[1, 8, 4]], {}],
  ["SUM", given([2, 3, 5]), [ints(-1)], [[2, 3]], {}],
  ["REDUCE_MAX", given(image), [ints(-1)], [[1, 6, 8, 1]], {}, option("reducer", 0, 1)],
  ["REDUCE_PROD", given(image), [ints(3)], [[1, 6, 8]], { kinds: ["input", "ReduceProd"] }],
  ["ARG_MAX", given(image), [ints(-1)], [[1, 6, 8]], { kinds: ["input", "ArgMax"] }],
  [
    "TOPK_V2",
    given([1, 10]),
    [ints(3)],
    [
      [1, 3],
      [1, 3],
    ],
    { kinds: ["input", "TopK", "TopK"] },
  ],
  ["SOFTMAX", given([1, 10]), [], [[1, 10]], { kinds: ["input", "softmax"] }],
  ["LOG_SOFTMAX", given(image), [], [image], {}],
  ["CONCATENATION", given(image, image), [], [[1, 6, 8, 8]], {}, option("concatenation", 0, 3)],
  ["CONCATENATION", given([2, 3], [2, 3]), [], [[4, 3]], {}, option("concatenation", 0, 0)],
  [
    "SPLIT_V",
    given(image),
    [ints(1, -1), ints(3)],
    [
      [1, 6, 8, 1],
      [1, 6, 8, 3],
    ],
    { kinds: ["input", "slice", "slice"] },
  ],
  [
    "UNPACK",
    given([2, 3, 5]),
    [],
    [
      [2, 5],
      [2, 5],
      [2, 5],
    ],
    {},
    {
      table: "pack",
      fields: [
        { slot: 0, int: 3 },
        { slot: 1, int: 1 },
      ],
    },
  ],
  [
    "PACK",
    given([2, 5], [2, 5]),
    [],
    [[2, 2, 5]],
    {},
    {
      table: "pack",
      fields: [
        { slot: 0, int: 2 },
        { slot: 1, int: 1 },
      ],
    },
  ],
  ["PACK", given([6, 8, 4], [6, 8, 4]), [], [[2, 6, 8, 4]], {}],
  ["PAD", given(image), [{ ...ints(0, 0, 1, 2, 3, 4, 0, 0), shape: [4, 2] }], [[1, 9, 15, 4]], {}],
  ["MIRROR_PAD", given([3, 5]), [{ ...ints(1, 1, 2, 2), shape: [2, 2] }], [[5, 9]], { kinds: ["input", "Pad"] }],
  ["SLICE", given(image), [ints(0, 1, 2, 0), ints(1, 4, -1, 2)], [[1, 4, 6, 2]], { kinds: ["input", "slice"] }],
  ["TILE", given([2, 3]), [ints(2, 1)], [[4, 3]], { kinds: ["input", "Tile"] }],
  ["EXPAND_DIMS", given([2, 3]), [ints(1)], [[2, 1, 3]], { kinds: ["input", "reshape"] }],
  ["SQUEEZE", given([1, 1, 1, 7]), [], [[7]], { kinds: ["input", "reshape"] }],
  ["GATHER", given([7, 3]), [ints(0, 2)], [[2, 3]], { kinds: ["input", "Gather"] }],
  ["GATHER", given([2, 7, 3]), [ints(0, 2, 4)], [[2, 3, 3]], {}, option("gather", 0, 1)],
  ["GATHER_ND", given([7, 3]), [{ ...ints(0, 1, 2, 3), shape: [2, 2] }], [[2]], {}],
  ["RESIZE_BILINEAR", given(image), [ints(12, 16)], [[1, 12, 16, 4]], { kinds: ["input", "Resize"] }],
  ["RESIZE_NEAREST_NEIGHBOR", given(image), [ints(12, 16)], [[1, 12, 16, 4]], { kinds: ["input", "Resize"] }],
  ["SPACE_TO_DEPTH", given(image), [], [[1, 3, 4, 16]], {}, option("spaceToDepth", 0, 2)],
  ["DEPTH_TO_SPACE", given(image), [], [[1, 12, 16, 1]], {}, option("spaceToDepth", 0, 2)],
  ["SPACE_TO_BATCH_ND", given(image), [ints(2, 2), ints(1, 1, 0, 0)], [[4, 4, 4, 4]], {}],
  ["BATCH_TO_SPACE_ND", given([4, 3, 4, 4]), [ints(2, 2), ints(0, 1, 0, 0)], [[1, 5, 8, 4]], {}],
  [
    "BATCH_MATMUL",
    given([2, 3, 4, 5], [2, 3, 6, 5]),
    [],
    [[2, 3, 4, 6]],
    { macs: 2 * 3 * 4 * 6 * 5 },
    { table: "batchMatMul", fields: [{ slot: 1, byte: 1 }] },
  ],
  ["BATCH_MATMUL", given([2, 4, 5]), [weights([5, 7])], [[2, 4, 7]], { macs: 2 * 4 * 7 * 5, parameters: 35, kinds: ["input", "dense"] }],
  ["FULLY_CONNECTED", given([2, 3, 5]), [weights([7, 5]), weights([7])], [[6, 7]], { macs: 210, parameters: 42 }],
  [
    "FULLY_CONNECTED",
    given([2, 3, 5]),
    [weights([7, 5])],
    [[2, 3, 7]],
    { macs: 210, parameters: 35 },
    { table: "fullyConnected", fields: [{ slot: 2, byte: 1 }] },
  ],
  ["FULLY_CONNECTED", given([2, 5], [7, 5]), [], [[2, 7]], { macs: 70, parameters: 0 }],
  ["PRELU", given(image), [weights([1, 1, 4])], [image], { parameters: 4, kinds: ["input", "PRelu"] }],
  ["LEAKY_RELU", given(image), [], [image], { kinds: ["input", "LeakyRelu"] }],
  ["HARD_SWISH", given(image), [], [image], { kinds: ["input", "activation"] }],
  ["ADD", given(image, [8, 4]), [], [image], { kinds: ["input", "input", "binary"] }],
  ["MUL", given(image), [weights([4])], [image], { parameters: 4, kinds: ["input", "parameter", "binary"] }],
  ["MAXIMUM", given([3, 1], [1, 5]), [], [[3, 5]], {}],
  ["SQUARED_DIFFERENCE", given([3, 1], [5]), [], [[3, 5]], {}],
  ["SELECT_V2", given([3, 1], [3, 5], [5]), [], [[3, 5]], {}],
  [
    "CONV_3D",
    given([1, 4, 6, 8, 2]),
    [weights([3, 3, 3, 2, 5])],
    [[1, 4, 6, 8, 5]],
    { macs: 192 * 5 * 54, parameters: 270 },
    { table: "conv2d", fields: [1, 2, 3].map((slot) => ({ slot, int: 1 })) },
  ],
  [
    "L2_POOL_2D",
    given(image),
    [],
    [[1, 3, 4, 4]],
    { kinds: ["input", "LpPool"] },
    { table: "pool2d", fields: [1, 2, 3, 4].map((slot) => ({ slot, int: 2 })) },
  ],
  [
    "SVDF",
    given([1, 10]),
    [weights([8, 10]), weights([8, 5]), weights([4])],
    [[1, 4]],
    { macs: 120, parameters: 124 },
    option("svdf", 0, 2),
  ],
  ["RNN", given([1, 10]), [weights([6, 10]), weights([6, 6]), weights([6])], [[1, 6]], { macs: 96, parameters: 102 }],
  [
    "ONE_HOT",
    [{ shape: [2, 3], type: "INT32" }],
    [
      { ...ints(5), shape: [] },
      { ...ints(1), shape: [] },
      { ...ints(0), shape: [] },
    ],
    [[2, 3, 5]],
    {},
    { table: "pack", fields: [{ slot: 0, int: -1 }] },
  ],
  ["CUMSUM", given([2, 3]), [ints(0)], [[2, 3]], {}],
  ["BROADCAST_TO", given([1, 3]), [ints(4, 3)], [[4, 3]], {}],
  ["NON_MAX_SUPPRESSION_V4", given([20, 4], [20]), [{ ...ints(5), shape: [] }], [[5], []], {}],
];

/** The file of a case. */
export function modelOf([type, given, stored, results, , options]: OperatorCase): Uint8Array {
  const outs = results.map((shape) => ({ shape, type: /ARG_|NON_MAX/.test(type) ? "INT32" : "FLOAT32" }));
  return oneOperator(type, given, stored, outs, options);
}
