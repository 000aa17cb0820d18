/** Small networks around every operator, for tests of export, reading and gradients. */
import type { Rng } from "@archwright/core/base";
import {
  activationFunctions,
  elementCount,
  type Network,
  NetworkBuilder,
  type NodeIndex,
  type OperatorKind,
  parameterLayout,
  parameterVectorLength,
} from "@archwright/core/ir";
import { onlyInput } from "./batchSize.ts";

/** A small network around one operator, for tests. */
export interface OperatorCase {
  readonly kind: OperatorKind;
  readonly name: string;
  readonly network: Network;
}

/** Parameters as a trained network might have them, and an input: statistics and scales off 0 and 1, variances positive. */
export function caseNumbers({ kind, network }: OperatorCase, rng: Rng): { readonly weights: Float32Array; readonly input: Float32Array } {
  const layout = parameterLayout(network);
  const weights = new Float32Array(parameterVectorLength(network));
  for (const { spec, offset, size } of layout) {
    for (let i = offset; i < offset + size; i++) weights[i] = spec.role === "variance" ? 0.5 + rng.next() : rng.normal();
  }
  const size = elementCount(onlyInput(network).output.shape);
  return { weights, input: Float32Array.from({ length: size }, () => (kind === "embedding" ? rng.int(5) : rng.normal())) };
}

/**
 * Networks that use every operator kind in its variants. A learned tensor is added to every input, so that the
 * gradient of the operator's own input can be seen in a parameter.
 */
