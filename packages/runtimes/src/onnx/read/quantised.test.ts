/** Quantised models are read in the formats that they work in. */
import { type Network, networkCosts, tensorBytes } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../graphBuilder.ts";
import { dataTypes } from "../proto.ts";
import { foreign, readAndRun, weight } from "./models.fixture.ts";
import { readOnnx } from "./readOnnx.ts";

const shown = (network: Network) => network.nodes.map(({ op, output }) => `${"fn" in op ? op.fn : op.kind} ${output.format}`);

/** Scale and zero point. */
const step = (g: GraphBuilder, type: "int8" | "uint8" = "int8") => [g.scalar(0.05), g.initializer(new Uint8Array([0]), [], type)] as const;
const quantise = (g: GraphBuilder, x: string, type: "int8" | "uint8" = "int8") => g.op("QuantizeLinear", [x, ...step(g, type)]);
const restore = (g: GraphBuilder, x: string, type: "int8" | "uint8" = "int8") => g.op("DequantizeLinear", [x, ...step(g, type)]);
const both = (g: GraphBuilder, x: string) => restore(g, quantise(g, x));
const bytes = (g: GraphBuilder, ...shape: number[]) => g.initializer(new Uint8Array(shape.reduce((a, b) => a * b, 1)), shape, "int8");
const int32s = (g: GraphBuilder, count: number) => g.initializer(new Uint8Array(4 * count), [count], "int32");
const stored = (g: GraphBuilder, ...shape: number[]) => restore(g, bytes(g, ...shape));
const bias = (g: GraphBuilder, count: number) => g.op("DequantizeLinear", [int32s(g, count), g.scalar(0.01)]);

describe("steps of quantisation around operators", () => {
  it("become operators of integers, with weights of one byte and biases of four", async () => {
    const network = await readAndRun(
      foreign((g, input) => {
        const x = both(g, input);
        const y = both(g, g.op("Relu", [g.op("Conv", [x, stored(g, 8, 3, 3, 3), bias(g, 8)], { pads: [1, 1, 1, 1] })]));
        const pooled = both(g, g.op("GlobalAveragePool", [both(g, g.op("Add", [y, both(g, g.op("Conv", [y, stored(g, 8, 8, 1, 1)]))]))]));
        const flat = both(g, g.op("Flatten", [pooled]));
        return both(g, g.op("Gemm", [flat, stored(g, 10, 8), bias(g, 10)], { transB: 1 }));
      }),
    );
    expect(shown(network)).toEqual([
      "input float32",
      "cast int8",
      "conv2d int8",
      "relu int8",
      "conv2d int8",
      "add int8",
      "mean int8",
      "reshape int8",
      "dense int8",
      "cast float32",
    ]);
    expect(networkCosts(network).weightBytes).toBe(8 * 27 + 4 * 8 + 64 + 80 + 4 * 10);
  });

  it("stay where an operator between them has no integers: its own numbers are what they were", async () => {
    const network = await readAndRun(
      foreign((g, input) => {
        const x = both(g, input);
        const norm = g.op("LayerNormalization", [g.op("Mul", [x, g.op("Sin", [x])]), weight(g, 16), weight(g, 16)]);
        return both(g, norm);
      }),
    );
    // The sine's result is not rounded, so it is not an operator of integers; nor is what reads it.
    expect(shown(network)).toEqual([
      "input float32",
      "cast int8",
      "cast float32",
      "opaque float32",
      "mul float32",
      "layerNorm float32",
      "cast int8",
      "cast float32",
    ]);
  });

  it("take uint8 and int8 as they are written, and views between them", async () => {
    const network = await readAndRun(
      foreign((g, input) => {
        const x = restore(g, quantise(g, input, "uint8"), "uint8");
        const y = g.op(
          "Transpose",
          [g.op("MaxPool", [g.op("Conv", [x, stored(g, 4, 3, 3, 3)])], { kernel_shape: [2, 2], strides: [2, 2] })],
          { perm: [0, 2, 3, 1] },
        );
        return restore(g, quantise(g, y));
      }),
    );
    expect(shown(network)).toEqual(
      ["input float32", "cast uint8", "conv2d int8", "max int8", "transpose int8", "cast float32"].map((one) =>
        one.replace("max int8", "pool2d int8"),
      ),
    );
  });

  it("of weights alone leave activations in floating point", () => {
    const { network } = readOnnx(
      foreign((g, x) => g.op("Conv", [x, stored(g, 8, 3, 3, 3)])),
      "weights.onnx",
    );
    expect(shown(network)).toEqual(["input float32", "conv2d float32"]);
    expect(networkCosts(network).weightBytes).toBe(8 * 27);
  });

  it("round stored weights that are float32 in the file", async () => {
    const network = await readAndRun(foreign((g, input) => both(g, g.op("Conv", [both(g, input), both(g, weight(g, 8, 3, 3, 3))]))));
    expect(networkCosts(network).weightBytes).toBe(8 * 27);
    expect(shown(network)).toEqual(["input float32", "cast int8", "conv2d int8", "cast float32"]);
  });
});

