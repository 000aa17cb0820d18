/** Models as they lie on disk: sizes left open, weights shared, numbers in other files, and what is no model. */
import { gzipSync } from "node:zlib";
import { networkCosts } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import { type Dimension, GraphBuilder } from "../graphBuilder.ts";
import { dataTypes, encodeModel, type TensorProto } from "../proto.ts";
import { float, foreign, handmade, ints, kinds, weight } from "./models.fixture.ts";
import { readOnnx } from "./readOnnx.ts";

describe("sizes that are left open", () => {
  const model = (...shape: Dimension[]) => foreign((g, x) => g.op("Conv", [x, weight(g, 4, 3, 3, 3)], { pads: [1, 1, 1, 1] }), shape);
  const shape = (bytes: Uint8Array, input: object) => readOnnx(bytes, "open.onnx", { input }).network.nodes[0]?.output.shape;

  it("are given by name, or all together", () => {
    const open = model("batch", 3, "height", "width");
    expect(shape(open, { named: { height: 32, width: 48 } })).toEqual([1, 3, 32, 48]);
    expect(shape(open, { shape: [2, 3, 32, 48] })).toEqual([2, 3, 32, 48]);
    expect(shape(open, { named: { batch: 4, height: 8, width: 8 } })).toEqual([4, 3, 8, 8]);
    expect(shape(open, { shape: [1, 3, 20, 20], named: { height: 20 } })).toEqual([1, 3, 20, 20]);
  });

  it("are told in the words that give them", () => {
    const read = (bytes: Uint8Array, input: object) => () => readOnnx(bytes, "open.onnx", { input });
    const open = model("batch", 3, "height", "width");
    expect(read(open, {})).toThrow(
      /axis 2 of the input 'input' is left open \('height'\)[\s\S]*--input height=224[\s\S]*--input 1x3x224x224/,
    );
    expect(read(open, { named: { size: 3 } })).toThrow(/no input has a dimension 'size'[\s\S]*one of 'batch', 'height', 'width'/);
    expect(read(open, { named: { height: 0.5 } })).toThrow(/the size of 'height' is 0.5/);
    expect(read(open, { shape: [3, 224, 224] })).toThrow(/the input 'input' has 4 axes[\s\S]*not 3/);
    expect(read(open, { shape: [1, 4, 8, 8] })).toThrow(/axis 1 of the input 'input' is 3 in the model/);
    expect(read(model(1, 3, 8, 8), { shape: [1, 3, 9, 8] })).toThrow(/axis 2 of the input 'input' is 8 in the model/);
  });
});

describe("weights that several nodes read", () => {
  it("exist once: a kernel in four convolutions", () => {
    const model = foreign(
      (g, input) => {
        const kernel = weight(g, 16, 16, 3, 3);
        return [0, 1, 2, 3].reduce((x) => g.op("Conv", [x, kernel], { pads: [1, 1, 1, 1] }), g.op("Relu", [input]));
      },
      ["batch", 16, 8, 8],
    );
    const { network } = readOnnx(model, "shared.onnx");
    expect(networkCosts(network)).toMatchObject({ macs: 4 * 64 * 16 * 144, parameters: 2304, weightBytes: 4 * 2304 });
  });

  it("exist once: a table that is looked up and, transposed, multiplied with", () => {
    const g = new GraphBuilder();
    const table = weight(g, 400, 32);
    const x = g.op("Gather", [table, g.input("tokens", [1, 16], "int64")]);
    g.output(g.op("MatMul", [x, g.op("Transpose", [table], { perm: [1, 0] })]), "y", [1, 16, 400]);
    const { network } = readOnnx(g.encode({ name: "tied" }), "tied.onnx");
    expect(kinds(network)).toEqual(["embedding", "dense"]);
    expect(networkCosts(network)).toMatchObject({ macs: 16 * 32 * 400, parameters: 12_800 });
    expect(new Set(network.nodes.flatMap(({ stored }) => Object.values(stored ?? {}))).size).toBe(1);
  });

  it("are two where they are two, though their numbers are the same", () => {
    const model = foreign((g, x) => g.op("Conv", [g.op("Conv", [x, weight(g, 3, 3, 3, 3)]), weight(g, 3, 3, 3, 3)]));
    const { network } = readOnnx(model, "twins.onnx");
    expect(networkCosts(network).parameters).toBe(2 * 81);
    expect(network.nodes.every(({ stored }) => stored === undefined)).toBe(true);
  });
});

