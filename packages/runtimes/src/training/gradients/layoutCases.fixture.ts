/** Small networks whose tensors stay in the blocked layout from one operator to the next, or leave it on the way. */
import { type ActivationFunction, NetworkBuilder, type NodeIndex } from "@archwright/core/ir";
import type { OperatorCase } from "../../onnx/operatorCases.ts";

type Make = (b: NetworkBuilder, x: NodeIndex) => NodeIndex;

const normed = (b: NetworkBuilder, x: NodeIndex, fn: ActivationFunction = "relu") => b.activation(b.batchNorm(x), fn);
const pooled: Make = (b, x) => b.dense(b.globalAveragePool(x), 3);

const makers: Readonly<Record<string, readonly [shape: readonly number[], make: Make]>> = {
  "first layer of 3 channels, 20 more, stride 2": [
    [3, 3, 7, 6],
    (b, x) => normed(b, b.conv2d(normed(b, b.conv2d(x, 20, 3)), 12, 3, { stride: 2 })),
  ],
  "depthwise-separable, channels not in whole blocks": [
    [3, 1, 6, 5],
    (b, x) => pooled(b, normed(b, b.conv2d(normed(b, b.depthwise(normed(b, b.conv2d(x, 10, 3)), 3, { stride: 2 })), 24, 1))),
  ],
  "inverted residual with ReLU6": [
    [2, 8, 5, 5],
    (b, x) => {
      const inner = normed(b, b.depthwise(normed(b, b.conv2d(x, 24, 1), "relu6"), 5), "relu6");
      const y = b.batchNorm(b.conv2d(inner, 8, 1));
      return pooled(b, normed(b, b.conv2d(b.binary("add", normed(b, b.conv2d(x, 8, 1)), y), 16, 1)));
    },
  ],
  "residual, one side read twice": [
    [2, 16, 4, 5],
    (b, x) => {
      const start = normed(b, b.conv2d(x, 16, 3));
      const y = b.batchNorm(b.conv2d(normed(b, b.conv2d(start, 16, 3)), 16, 3));
      return b.activation(b.binary("add", y, start), "relu");
    },
  ],
  "dilation 2, uneven padding, bias, 18 examples": [
    [18, 9, 5, 4],
    (b, x) =>
      b.conv2d(normed(b, b.conv2d(x, 9, 3, { dilation: 2, padding: [2, 1, 2, 3] })), 8, [3, 2], {
        stride: [2, 3],
        padding: [1, 0, 2, 1],
        bias: true,
      }),
  ],
  "groups, which are done in the plain layout": [
    [2, 8, 4, 4],
    (b, x) => normed(b, b.conv2d(normed(b, b.conv2d(normed(b, b.conv2d(x, 16, 1)), 16, 3, { groups: 2 })), 16, 3)),
  ],
  "hard-swish and squeeze-and-excitation": [
    [2, 8, 4, 5],
    (b, x) => {
      const y = normed(b, b.conv2d(x, 16, 3), "hard-swish");
      const gate = b.activation(
        b.conv2d(b.activation(b.conv2d(b.globalAveragePool(y, true), 8, 1, { bias: true }), "relu"), 16, 1, { bias: true }),
        "hard-sigmoid",
      );
      return b.conv2d(b.binary("mul", y, gate), 8, 1);
    },
  ],
  "1×1 convolutions that widen and narrow, over whole blocks of pixels": [
    [2, 20, 4, 4],
    (b, x) => b.conv2d(normed(b, b.conv2d(normed(b, b.conv2d(x, 40, 1), "relu6"), 12, 1)), 24, 1),
  ],
  "a normalisation that two read": [
    [2, 8, 4, 4],
    (b, x) => {
      const y = b.batchNorm(b.conv2d(x, 16, 3));
      return b.binary("mul", b.activation(y, "relu"), y);
    },
  ],
  "a quotient, whose empty channels would be 0/0": [
    [2, 8, 3, 3],
    (b, x) => b.conv2d(b.binary("div", b.conv2d(x, 12, 1), normed(b, b.conv2d(x, 12, 1), "sigmoid")), 8, 1),
  ],
  "concatenation and shuffled channels": [
    [2, 8, 4, 3],
    (b, x) => {
      const y = b.concat([normed(b, b.conv2d(x, 8, 1)), normed(b, b.conv2d(x, 12, 3))]);
      return normed(b, b.conv2d(y, 16, 1));
    },
  ],
  ...Object.fromEntries(
    (["max", "average"] as const).flatMap((mode) => [
      [`${mode} pooling 2×2`, [[2, 8, 6, 5], (b, x) => b.conv2d(b.pool2d(mode, normed(b, b.conv2d(x, 12, 3)), 2), 8, 1)]] as const,
      [
        `${mode} pooling 3×3, stride 2`,
        [[2, 8, 6, 7], (b, x) => b.conv2d(b.pool2d(mode, normed(b, b.conv2d(x, 12, 3)), 3, { stride: 2, padding: [0, 1, 1, 1] }), 8, 1)],
      ] as const,
    ]) satisfies readonly (readonly [string, readonly [readonly number[], Make]])[],
  ),
};

export function layoutCases(): readonly OperatorCase[] {
  return Object.entries(makers).map(([name, [shape, make]]) => {
    const b = new NetworkBuilder();
    const x = b.input(shape);
    // A learned tensor added to the input, as in `operatorCases`.
    const shifted = b.binary("add", x, b.add({ kind: "parameter", shape: [1, ...shape.slice(1)] }, [], "shift"));
    return { kind: "conv2d", name, network: b.build(make(b, shifted)) };
  });
}
