import { readFileSync } from "node:fs";
import { createRng, InputError, stableHash } from "@archwright/core/base";
import { createAnalyticModel, parseDeviceProfile } from "@archwright/core/devices";
import {
  deploy,
  type Network,
  NetworkBuilder,
  type Node,
  networkCosts,
  networkHash,
  type Operator,
  parametersOf,
  parameterVectorLength,
} from "@archwright/core/ir";
import { describeNetwork } from "@archwright/core/latency";
import { createSpace, type SpaceSpecInput, usualTask } from "@archwright/core/spaces";
import { mobilenetV1, mobilenetV2, randomNetwork, transformerEncoder } from "@archwright/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atBatch, onlyOutput } from "../batchSize.ts";
import { exportOnnx } from "../exportModel.ts";
import type { GraphBuilder } from "../graphBuilder.ts";
import { operatorCases } from "../operatorCases.ts";
import { type AttributeProto, dataTypes, encodeModel, type NodeProto, type TensorProto } from "../proto.ts";
import { constant, float, foreign, handmade, int, int64s, ints, kinds, readAndRun, string, weight } from "./models.fixture.ts";
import { readOnnx as readModel } from "./readOnnx.ts";

const readOnnx = (bytes: Uint8Array, file: string) => readModel(bytes, file).network;

const written = (network: Network, batch: "dynamic" | number = "dynamic") =>
  exportOnnx(
    network,
    new Float32Array(parameterVectorLength(network)).map((_, i) => i % 7),
    { batch },
  );

/** The operator as the file can say it. */
function said({ op, output }: Node): Operator {
  if (op.kind === "reshape") return { kind: "reshape", shape: output.shape };
  if (op.kind === "reduce") return { ...op, axes: [...op.axes].sort() };
  if (op.kind === "pool2d" && op.mode === "max") return { ...op, countPadding: false };
  if (op.kind === "constant") return { ...op, value: Math.fround(op.value) };
  return op;
}

/** As the exporter writes it: casts left out, and operators without parameters applied to the same tensors written once. */
function asWritten(network: Network): Network {
  const nodes: Node[] = [];
  const known = new Map<string, number>();
  const moved: number[] = [];
  for (const node of network.nodes) {
    const inputs = node.inputs.map((input) => moved[input] as number);
    const key = `${JSON.stringify(said(node))} of ${inputs}`;
    const same = node.op.kind === "cast" ? inputs[0] : known.get(key);
    moved.push(same ?? nodes.length);
    if (same !== undefined) continue;
    if (parametersOf(network, node).length === 0) known.set(key, nodes.length);
    nodes.push({ ...node, inputs });
  }
  return live({ nodes, outputs: network.outputs.map((output) => moved[output] as number) });
}

/** Whether an operator works on stored numbers alone: the reader computes it. */
function folds({ nodes }: Network): boolean {
  const given: boolean[] = [];
  for (const { op, inputs } of nodes) given.push(op.kind === "input" || inputs.some((input) => given[input]));
  return nodes.some(({ inputs }, i) => inputs.length > 0 && !given[i]);
}

/** Without the nodes that no output depends on. */
function live(network: Network): Network {
  const reached = new Set<number>();
  const pending = [...network.outputs, ...network.nodes.flatMap(({ op }, i) => (op.kind === "input" ? [i] : []))];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (!reached.has(index)) pending.push(...(network.nodes[index]?.inputs ?? []));
    reached.add(index);
  }
  const kept = [...reached].sort((a, b) => a - b);
  const moved = new Map(kept.map((old, index) => [old, index]));
  const at = (old: number) => moved.get(old) as number;
  return {
    nodes: kept.map((old) => ({ ...(network.nodes[old] as Node), inputs: (network.nodes[old] as Node).inputs.map(at) })),
    outputs: network.outputs.map(at),
  };
}

/** What the outputs compute: independent of names and of the order of nodes. */
function meaning(network: Network): readonly string[] {
  const digests: string[] = [];
  for (const node of network.nodes) {
    const inputs = node.inputs.map((input) => digests[input]);
    digests.push(stableHash(`${JSON.stringify(said(node))} of ${inputs} : ${node.output.format} [${node.output.shape}]`));
  }
  return network.outputs.map((output) => digests[output] as string);
}

function expectSame(read: Network, original: Network): void {
  const expected = asWritten(original);
  expect(meaning(read)).toEqual(meaning(expected));
  expect(networkCosts(read)).toEqual(networkCosts(expected));
}