describe("what depends on stored numbers alone", () => {
  const scalar = (name: string, value: number): TensorProto => ({ name, dims: [], dataType: dataTypes.float32, floatData: [value] });

  it("is computed: 64 to the power −0.5", () => {
    const nodes = [
      { opType: "Pow", input: ["d", "e"], output: ["s"] },
      { opType: "Mul", input: ["x", "s"], output: ["y"] },
    ];
    const { network } = readOnnx(handmade(nodes, { initializer: [scalar("d", 64), scalar("e", -0.5)] }), "power.onnx");
    expect(network.nodes.map(({ op }) => op)).toContainEqual({ kind: "constant", shape: [], value: 0.125 });
    expect(network.nodes).toHaveLength(3);
  });

  it("is a weight like any other where it is large", () => {
    const model = foreign((g, x) => {
      const normal = g.op("Div", [
        weight(g, 8, 3, 3, 3),
        g.op("Sqrt", [g.op("ReduceSum", [g.op("Mul", [weight(g, 8, 3, 3, 3), weight(g, 8, 3, 3, 3)])])]),
      ]);
      return g.op("Conv", [x, g.op("Mul", [normal, weight(g, 8, 1, 1, 1)])]);
    });
    const { network } = readOnnx(model, "weightNorm.onnx", { strict: true });
    expect(kinds(network)).toEqual(["conv2d"]);
    expect(networkCosts(network).parameters).toBe(8 * 27);
  });

  it("leaves a branch open that the data chooses: the costlier one that fits is counted, as an estimate", () => {
    const cheap = { node: [{ opType: "Relu", input: ["x"], output: ["a"] }], output: [{ name: "a" }] };
    const dear = {
      node: [{ opType: "Conv", input: ["x", "k"], output: ["b"], attribute: [ints("pads", [1, 1, 1, 1])] }],
      output: [{ name: "b" }],
    };
    const wrong = { node: [{ opType: "Reshape", input: ["x", "s"], output: ["c"] }], output: [{ name: "c" }] };
    const initializer = [
      { name: "k", dims: [3, 3, 3, 3], dataType: dataTypes.float32, dataLocation: 1 },
      { name: "s", dims: [1], dataType: dataTypes.int64, int64Data: [5] },
    ];
    for (const [other, macs] of [
      [cheap, 64 * 81],
      [wrong, 64 * 81],
    ] as const) {
      const attribute = [
        { name: "then_branch", type: 5, g: other },
        { name: "else_branch", type: 5, g: dear },
      ];
      const nodes = [
        { opType: "ReduceMax", input: ["x"], output: ["m"], attribute: [{ name: "keepdims", type: 2, i: 0 }] },
        { opType: "If", name: "choice", input: ["m"], output: ["y"], attribute },
      ];
      const { network, unread } = readOnnx(handmade(nodes, { initializer }), "if.onnx");
      expect(networkCosts(network).macs).toBe(macs);
      expect(network.nodes.at(-1)?.op).toMatchObject({ name: "If", estimated: true });
      expect(unread).toEqual([
        { node: "choice", operator: "If", why: "which branch runs depends on the data; the costlier one is counted" },
      ]);
    }
  });

  it("chooses branches and counts loops", () => {
    const yes = { node: [{ opType: "Relu", input: ["x"], output: ["a"] }], output: [{ name: "a" }] };
    const no = { node: [{ opType: "Sigmoid", input: ["x"], output: ["b"] }], output: [{ name: "b" }] };
    const condition = { name: "c", dims: [], dataType: dataTypes.bool, int32Data: [1] };
    const branches = [
      { name: "then_branch", type: 5, g: yes },
      { name: "else_branch", type: 5, g: no },
    ];
    const branch = handmade([{ opType: "If", input: ["c"], output: ["y"], attribute: branches }], { initializer: [condition] });
    expect(kinds(readOnnx(branch, "if.onnx", { strict: true }).network)).toEqual(["relu"]);
    const kernel = { name: "k", dims: [3, 3, 3, 3], dataType: dataTypes.float32, dataLocation: 1 };
    const body = {
      input: ["i", "go", "s"].map((name) => ({ name })),
      node: [
        { opType: "Conv", input: ["s", "k"], output: ["t"], attribute: [ints("pads", [1, 1, 1, 1])] },
        { opType: "Identity", input: ["go"], output: ["on"] },
      ],
      output: [{ name: "on" }, { name: "t" }],
    };
    for (const times of [3, 1000]) {
      const count = { name: "n", dims: [], dataType: dataTypes.int64, int64Data: [times] };
      const nodes = [{ opType: "Loop", input: ["n", "", "x"], output: ["y"], attribute: [{ name: "body", type: 5, g: body }] }];
      const { network, unread } = readOnnx(handmade(nodes, { initializer: [count, kernel] }), "loop.onnx");
      expect(networkCosts(network)).toMatchObject({ macs: times * 64 * 3 * 27, parameters: 81 });
      expect(unread).toEqual([]);
    }
  });
});

it("numbers in another file are asked for only where a shape depends on them", () => {
  const far = (name: string, dims: readonly number[], dataType: number): TensorProto => ({
    name,
    dims,
    dataType,
    dataLocation: 1,
    externalData: [
      { key: "location", value: "model.data" },
      { key: "offset", value: "8" },
      { key: "length", value: "16" },
    ],
  });
  const model = handmade([{ opType: "Reshape", name: "r", input: ["x", "s"], output: ["y"] }], {
    initializer: [far("s", [2], dataTypes.int64)],
  });
  expect(() => readOnnx(model, "m.onnx")).toThrow(
    /'r' \(Reshape\): its shape cannot be read: the numbers lie in the file 'model\.data'[\s\S]*beside the model/,
  );
  const asked: string[] = [];
  const external = (name: string) => {
    asked.push(name);
    return new Uint8Array(BigInt64Array.of(7n, 3n, -1n).buffer);
  };
  expect(readOnnx(model, "m.onnx", { external }).network.nodes.at(-1)?.output.shape).toEqual([3, 64]);
  expect(asked).toContain("model.data");
});