describe("stored integers that are none", () => {
  it("are multiplied out where they are looked up or added", () => {
    const g = new GraphBuilder();
    const tokens = g.input("tokens", [1, 5], "int64");
    const x = g.op("Gather", [stored(g, 20, 16), tokens]);
    g.output(g.op("MatMul", [g.op("Add", [stored(g, 1, 5, 16), x]), weight(g, 16, 4)]), "y", [1, 5, 4]);
    const { network } = readOnnx(g.encode({ name: "lookup" }), "lookup.onnx");
    expect(shown(network)).toEqual([
      "input int32",
      "embedding int8",
      "cast float32",
      "constant int8",
      "cast float32",
      "add float32",
      "dense float32",
    ]);
  });

  it("may be the bounds of a clip", async () => {
    const network = await readAndRun(
      foreign((g, input) => {
        const bound = (value: number) => restore(g, g.initializer(new Uint8Array([value]), [], "int8"));
        return both(g, g.op("Clip", [g.op("Conv", [both(g, input), stored(g, 8, 3, 3, 3)]), bound(0), bound(120)]));
      }),
    );
    // 120 steps of 0.05.
    expect(shown(network)).toEqual(["input float32", "cast int8", "conv2d int8", "relu6 int8", "cast float32"]);
  });
});

describe("operators of integers", () => {
  it("QLinearConv, QLinearMatMul and those of onnxruntime", async () => {
    const microsoft = (type: string) => ({ type, domain: "com.microsoft" });
    const network = await readAndRun(
      foreign((g, input) => {
        const x = quantise(g, input);
        const q = step(g);
        const y = g.op("QLinearConv", [x, ...q, bytes(g, 8, 3, 3, 3), ...q, ...q, int32s(g, 8)], { strides: [2, 2], pads: [1, 1, 1, 1] });
        const sum = g.op(microsoft("QLinearAdd"), [y, ...q, y, ...q, ...q]);
        const pooled = g.op(microsoft("QLinearGlobalAveragePool"), [sum, ...q, ...q], { channels_last: 0 });
        const flat = g.op("Reshape", [pooled, g.int64s([1, 8])]);
        return restore(g, g.op("QLinearMatMul", [flat, ...q, bytes(g, 8, 10), ...q, ...q]));
      }),
    );
    expect(shown(network)).toEqual([
      "input float32",
      "cast int8",
      "conv2d int8",
      "opaque int8",
      "mean int8",
      "reshape int8",
      "dense int8",
      "cast float32",
    ]);
    expect(networkCosts(network)).toMatchObject({ macs: 64 * 8 * 27 + 80, weightBytes: 8 * 27 + 32 + 80 });
  });

  it("dynamic quantisation, and products of 32 bits", async () => {
    const network = await readAndRun(
      foreign(
        (g, x) => {
          const [q, scale, zero] = g.ops(3, "DynamicQuantizeLinear", [x]) as [string, string, string];
          const product = g.op("MatMulInteger", [q, bytes(g, 16, 4), zero]);
          return g.op("Mul", [g.op("Cast", [product], { to: dataTypes.float32 }), scale]);
        },
        ["batch", 16],
      ),
    );
    expect(network.nodes.find(({ op }) => op.kind === "dense")).toMatchObject({ output: { format: "int32" }, weightFormat: "int8" });
    expect(network.nodes.at(-1)).toMatchObject({ op: { fn: "mul" }, output: { format: "float32" } });
  });

  it("ConvInteger", async () => {
    const network = await readAndRun(
      foreign((g, x) => {
        const whole = g.op("ConvInteger", [quantise(g, x, "uint8"), g.initializer(new Uint8Array(4 * 27), [4, 3, 3, 3], "uint8")]);
        return g.op("Cast", [whole], { to: dataTypes.float32 });
      }),
    );
    expect(shown(network)).toEqual(["input float32", "cast uint8", "conv2d int32", "cast float32"]);
  });

  it("inputs of bytes are bytes", () => {
    const g = new GraphBuilder();
    const x = g.input("pixels", [1, 3, 16, 16], "uint8");
    g.output(g.op("Conv", [g.op("Cast", [x], { to: dataTypes.float32 }), weight(g, 4, 3, 3, 3)]), "y", [1, 4, 14, 14]);
    const { network } = readOnnx(g.encode({ name: "bytes" }), "bytes.onnx");
    expect(shown(network)).toEqual(["input uint8", "cast float32", "conv2d float32"]);
    expect(tensorBytes(network.nodes[0]?.output as { shape: readonly number[]; format: "uint8" })).toBe(768);
  });
});