const profile = parseDeviceProfile(
  readFileSync(new URL("../../../../../configs/devices/raspberry-pi-4.yaml", import.meta.url), "utf8"),
  "raspberry-pi-4.yaml",
);
const latencyOf = (network: Network) => createAnalyticModel(profile).estimate(network).costs.latencyMs?.value;

describe("readOnnx reads what exportOnnx writes", () => {
  // Written as a product with a learned matrix, which is read as the dense layer that it is.
  const otherForms = new Set(["matmul: broadcast"]);
  const cases = operatorCases().map((one) => [`${one.kind}: ${one.name}`, one.network] as const);
  it.each(cases.filter(([name]) => !otherForms.has(name)))("%s", (_name, network) => {
    expectSame(readOnnx(written(network, 2), "case.onnx"), atBatch(network, 2));
  });

  it.each(cases)("%s, its batch left open", (_name, network) => {
    const read = readOnnx(written(network), "case.onnx");
    expect(read.nodes[read.outputs[0] as number]?.output).toEqual(atBatch(network, 1).nodes[network.outputs[0] as number]?.output);
  });

  it("random networks", () => {
    // x · sigmoid(x) is read as one operator, swish; and a sigmoid that nothing else reads becomes part of a swish of the same tensor.
    const ambiguous = ({ nodes }: Network) =>
      nodes.some(({ op, inputs }) => {
        const gates = (input: number | undefined) =>
          nodes.flatMap((node, index) => (node.op.kind === "activation" && node.inputs[0] === input ? [index] : []));
        if (op.kind === "binary" && op.fn === "mul")
          return gates(inputs[0]).includes(inputs[1] ?? -1) || gates(inputs[1]).includes(inputs[0] ?? -1);
        return op.kind === "activation" && op.fn === "sigmoid" && gates(inputs[0]).length > 1;
      });
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, "dynamic" as const), (seed, batch) => {
        const network = randomNetwork(createRng(seed), { steps: 25 });
        const distinct = asWritten(network);
        fc.pre(!ambiguous(distinct) && !folds(distinct));
        expectSame(readOnnx(written(network, batch), "random.onnx"), network);
      }),
      { numRuns: 100 },
    );
  });

  const spaces: readonly SpaceSpecInput[] = [{ name: "nasbench201" }, { name: "fbnet" }, { name: "mobile" }];
  it.each(spaces.map((spec) => [spec.name, spec] as const))(
    "networks of the space %s, and they cost the same and are described alike",
    (_name, spec) => {
      const task = spec.name === "fbnet" ? { ...usualTask, height: 64, width: 64 } : usualTask;
      const space = createSpace(spec, task);
      let seen = 0;
      for (let seed = 0; seen < 3; seed++) {
        const network = space.network(space.sample(createRng(seed)), task);
        // Convolutions of nothing, which the reader computes.
        if (folds(network)) continue;
        seen++;
        const read = readOnnx(written(network), "space.onnx");
        expectSame(read, network);
        expect(latencyOf(read)).toBe(latencyOf(asWritten(network)));
        expect(describeNetwork(read).encoding).toEqual(describeNetwork(asWritten(network)).encoding);
        expect(networkHash(deploy(read))).toBe(networkHash(deploy(readOnnx(written(read), "again.onnx"))));
      }
    },
  );

  it("embedded preprocessing and probabilities", () => {
    const b = new NetworkBuilder();
    const network = b.build(b.dense(b.globalAveragePool(b.input([1, 3, 4, 4])), 2));
    const preprocessing = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2] };
    const read = readOnnx(exportOnnx(network, new Float32Array(8), { preprocessing, softmax: true }), "whole.onnx");
    expect(kinds(read)).toEqual(["parameter", "sub", "constant", "div", "mean", "dense", "softmax"]);
  });

  it("published networks, batch normalisation folded or not", () => {
    const transformer = { resolution: 32, patch: 8, features: 16, heads: 2, hidden: 32, depth: 2, classes: 10 };
    const networks = [mobilenetV1(0.25, 32), mobilenetV2(0.35, 32), transformerEncoder(transformer)];
    for (const network of networks) {
      expectSame(readOnnx(written(network), "published.onnx"), network);
      expectSame(readOnnx(written(deploy(network)), "published.onnx"), deploy(network));
    }
  });
});