it("older models: a clip with attributes, initializers among the inputs, broadcasts along an axis", () => {
  const nodes = [
    {
      opType: "Mul",
      input: ["x", "m"],
      output: ["a"],
      attribute: [ints("axis", []), { name: "broadcast", type: 2, i: 1 }, { name: "axis", type: 2, i: 1 }],
    },
    { opType: "Clip", input: ["a"], output: ["y"], attribute: [float("min", 0), float("max", 6)] },
  ];
  const initializer = [{ name: "m", dims: [3], dataType: dataTypes.float32, floatData: [1, 2, 3] }];
  expect(kinds(readOnnx(handmade(nodes, { initializer }, 6), "old.onnx").network)).toEqual(["parameter", "reshape", "mul", "relu6"]);
});

it("functions of the model are written out, nested and with attributes of the caller", () => {
  const leaky = {
    domain: "own",
    name: "Leaky",
    input: ["a"],
    output: ["b"],
    node: [{ opType: "LeakyRelu", input: ["a"], output: ["b"], attribute: [{ name: "alpha", type: 1, refAttrName: "slope" }] }],
  };
  const block = {
    domain: "own",
    name: "Block",
    input: ["x", "k"],
    output: ["z"],
    node: [
      { opType: "Conv", input: ["x", "k"], output: ["t"], attribute: [ints("pads", [1, 1, 1, 1])] },
      { opType: "Leaky", domain: "own", input: ["t"], output: ["z"], attribute: [float("slope", 0.1)] },
    ],
  };
  const shape = { dim: [1, 3, 8, 8].map((dimValue) => ({ dimValue })) };
  const call = (input: string, output: string) => ({ opType: "Block", domain: "own", input: [input, "w"], output: [output] });
  const graph = {
    node: [call("x", "m"), call("m", "y")],
    input: [{ name: "x", type: { tensorType: { elemType: 1, shape } } }],
    output: [{ name: "y" }],
    initializer: [{ name: "w", dims: [3, 3, 3, 3], dataType: 1, dataLocation: 1 }],
  };
  const { network } = readOnnx(encodeModel({ opsetImport: [{ version: 17 }], graph, functions: [leaky, block] }), "functions.onnx", {
    strict: true,
  });
  expect(kinds(network)).toEqual(["conv2d", "opaque", "conv2d", "opaque"]);
  expect(networkCosts(network)).toMatchObject({ macs: 2 * 64 * 81, parameters: 81 });
});

it("nodes out of order are sorted, and it is said", () => {
  const nodes = [
    { opType: "Relu", input: ["a"], output: ["y"] },
    { opType: "Sigmoid", input: ["x"], output: ["a"] },
  ];
  const { network, notes } = readOnnx(handmade(nodes), "unsorted.onnx");
  expect(kinds(network)).toEqual(["sigmoid", "relu"]);
  expect(notes).toEqual(["nodes of the file stand before nodes that they read; they were sorted"]);
});

describe("what is no model is told from how it begins", () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const model = handmade([{ opType: "Relu", input: ["x"], output: ["y"] }]);
  const safetensors = new Uint8Array([40, 0, 0, 0, 0, 0, 0, 0, ...text('{"w":{"dtype":"F32","shape":[1]}}')]);
  it.each([
    ["an empty file", new Uint8Array(0), /empty[\s\S]*download the model again/],
    ["gzip", gzipSync(model), /compressed \(gzip\)[\s\S]*gunzip/],
    ["a pointer of Git LFS", text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), /Git LFS[\s\S]*git lfs pull/],
    ["a zip archive", text("PK\u0003\u0004data.pkl"), /PyTorch[\s\S]*torch\.onnx\.export/],
    ["HDF5", new Uint8Array([0x89, ...text("HDF\r\n\u001a\n")]), /HDF5[\s\S]*tf2onnx/],
    ["safetensors", safetensors, /weights alone[\s\S]*torch\.onnx\.export/],
    ["GGUF", text("GGUF\u0003\u0000"), /llama\.cpp/],
    ["a web page", text("<!DOCTYPE html><html></html>"), /web page[\s\S]*download the file itself/],
    ["JSON", text('{"model": 1}'), /JSON/],
    ["YAML", text("name: resnet\nlayers: 18\n"), /this is text/],
    ["random bytes", new Uint8Array([255, 254, 3, 9, 0, 1]), /or it is damaged/],
  ])("%s", (_name, bytes, message) => {
    expect(() => readOnnx(bytes, "file.onnx")).toThrow(message);
    expect(() => readOnnx(bytes, "file.onnx")).toThrow(/^file\.onnx: this is no ONNX model/);
  });
});
