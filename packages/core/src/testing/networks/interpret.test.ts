import { describe, expect, it } from "vitest";
import { type Network, NetworkBuilder, type Operator, parameterLayout, type Shape } from "../../ir/index.ts";
import { erf, interpret, interpretNodes } from "./interpret.ts";

/** One operator over inputs of these shapes, called a, b, … */
function single(op: Operator, ...shapes: Shape[]): Network {
  const builder = new NetworkBuilder();
  const inputs = shapes.map((shape, i) => builder.input(shape, "abc"[i]));
  return builder.build(builder.add(op, inputs, "op"));
}

function run(
  op: Operator,
  inputs: readonly { shape: Shape; values: readonly number[] }[],
  parameters: readonly number[] = [],
  training = false,
) {
  const network = single(op, ...inputs.map((input) => input.shape));
  const given = Object.fromEntries(inputs.map((input, i) => ["abc"[i] as string, input.values]));
  return [...(interpret(network, given, parameters, { training })[0] as Float64Array)];
}

const conv = {
  kind: "conv2d",
  outChannels: 1,
  kernel: [2, 2],
  stride: [1, 1],
  dilation: [1, 1],
  padding: [0, 0, 0, 0],
  groups: 1,
  bias: false,
} as const;
const image = { shape: [1, 1, 3, 3], values: [1, 2, 3, 4, 5, 6, 7, 8, 9] };
const pool = { kind: "pool2d", mode: "average", kernel: [2, 2], stride: [2, 2], padding: [0, 0, 1, 1], countPadding: false } as const;