describe("readOnnx reads what others write", () => {
  it("a residual network with a classifier", async () => {
    const model = foreign((g, input) => {
      const conv = (x: string, from: number, to: number, stride: number) =>
        g.op("Conv", [x, weight(g, to, from, 3, 3), weight(g, to)], {
          dilations: [1, 1],
          group: 1,
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
          strides: [stride, stride],
        });
      const x = g.op("Relu", [conv(input, 3, 8, 2)]);
      const y = g.op("Relu", [g.op("Add", [conv(g.op("Relu", [conv(x, 8, 8, 1)]), 8, 8, 1), x])]);
      const pooled = g.op("Flatten", [g.op("GlobalAveragePool", [y])], { axis: 1 });
      const dropped = g.ops(2, "Dropout", [pooled])[0] as string;
      return g.op("Gemm", [dropped, weight(g, 10, 8), weight(g, 10)], { alpha: { float: 1 }, beta: { float: 1 }, transB: 1 });
    });
    const b = new NetworkBuilder();
    const conv = (x: number, stride: number) => b.conv2d(x, 8, 3, { stride, bias: true });
    const x = b.activation(conv(b.input([1, 3, 16, 16]), 2), "relu");
    const y = b.activation(b.binary("add", conv(b.activation(conv(x, 1), "relu"), 1), x), "relu");
    const flat = b.add({ kind: "reshape", shape: [1, 8] }, [b.globalAveragePool(y, true)]);
    expect(networkHash(await readAndRun(model))).toBe(networkHash(b.build(b.dense(flat, 10))));
  });

  it("squeeze-and-excitation, swish, and shapes computed from a batch left open", async () => {
    const network = await readAndRun(
      foreign((g, input) => {
        const x = g.op(
          "BatchNormalization",
          [g.op("Conv", [input, weight(g, 8, 3, 3, 3)], { pads: [1, 1, 1, 1] }), ...[1, 2, 3, 4].map(() => weight(g, 8))],
          {
            epsilon: { float: 1e-3 },
          },
        );
        const swish = g.op("Mul", [x, g.op("Sigmoid", [x])]);
        const squeezed = g.op("ReduceMean", [swish], { axes: [2, 3], keepdims: 1 });
        const gate = g.op("Sigmoid", [g.op("Conv", [squeezed, weight(g, 8, 8, 1, 1), weight(g, 8)])]);
        const excited = g.op("Mul", [gate, swish]);
        const batch = g.op("Unsqueeze", [g.op("Gather", [g.op("Shape", [excited]), g.int64s([0])], { axis: 0 }), g.int64s([0])]);
        const target = g.op("Concat", [g.op("Reshape", [batch, g.int64s([1])]), g.int64s([-1])], { axis: 0 });
        return g.op("Softmax", [g.op("Reshape", [excited, target])], { axis: -1 });
      }),
    );
    expect(kinds(network)).toEqual(["conv2d", "batchNorm", "swish", "mean", "conv2d", "sigmoid", "mul", "reshape", "softmax"]);
    expect(networkCosts(network).macs).toBe(16 * 16 * 8 * 27 + 64);
    expect(network.nodes.find(({ op }) => op.kind === "batchNorm")?.op).toEqual({ kind: "batchNorm", epsilon: 1e-3 });
  });

  const six = (g: GraphBuilder, x: string) => g.op("Clip", [g.op("Add", [x, constant(g, 3)]), g.scalar(0), g.scalar(6)]);
  const activations: readonly (readonly [string, readonly string[], (g: GraphBuilder, x: string) => string])[] = [
    ["relu6", ["relu6"], (g, x) => g.op("Clip", [x, constant(g, 0), constant(g, 6)])],
    ["a clip without an upper bound", ["relu"], (g, x) => g.op("Clip", [x, g.scalar(0)])],
    ["a clip at other bounds", ["constant", "max", "constant", "min"], (g, x) => g.op("Clip", [x, g.scalar(-1), g.scalar(1)])],
    ["hard-swish as a product", ["hard-swish"], (g, x) => g.op("Mul", [x, g.op("HardSigmoid", [x], { alpha: { float: 1 / 6 } })])],
    ["hard-swish spelt out", ["hard-swish"], (g, x) => g.op("Div", [g.op("Mul", [x, six(g, x)]), constant(g, 6)])],
    ["hard-swish, divided first", ["hard-swish"], (g, x) => g.op("Mul", [x, g.op("Div", [six(g, x), constant(g, 6)])])],
    ["hard-sigmoid spelt out", ["hard-sigmoid"], (g, x) => g.op("Mul", [six(g, x), constant(g, 1 / 6)])],
    [
      "GELU, halved first",
      ["gelu"],
      (g, x) => {
        const erf = g.op("Erf", [g.op("Mul", [x, constant(g, Math.SQRT1_2)])]);
        return g.op("Mul", [g.op("Mul", [x, constant(g, 0.5)]), g.op("Add", [constant(g, 1), erf])]);
      },
    ],
    [
      "a gate that is read elsewhere too",
      ["sigmoid", "swish", "add"],
      (g, x) => {
        const gate = g.op("Sigmoid", [x]);
        return g.op("Add", [g.op("Mul", [x, gate]), gate]);
      },
    ],
    ["a gate of something else", ["relu", "sigmoid", "mul"], (g, x) => g.op("Mul", [x, g.op("Sigmoid", [g.op("Relu", [x])])])],
    ["a sum of three", ["relu", "add", "add"], (g, x) => g.op("Sum", [x, g.op("Relu", [x]), x])],
  ];
  it.each(activations)("%s", async (_name, expected, build) => {
    expect(kinds(await readAndRun(foreign(build)))).toEqual(expected);
  });

  const windows: readonly (readonly [string, object, (g: GraphBuilder, x: string) => string])[] = [
    [
      "SAME_UPPER, stride 2",
      { padding: [0, 0, 1, 1] },
      (g, x) => g.op("Conv", [x, weight(g, 4, 3, 3, 3)], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
    ],
    ["SAME_LOWER, even kernel", { padding: [2, 1, 1, 0] }, (g, x) => g.op("Conv", [x, weight(g, 4, 3, 4, 2)], { auto_pad: "SAME_LOWER" })],
    ["VALID", { padding: [0, 0, 0, 0] }, (g, x) => g.op("Conv", [x, weight(g, 4, 3, 3, 3)], { auto_pad: "VALID" })],
    ["depthwise", { groups: 3, outChannels: 6 }, (g, x) => g.op("Conv", [x, weight(g, 6, 1, 3, 3)], { group: 3, pads: [0, 1, 2, 1] })],
    [
      "a Pad before it",
      { padding: [1, 2, 3, 4] },
      (g, x) => g.op("Conv", [g.op("Pad", [x, g.int64s([0, 0, 1, 1, 0, 0, 3, 3])]), weight(g, 4, 3, 3, 3)], { pads: [0, 1, 0, 1] }),
    ],
    [
      "max, size rounded up",
      { mode: "max", padding: [0, 0, 1, 1] },
      (g, x) => g.op("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    ],
    [
      "max, rounded up in vain",
      { padding: [1, 1, 1, 1] },
      (g, x) => g.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
    ],
    [
      "average after a Pad",
      { countPadding: true, padding: [1, 1, 1, 1] },
      (g, x) => g.op("AveragePool", [g.op("Pad", [x, g.int64s([0, 0, 1, 1, 0, 0, 1, 1])])], { kernel_shape: [3, 3] }),
    ],
  ];
  it.each(windows)("windows: %s", async (_name, expected, build) => {
    const network = await readAndRun(foreign(build));
    expect(network.nodes[1]?.op).toMatchObject(expected);
    expect(network.nodes).toHaveLength(2);
  });

  it("attention and layer normalisation spelt out", async () => {
    const network = await readAndRun(
      foreign(
        (g, input) => {
          const centred = g.op("Sub", [input, g.op("ReduceMean", [input], { axes: [-1] })]);
          const variance = g.op("ReduceMean", [g.op("Pow", [centred, constant(g, 2)])], { axes: [-1] });
          const normal = g.op("Div", [centred, g.op("Sqrt", [g.op("Add", [variance, constant(g, 1e-5)])])]);
          const x = g.op("Add", [g.op("Mul", [normal, weight(g, 8)]), weight(g, 8)]);
          const project = () => g.op("Add", [weight(g, 8), g.op("MatMul", [x, weight(g, 8, 8)])]);
          const heads = (y: string) => g.op("Transpose", [g.op("Reshape", [y, g.int64s([0, 4, 2, 4])])], { perm: [0, 2, 1, 3] });
          const [q, k, v] = g
            .ops(3, "Split", [g.op("Concat", [project(), project(), project()], { axis: -1 })], { axis: -1 })
            .map(heads) as [string, string, string];
          const scores = g.op("Div", [g.op("MatMul", [q, g.op("Transpose", [k], { perm: [0, 1, 3, 2] })]), g.op("Sqrt", [constant(g, 4)])]);
          const mixed = g.op("MatMul", [g.op("Softmax", [scores], { axis: -1 }), v]);
          const joined = g.op("Reshape", [g.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), g.int64s([0, 4, 8])]);
          return g.op(
            "Gather",
            [joined, g.op("Constant", [], { value: { tensor: { dims: [], dataType: dataTypes.int64, int64Data: [0] } } })],
            { axis: 1 },
          );
        },
        ["batch", 4, 8],
      ),
    );
    expect(kinds(network).slice(0, 5)).toEqual(["layerNorm", "dense", "dense", "dense", "concat"]);
    expect(network.nodes.find(({ op }) => op.kind === "matmul")?.op).toEqual({ kind: "matmul", transposeA: false, transposeB: true });
    expect(networkCosts(network).parameters).toBe(16 + 3 * 72);
  });

  it("what changed between operator sets", () => {
    const read = (nodes: readonly NodeProto[], version: number, initializer: readonly TensorProto[] = []) =>
      onlyOutput(readOnnx(handmade(nodes, { initializer }, version), "old.onnx"));
    const one = (opType: string, attribute: NodeProto["attribute"] = [], more: readonly string[] = []): NodeProto[] => [
      { opType, input: ["x", ...more], output: ["y"], attribute },
    ];
    expect(read(one("Clip", [float("min", 0), float("max", 6)]), 6).op).toEqual({ kind: "activation", fn: "relu6" });
    expect(read(one("Clip", [float("min", 0), float("max", 3.4028234663852886e38)]), 6).op).toEqual({ kind: "activation", fn: "relu" });
    expect(read(one("ReduceMean", [ints("axes", [-2, -1]), int("keepdims", 0)]), 11).output.shape).toEqual([1, 3]);
    expect(read(one("ReduceMean", [int("keepdims", 0)], ["axes"]), 18, [int64s("axes", [-1])]).output.shape).toEqual([1, 3, 8]);
    expect(read(one("ReduceMean"), 13).output.shape).toEqual([1, 1, 1, 1]);
    expect(read(one("Unsqueeze", [ints("axes", [0, -1])]), 11).output.shape).toEqual([1, 1, 3, 8, 8, 1]);
    expect(read(one("Squeeze", [], ["axes"]), 13, [int64s("axes", [0])]).output.shape).toEqual([3, 8, 8]);
    expect(read(one("Softmax"), 13).op).toEqual({ kind: "softmax", axis: 3 });
    expect(read(one("Softmax"), 11).output.shape).toEqual([1, 3, 8, 8]);
    expect(read(one("Slice", [ints("starts", [1]), ints("ends", [9223372036854775000]), ints("axes", [1])]), 9).output.shape).toEqual([
      1, 2, 8, 8,
    ]);
    expect(read(one("Pad", [ints("pads", [0, 1, 0, 0, 0, 2, 0, 0]), float("value", 0)]), 2).output.shape).toEqual([1, 6, 8, 8]);
    expect(read(one("GlobalMaxPool"), 1).output.shape).toEqual([1, 3, 1, 1]);
  });

  it("initializers listed among the inputs, weights in other files, and half precision", () => {
    const info = (name: string, elemType: number, dims: readonly number[]) => ({
      name,
      type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
    });
    const model = handmade([{ opType: "Conv", input: ["x", "w"], output: ["y"], attribute: [] }], {
      input: [info("w", 10, [4, 3, 3, 3]), info("x", 10, [2, 3, 8, 8])],
      initializer: [{ name: "w", dims: [4, 3, 3, 3], dataType: dataTypes.float16, dataLocation: 1 }],
    });
    const network = readOnnx(model, "external.onnx");
    expect(onlyOutput(network)).toMatchObject({ output: { shape: [2, 4, 6, 6], format: "float16" }, weightFormat: "float16" });
  });
});

describe("readOnnx estimates around what it does not know", () => {
  const model = (shape: readonly number[] | undefined, opType = "Frobnicate", domain = "") =>
    handmade(
      [
        { opType: "Relu", input: ["x"], output: ["a"] },
        { opType, domain, name: "n", input: ["a"], output: ["b"] },
        { opType: "Relu", input: ["b"], output: ["y"] },
      ],
      shape && {
        valueInfo: [{ name: "b", type: { tensorType: { elemType: 1, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } } }],
      },
    );

  it("with the shape that the file states, or that of its input", () => {
    for (const shape of [undefined, [1, 6, 4, 4]]) {
      const { network, unread } = readModel(model(shape), "unknown.onnx");
      expect(onlyOutput(network).output.shape).toEqual(shape ?? [1, 3, 8, 8]);
      expect(unread).toEqual([{ node: "n", operator: "Frobnicate", why: "it is no operator that is known" }]);
      expect(network.nodes[2]?.op).toMatchObject({ kind: "opaque", name: "Frobnicate", estimated: true });
    }
  });

  it("but refuses, naming node and operator, where it shall be strict", () => {
    const strict = (bytes: Uint8Array) => () => readModel(bytes, "unknown.onnx", { strict: true });
    expect(strict(model([1, 6, 4, 4]))).toThrow(
      /unknown\.onnx: node 'n' \(Frobnicate\): it is no operator that is known[\s\S]*leave out --strict/,
    );
    expect(strict(model(undefined, "Odd", "my.own"))).toThrow(/node 'n' \(Odd\): it is an operator of the domain 'my\.own'/);
    expect(strict(handmade([{ opType: "Erf", input: ["x"], output: ["y"] }]))).not.toThrow();
  });

  it("and says nothing of operators that no output depends on", () => {
    const nodes = [
      { opType: "Relu", input: ["x"], output: ["y"] },
      { opType: "Frobnicate", input: ["y"], output: ["z"] },
    ];
    expect(readModel(handmade(nodes), "dead.onnx", { strict: true })).toMatchObject({ unread: [], network: { nodes: { length: 2 } } });
  });
});

describe("readOnnx refuses, and says why", () => {
  const conv = (attribute: readonly AttributeProto[], dims: readonly number[] = [4, 3, 3, 3]) =>
    handmade([{ opType: "Conv", name: "stem", input: ["x", "w"], output: ["y"], attribute }], {
      initializer: [{ name: "w", dims, dataType: 1 }],
    });
  const one = (opType: string, attribute: NodeProto["attribute"] = [], more: readonly string[] = []) =>
    handmade([{ opType, name: "n", input: ["x", ...more], output: ["y"], attribute }], {
      initializer: [
        int64s("list", [1, 2]),
        { name: "far", dims: [4], dataType: 7, dataLocation: 1, externalData: [{ key: "location", value: "far.bin" }] },
      ],
    });
  const open = (dim: object) =>
    handmade([], { input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{}, { dimValue: 3 }, dim] } } } }] });
  it.each([
    ["text", new TextEncoder().encode("architecture,latency\na,1\n"), /bad\.onnx: this is no ONNX model[\s\S]*expected: an ONNX model/],
    ["nothing", new Uint8Array(0), /the file is empty/],
    ["an empty graph", encodeModel({ graph: {} }), /no output/],
    ["an open image size", open({ dimParam: "height" }), /axis 2 of the input 'x' is left open \('height'\)[\s\S]*one image size/],
    ["an unknown tensor", handmade([{ opType: "Relu", input: ["z"], output: ["y"] }]), /node 'y' \(Relu\): it reads 'z'/],
    ["an output that nothing computes", handmade([]), /'outputs' \(output\): it reads 'y'/],
    ["weights of other channels", conv([], [4, 2, 3, 3]), /'stem' \(Conv\): weights \[4, 2, 3, 3\] do not fit 3 channels/],
    ["a window that is too large", conv([ints("dilations", [9, 9])]), /a 3×3 window does not fit/],
    ["negative padding", conv([ints("pads", [0, 0, -1, 0])]), /padding of at least 0/],
    ["unknown automatic padding", conv([string("auto_pad", "SAME")]), /auto_pad is 'SAME'/],
    ["an axis that there is not", one("Softmax", [int("axis", 4)]), /axis 4 of a tensor with 4 axes/],
    ["a shape that does not fit", one("Reshape", [], ["list"]), /\[1, 3, 8, 8\] cannot become \[1, 2\]/],
    [
      "a shape in another file",
      one("Reshape", [], ["far"]),
      /its shape cannot be read: the numbers lie in the file 'far\.bin'[\s\S]*put the file beside/,
    ],
    ["weights of other axes", conv([], [4, 3, 3]), /weights have the shape \[4, 3, 3\]/],
  ])("%s", (_name, bytes, message) => {
    expect(() => readOnnx(bytes, "bad.onnx")).toThrow(InputError);
    expect(() => readOnnx(bytes, "bad.onnx")).toThrow(message);
  });

  it("damaged files: a network or an InputError, never anything else", () => {
    const whole = written(randomNetwork(createRng(3), { steps: 15 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(whole.length), (changes, length) => {
        const damaged = whole.slice(0, changes.length === 0 ? length : whole.length);
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          expect(readOnnx(damaged, "damaged.onnx").nodes.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