export function operatorCases(): readonly OperatorCase[] {
  const cases: OperatorCase[] = [];
  const add = (kind: OperatorKind, name: string, shape: readonly number[], make: (b: NetworkBuilder, x: NodeIndex) => NodeIndex) => {
    const b = new NetworkBuilder();
    const x = b.input(shape);
    // A learned tensor added to the input: its gradient is the gradient of the input, number by number.
    const shifted = b.binary("add", x, b.add({ kind: "parameter", shape: [1, ...shape.slice(1)] }, [], "shift"));
    cases.push({ kind, name, network: b.build(make(b, shifted)) });
  };
  const image = [2, 4, 7, 6];

  add("input", "input", [2, 3], (_b, x) => x);
  add("constant", "constant", [2, 3], (b, x) => b.binary("mul", x, b.constant([1, 3], -1.5)));
  add("parameter", "parameter", [2, 3], (b, x) => b.binary("mul", x, b.add({ kind: "parameter", shape: [3] }, [])));

  add("conv2d", "1×1", image, (b, x) => b.conv2d(x, 6, 1));
  add("conv2d", "1×1 with bias", image, (b, x) => b.conv2d(x, 3, 1, { bias: true }));
  add("conv2d", "1×1, stride 2", image, (b, x) => b.conv2d(x, 6, 1, { stride: 2, padding: 0 }));
  add("conv2d", "3×3 with bias", image, (b, x) => b.conv2d(x, 3, 3, { bias: true }));
  add("conv2d", "3×3, stride 2", image, (b, x) => b.conv2d(x, 3, 3, { stride: 2 }));
  add("conv2d", "3×3, no padding", image, (b, x) => b.conv2d(x, 3, 3, { padding: 0 }));
  add("conv2d", "3×3, padding 2", image, (b, x) => b.conv2d(x, 3, 3, { padding: 2 }));
  add("conv2d", "3×3, more padding than the window", image, (b, x) => b.conv2d(x, 3, 3, { padding: [3, 4, 3, 3] }));
  add("conv2d", "3×3, dilation 2", image, (b, x) => b.conv2d(x, 3, 3, { dilation: 2 }));
  add("conv2d", "3×2, dilation 2×1, stride 2×3, uneven padding", image, (b, x) =>
    b.conv2d(x, 5, [3, 2], { dilation: [2, 1], stride: [2, 3], padding: [1, 0, 2, 1] }),
  );
  add("conv2d", "2×2, stride 3", image, (b, x) => b.conv2d(x, 3, 2, { stride: 3, padding: 0 }));
  add("conv2d", "3×3, 2 groups", image, (b, x) => b.conv2d(x, 6, 3, { groups: 2, bias: true }));
  add("conv2d", "3×3, 2 groups, stride 2", image, (b, x) => b.conv2d(x, 6, 3, { groups: 2, stride: 2 }));
  add("conv2d", "1×1, 2 groups", image, (b, x) => b.conv2d(x, 6, 1, { groups: 2 }));
  add("conv2d", "depthwise 3×3", image, (b, x) => b.depthwise(x, 3));
  add("conv2d", "depthwise 5×5, stride 2, bias", image, (b, x) => b.depthwise(x, 5, { stride: 2, bias: true }));
  add("conv2d", "depthwise 3×3, stride 2, uneven padding", image, (b, x) => b.depthwise(x, 3, { stride: 2, padding: [0, 0, 1, 1] }));
  add("conv2d", "depthwise 3×3, dilation 2", image, (b, x) => b.depthwise(x, 3, { dilation: 2 }));
  add("conv2d", "depthwise 7×7 on 3×3", [2, 4, 3, 3], (b, x) => b.depthwise(x, 7));
  add("conv2d", "depthwise with multiplier 2", image, (b, x) => b.conv2d(x, 8, 3, { groups: 4 }));
  add("conv2d", "16 → 8 channels 3×3", [2, 16, 5, 5], (b, x) => b.conv2d(x, 8, 3));
  add("conv2d", "16 → 32 channels 3×3, stride 2", [2, 16, 8, 8], (b, x) => b.conv2d(x, 32, 3, { stride: 2 }));
  add("conv2d", "16 depthwise 3×3", [2, 16, 5, 5], (b, x) => b.depthwise(x, 3));
  add("conv2d", "24 → 16 channels 1×1", [2, 24, 5, 4], (b, x) => b.conv2d(x, 16, 1));

  add("dense", "with bias", [3, 4], (b, x) => b.dense(x, 5));
  add("dense", "without bias", [3, 4], (b, x) => b.dense(x, 5, { bias: false }));
  add("dense", "of tokens", [2, 3, 4], (b, x) => b.dense(x, 5));
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    add("matmul", `transposes ${transposeA}, ${transposeB}`, [2, 3, 4, 4], (b, x) => {
      const y = b.activation(x, "tanh");
      return b.add({ kind: "matmul", transposeA, transposeB }, [x, y]);
    });
  }
  add("matmul", "broadcast", [2, 3, 2, 4], (b, x) =>
    b.add({ kind: "matmul", transposeA: false, transposeB: false }, [x, b.add({ kind: "parameter", shape: [1, 4, 5] }, [])]),
  );
  for (const fn of ["add", "sub", "mul", "max", "min"] as const) {
    add("binary", fn, image, (b, x) => b.binary(fn, b.activation(x, "tanh"), x));
    add("binary", `${fn}, broadcast`, image, (b, x) => b.binary(fn, b.add({ kind: "parameter", shape: [4, 1, 6] }, []), x));
    add("binary", `${fn}, broadcast both ways`, [2, 3, 1], (b, x) => b.binary(fn, b.add({ kind: "parameter", shape: [1, 5] }, []), x));
  }
  add("binary", "div", [2, 4, 3], (b, x) => b.binary("div", x, b.binary("add", b.activation(x, "sigmoid"), b.constant([1], 1))));
  for (const fn of activationFunctions) add("activation", fn, [3, 40], (b, x) => b.activation(b.binary("mul", x, b.constant([1], 4)), fn));
  add("concat", "channels", image, (b, x) => b.concat([x, b.activation(x, "tanh"), b.conv2d(x, 3, 1)]));
  for (const mode of ["max", "average"] as const) {
    add("pool2d", `${mode} 2×2`, image, (b, x) => b.pool2d(mode, x, 2));
    add("pool2d", `${mode} 3×3, stride 1, padding 1`, image, (b, x) => b.pool2d(mode, x, 3, { stride: 1, padding: 1 }));
    add("pool2d", `${mode} 3×3, stride 2, padding 1`, image, (b, x) => b.pool2d(mode, x, 3, { stride: 2, padding: 1 }));
    add("pool2d", `${mode} 3×2, stride 2×1, uneven padding`, image, (b, x) =>
      b.pool2d(mode, x, [3, 2], { stride: [2, 1], padding: [0, 1, 2, 0] }),
    );
    add("pool2d", `${mode} 2×2, stride 3`, image, (b, x) => b.pool2d(mode, x, 2, { stride: 3 }));
  }
  add("pool2d", "average 3×3, padding counted", image, (b, x) => b.pool2d("average", x, 3, { stride: 2, padding: 1, countPadding: true }));
  for (const fn of ["mean", "sum", "max"] as const) {
    add("reduce", `${fn} over the image`, image, (b, x) => b.add({ kind: "reduce", fn, axes: [2, 3], keepDims: false }, [x]));
    add("reduce", `${fn} over the image, keeping it`, image, (b, x) => b.add({ kind: "reduce", fn, axes: [3, 2], keepDims: true }, [x]));
    add("reduce", `${fn} over channels`, image, (b, x) => b.add({ kind: "reduce", fn, axes: [1], keepDims: false }, [x]));
  }
  add("batchNorm", "image", image, (b, x) => b.batchNorm(x));
  add("batchNorm", "after a convolution", image, (b, x) => b.activation(b.batchNorm(b.conv2d(x, 5, 3), 1e-3), "relu"));
  add("batchNorm", "features", [6, 5], (b, x) => b.batchNorm(x, 1e-3));
  add("layerNorm", "tokens", [2, 3, 8], (b, x) => b.add({ kind: "layerNorm", epsilon: 1e-5 }, [x]));
  add("rmsNorm", "tokens", [2, 3, 8], (b, x) => b.add({ kind: "rmsNorm", epsilon: 1e-5 }, [x]));
  add("groupNorm", "2 groups", image, (b, x) => b.add({ kind: "groupNorm", groups: 2, epsilon: 1e-5 }, [x]));
  add("softmax", "last axis", [2, 3, 5], (b, x) => b.add({ kind: "softmax", axis: 2 }, [x]));
  add("softmax", "middle axis", [2, 3, 5], (b, x) => b.add({ kind: "softmax", axis: 1 }, [x]));
  add("reshape", "flattened", image, (b, x) => b.dense(b.add({ kind: "reshape", shape: [2, -1] }, [x]), 3));
  add("reshape", "windows", [2, 4, 6], (b, x) => b.dense(b.add({ kind: "reshape", shape: [4, 2, 6] }, [x]), 3));
  add("transpose", "channels last", image, (b, x) => b.dense(b.add({ kind: "transpose", permutation: [0, 2, 3, 1] }, [x]), 3));
  add("slice", "a corner", image, (b, x) => b.add({ kind: "slice", axes: [3, 1], starts: [1, 2], ends: [5, 4] }, [x]));
  add("pad", "uneven", image, (b, x) => b.add({ kind: "pad", padding: [1, 0, 2, 3], value: -0.5 }, [x]));
  add("cast", "float32", [2, 3], (b, x) => b.add({ kind: "cast", format: "float32" }, [x]));

  const tokens = new NetworkBuilder();
  const embedded = tokens.add({ kind: "embedding", vocabulary: 5, features: 4 }, [tokens.input([2, 6])]);
  cases.push({ kind: "embedding", name: "tokens", network: tokens.build(embedded) });
  return cases;
}