// Every expected number below was worked out by hand from the operator's definition.
describe("interpret", () => {
  it("convolves: a window of weights, bias last", () => {
    // [[1, 2], [4, 5]] · [[1, 0], [0, −1]] = 1 − 5, and so on: each is x − (x + 4).
    expect(run({ ...conv, bias: true }, [image], [1, 0, 0, -1, 10])).toEqual([6, 6, 6, 6]);
  });

  it("pads with zeros at each side as stated", () => {
    // One row above: the first output row sees only zeros and the image's first row.
    expect(run({ ...conv, padding: [1, 0, 0, 0] }, [image], [1, 1, 1, 1])).toEqual([3, 5, 12, 16, 24, 28]);
    expect(run({ ...conv, padding: [0, 0, 0, 1] }, [image], [1, 1, 1, 1])).toEqual([12, 16, 9, 24, 28, 15]);
  });

  it("strides and dilates a window", () => {
    expect(run({ ...conv, dilation: [2, 2] }, [image], [1, 10, 100, 1000])).toEqual([1 + 30 + 700 + 9000]);
    expect(run({ ...conv, kernel: [1, 1], stride: [2, 2] }, [image], [1])).toEqual([1, 3, 7, 9]);
    expect(run({ ...conv, kernel: [1, 2], stride: [2, 1] }, [image], [1, 1])).toEqual([3, 5, 15, 17]);
  });

  it("convolves each group of channels by itself", () => {
    const channels = { shape: [1, 4, 1, 1], values: [1, 2, 3, 4] };
    // Two groups of two: outputs 0 and 1 read channels 0 and 1, outputs 2 and 3 read channels 2 and 3.
    const op = { ...conv, outChannels: 4, kernel: [1, 1], groups: 2 } as const;
    expect(run(op, [channels], [1, 0, 1, 1, 1, 0, 1, 1])).toEqual([1, 3, 3, 7]);
  });

  it("mixes input channels", () => {
    const channels = { shape: [2, 2, 1, 1], values: [1, 2, 3, 4] };
    expect(run({ ...conv, outChannels: 2, kernel: [1, 1] }, [channels], [1, 10, 100, 1000])).toEqual([21, 2100, 43, 4300]);
  });

  it("multiplies dense weights [inputs, outputs] with the last axis", () => {
    const rows = { shape: [2, 2], values: [1, 2, 3, 4] };
    expect(run({ kind: "dense", outFeatures: 3, bias: true }, [rows], [1, 2, 3, 4, 5, 6, 100, 200, 300])).toEqual([
      109, 212, 315, 119, 226, 333,
    ]);
  });

  it("multiplies matrices, transposed or not, and broadcasts leading dimensions", () => {
    const a = { shape: [2, 2], values: [1, 2, 3, 4] };
    const b = { shape: [2, 2], values: [5, 6, 7, 8] };
    const op = { kind: "matmul", transposeA: false, transposeB: false } as const;
    expect(run(op, [a, b])).toEqual([19, 22, 43, 50]);
    expect(run({ ...op, transposeA: true }, [a, b])).toEqual([26, 30, 38, 44]);
    expect(run({ ...op, transposeB: true }, [a, b])).toEqual([17, 23, 39, 53]);
    expect(run(op, [{ shape: [2, 1, 2], values: [1, 0, 0, 1] }, b])).toEqual([5, 6, 7, 8]);
  });

  it("broadcasts element-wise operators as NumPy does", () => {
    const a = { shape: [2, 2], values: [1, 2, 3, 4] };
    expect(run({ kind: "binary", fn: "sub" }, [a, { shape: [2], values: [1, 10] }])).toEqual([0, -8, 2, -6]);
    expect(run({ kind: "binary", fn: "mul" }, [{ shape: [2, 1], values: [2, 3] }, a])).toEqual([2, 4, 9, 12]);
    expect(run({ kind: "binary", fn: "div" }, [a, { shape: [], values: [2] }])).toEqual([0.5, 1, 1.5, 2]);
    expect(run({ kind: "binary", fn: "max" }, [a, { shape: [1], values: [3] }])).toEqual([3, 3, 3, 4]);
    expect(run({ kind: "binary", fn: "min" }, [a, { shape: [1], values: [3] }])).toEqual([1, 2, 3, 3]);
    expect(run({ kind: "binary", fn: "add" }, [a, a])).toEqual([2, 4, 6, 8]);
  });

  it.each([
    ["relu", [0, 0, 7]],
    ["relu6", [0, 0, 6]],
    ["hard-sigmoid", [1 / 3, 0.5, 1]],
    ["hard-swish", [-1 / 3, 0, 7]],
    ["sigmoid", [1 / (1 + Math.E), 0.5, 0.9990889488055994]],
    ["swish", [-1 / (1 + Math.E), 0, 6.993622641639196]],
    // Φ(−1) = 0.15865525393145707 and Φ(7) = 1 − 1.28e−12, from tables of the normal distribution.
    ["gelu", [-0.15865525393145707, 0, 7]],
    ["tanh", [-0.7615941559557649, 0, 0.9999983369439447]],
  ] as const)("%s", (fn, expected) => {
    const found = run({ kind: "activation", fn }, [{ shape: [3], values: [-1, 0, 7] }]);
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 10);
    });
  });

  it("has an error function as tables give it", () => {
    // Abramowitz and Stegun, table 7.1.
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
    expect(erf(-1)).toBeCloseTo(-0.8427007929, 10);
    expect(erf(2)).toBeCloseTo(0.995322265, 10);
    expect(erf(5.9)).toBeCloseTo(1, 14);
  });

  it("joins along an axis", () => {
    const a = { shape: [2, 1], values: [1, 2] };
    const b = { shape: [2, 2], values: [3, 4, 5, 6] };
    expect(run({ kind: "concat", axis: 1 }, [a, b, a])).toEqual([1, 3, 4, 1, 2, 5, 6, 2]);
    expect(run({ kind: "concat", axis: 0 }, [b, b])).toEqual([3, 4, 5, 6, 3, 4, 5, 6]);
  });

  it("pools, and counts padding or not", () => {
    expect(run(pool, [image])).toEqual([3, 4.5, 7.5, 9]);
    expect(run({ ...pool, countPadding: true }, [image])).toEqual([3, 2.25, 3.75, 2.25]);
    expect(run({ ...pool, mode: "max" }, [image])).toEqual([5, 6, 8, 9]);
    // A maximum never sees padding, even where everything is negative.
    expect(run({ ...pool, mode: "max", padding: [1, 1, 0, 0] }, [{ ...image, values: image.values.map((v) => -v) }])).toEqual([
      -1, -2, -4, -5,
    ]);
  });

  it("reduces over axes", () => {
    const a = { shape: [2, 3], values: [1, 2, 3, -4, -5, -6] };
    expect(run({ kind: "reduce", fn: "mean", axes: [1], keepDims: true }, [a])).toEqual([2, -5]);
    expect(run({ kind: "reduce", fn: "sum", axes: [0], keepDims: false }, [a])).toEqual([-3, -3, -3]);
    expect(run({ kind: "reduce", fn: "max", axes: [0, 1], keepDims: false }, [{ ...a, values: [-1, -2, -3, -4, -5, -6] }])).toEqual([-1]);
  });

  it("normalises batches by running statistics, and by the batch's own while training", () => {
    const op = { kind: "batchNorm", epsilon: 0 } as const;
    const batch = { shape: [2, 2, 1, 2], values: [1, 3, 10, 10, 5, 7, 10, 30] };
    // Channel 0: mean 1, variance 4, scale 2, shift 100; channel 1: mean 10, variance 25, scale 1, shift 0.
    const parameters = [2, 1, 100, 0, 1, 10, 4, 25];
    expect(run(op, [batch], parameters)).toEqual([100, 102, 0, 0, 104, 106, 0, 4]);
    // Channel 0 holds 1, 3, 5, 7: mean 4, biased variance 5; channel 1 holds 10, 10, 10, 30: mean 15, variance 75.
    const [s, t] = [2 / Math.sqrt(5), 1 / Math.sqrt(75)];
    const expected = [100 - 3 * s, 100 - s, -5 * t, -5 * t, 100 + s, 100 + 3 * s, -5 * t, 15 * t];
    run(op, [batch], parameters, true).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 12);
    });
  });

  it("adds epsilon to the variance", () => {
    expect(run({ kind: "batchNorm", epsilon: 3 }, [{ shape: [1, 1], values: [4] }], [1, 0, 0, 1])).toEqual([2]);
  });

  it("normalises rows and groups", () => {
    const rows = { shape: [2, 2], values: [1, 3, 10, 10] };
    expect(run({ kind: "layerNorm", epsilon: 1 }, [rows], [Math.SQRT2, 1, 0, 5])).toEqual([-1, 5 + 1 / Math.SQRT2, 0, 5]);
    // Mean square of 3, 4 is 12.5; with epsilon 12.5 the root is 5.
    expect(run({ kind: "rmsNorm", epsilon: 12.5 }, [{ shape: [1, 2], values: [3, 4] }], [1, 10])).toEqual([0.6, 8]);
    // Groups (1, 3) with mean 2, variance 1 and (0, 4) with mean 2, variance 4.
    const groups = run(
      { kind: "groupNorm", groups: 2, epsilon: 0 },
      [{ shape: [1, 4, 1, 1], values: [1, 3, 0, 4] }],
      [1, 1, 2, 2, 0, 0, 0, 7],
    );
    expect(groups).toEqual([-1, 1, -2, 9]);
  });

  it("takes the softmax along an axis", () => {
    const a = { shape: [2, 2], values: [0, Math.log(3), 1000, 1000] };
    run({ kind: "softmax", axis: 1 }, [a]).forEach((value, i) => {
      expect(value).toBeCloseTo([0.25, 0.75, 0.5, 0.5][i] as number, 12);
    });
    expect(run({ kind: "softmax", axis: 0 }, [{ shape: [2, 1], values: [5, 5] }])).toEqual([0.5, 0.5]);
  });

  it("looks rows up, reshapes, transposes, slices, casts, repeats", () => {
    const a = { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] };
    expect(run({ kind: "embedding", vocabulary: 3, features: 2 }, [{ shape: [2], values: [2, 0] }], [1, 2, 3, 4, 5, 6])).toEqual([
      5, 6, 1, 2,
    ]);
    expect(run({ kind: "reshape", shape: [-1] }, [a])).toEqual(a.values);
    expect(run({ kind: "transpose", permutation: [1, 0] }, [a])).toEqual([1, 4, 2, 5, 3, 6]);
    // [2, 0, 1] sends [a, b, c] to [c, a, b].
    expect(run({ kind: "transpose", permutation: [2, 0, 1] }, [{ shape: [1, 2, 3], values: a.values }])).toEqual([1, 4, 2, 5, 3, 6]);
    expect(run({ kind: "slice", axes: [1], starts: [1], ends: [3] }, [a])).toEqual([2, 3, 5, 6]);
    expect(run({ kind: "cast", format: "int8" }, [a])).toEqual(a.values);
    expect(run({ kind: "constant", shape: [2], value: 7 }, [])).toEqual([7, 7]);
    expect(run({ kind: "parameter", shape: [2] }, [], [8, 9])).toEqual([8, 9]);
  });

  it("reads parameters where the layout puts them and gives every node's tensor", () => {
    const builder = new NetworkBuilder();
    const x = builder.input([1, 2]);
    const first = builder.dense(x, 1, { name: "first" });
    const network = builder.build(builder.dense(first, 1, { name: "second" }), first);
    expect(parameterLayout(network).map((slot) => slot.name)).toEqual(["first.weight", "first.bias", "second.weight", "second.bias"]);
    const tensors = interpretNodes(network, { input: [1, 2] }, [10, 1, 5, 2, 1]);
    expect(tensors.map((tensor) => [...tensor.values])).toEqual([[1, 2], [17], [35]]);
    expect(interpret(network, { input: [1, 2] }, [10, 1, 5, 2, 1]).map((values) => values[0])).toEqual([35, 17]);
  });

  it("refuses inputs and parameters of another size", () => {
    const network = single({ kind: "dense", outFeatures: 1, bias: false }, [1, 2]);
    expect(() => interpret(network, { a: [1] }, [1, 2])).toThrow("input 'a' needs 2 values, not 1");
    expect(() => interpret(network, { a: [1, 2] }, [1])).toThrow("2 parameters, not 1");
  });
});
