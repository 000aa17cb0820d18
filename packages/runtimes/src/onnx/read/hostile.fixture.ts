/** Damaged and hostile ONNX files, for tests. */
import type { Rng } from "@archwright/core/base";
import {
  type AttributeProto,
  attributeTypes,
  dataTypes,
  encodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../proto.ts";

const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.int(list.length)] as T;

/** Names that break messages, terminals and pages. */
const names = [
  "",
  "x",
  "<script>alert(1)</script>",
  "\u001b[2J\u0007",
  "a\nb",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "toString",
  "\u202e",
  "n".repeat(100_000),
];
/** Numbers that break loops and sums. */
const numbers = [0, -1, 1, 2, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, -(2 ** 40), 65_536, 7];

const info = (name: string, dims: readonly number[], elemType = 1): ValueInfoProto => ({
  name,
  type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});
const ints = (name: string, list: readonly number[]): AttributeProto => ({ name, type: attributeTypes.ints, ints: list });
const int = (name: string, i: number): AttributeProto => ({ name, type: attributeTypes.int, i });
const int64s = (name: string, list: readonly number[]): TensorProto => ({
  name,
  dims: [list.length],
  dataType: dataTypes.int64,
  int64Data: list,
});
const weights = (name: string, dims: readonly number[]): TensorProto => ({ name, dims, dataType: dataTypes.float32, dataLocation: 1 });

/** Types of nodes with attributes and inputs that they read. */
const kinds: readonly (readonly [type: string, inputs: readonly string[], attributes: readonly AttributeProto[]])[] = [
  ["Conv", ["x", "w"], [ints("strides", [1, 1]), ints("pads", [1, 1, 1, 1])]],
  ["ConvTranspose", ["x", "w"], [ints("strides", [2, 2])]],
  ["MaxPool", ["x"], [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])]],
  ["Reshape", ["x", "shape"], []],
  ["Tile", ["x", "shape"], []],
  ["Expand", ["x", "shape"], []],
  ["ConstantOfShape", ["shape"], []],
  ["Range", ["zero", "large", "one"], []],
  ["Pad", ["x", "shape"], []],
  ["Slice", ["x", "zero", "large", "zero", "one"], []],
  ["Gather", ["x", "shape"], [int("axis", 1)]],
  ["Concat", ["x", "x", "x"], [int("axis", 1)]],
  ["Split", ["x"], [int("axis", 1)]],
  ["Resize", ["x", "", "", "shape"], []],
  ["Transpose", ["x"], [ints("perm", [0, 2, 3, 1])]],
  ["LSTM", ["x", "w", "w"], [int("hidden_size", 4)]],
  ["Einsum", ["x", "x"], [{ name: "equation", type: attributeTypes.string, s: new TextEncoder().encode("...a,...a->...") }]],
  ["MatMul", ["x", "w"], []],
  ["Add", ["x", "w"], []],
  ["NonZero", ["x"], []],
  ["TopK", ["x", "large"], []],
  ["SplitToSequence", ["x", "one"], []],
  ["DequantizeLinear", ["x", "w"], []],
  ["Frobnicate", ["x", "w"], []],
  ["Attention", ["x", "x", "x"], [int("q_num_heads", 1), int("kv_num_heads", 1)]],
];

function graphOf(rng: Rng, depth: number): GraphProto {
  const tensors = ["x", "w", "shape", "zero", "one", "large"];
  const node: NodeProto[] = [];
  const count = 1 + rng.int(8);
  for (let i = 0; i < count; i++) {
    const [opType, inputs, attribute] = pick(rng, kinds);
    const output = i === count - 1 ? "y" : `t${i}`;
    const wild = rng.next() < 0.3;
    // Later tensors make cycles.
    const input = inputs.map((name) => (rng.next() < 0.3 ? pick(rng, [...tensors, `t${rng.int(count)}`]) : name));
    const inside = depth > 0 && rng.next() < 0.3 ? [{ name: "body", type: attributeTypes.graph, g: graphOf(rng, depth - 1) }] : [];
    const bent = attribute.map((one) =>
      wild && one.ints
        ? { ...one, ints: one.ints.map(() => pick(rng, numbers)) }
        : wild && one.i !== undefined
          ? { ...one, i: pick(rng, numbers) }
          : one,
    );
    node.push({
      opType: inside.length > 0 ? pick(rng, ["Loop", "Scan", "If"]) : opType,
      name: wild ? pick(rng, names) : `n${i}`,
      input,
      output: [rng.next() < 0.05 ? pick(rng, [output, "t0", ""]) : output],
      attribute: [...bent, ...inside],
      domain: pick(rng, ["", "", "", "com.microsoft", "f"]),
    });
    tensors.push(output);
  }
  const sizes = () => Array.from({ length: rng.int(6) }, () => (rng.next() < 0.5 ? 1 + rng.int(8) : pick(rng, numbers)));
  return {
    node,
    input: [info("x", rng.next() < 0.5 ? [1, 3, 8, 8] : sizes(), pick(rng, [1, 1, 1, 3, 7, 8, 99]))],
    output: [{ name: "y", type: rng.next() < 0.5 ? { tensorType: { elemType: 1 } } : info("y", sizes()).type } as ValueInfoProto],
    initializer: [
      weights("w", rng.next() < 0.5 ? [4, 3, 3, 3] : sizes()),
      int64s("shape", rng.next() < 0.5 ? [1, -1] : sizes()),
      int64s("zero", [0]),
      int64s("one", [rng.next() < 0.8 ? 1 : pick(rng, numbers)]),
      int64s("large", [pick(rng, numbers)]),
    ],
  };
}

/** Functions that call each other: once, twice each (billions of nodes), or in a circle. */
function functionsOf(rng: Rng): ModelProto["functions"] {
  const depth = pick(rng, [1, 3, 40]);
  const calls = pick(rng, [1, 2, 10]);
  return Array.from({ length: depth }, (_, i) => ({
    domain: "f",
    name: i === 0 ? pick(rng, kinds)[0] : `f${i}`,
    input: ["x", "w"],
    output: ["y"],
    node: Array.from({ length: calls }, (_unused, k) => ({
      opType: i + 1 < depth ? `f${i + 1}` : rng.next() < 0.1 ? "f1" : "Relu",
      domain: i + 1 < depth ? "f" : "",
      input: [k === 0 ? "x" : `a${k - 1}`],
      output: [k === calls - 1 ? "y" : `a${k}`],
    })),
  }));
}

/** A graph within a graph within a graph. */
function nested(levels: number): GraphProto {
  let graph: GraphProto = { node: [{ opType: "Relu", input: ["x"], output: ["y"] }], output: [info("y", [1])] };
  for (let i = 0; i < levels; i++) {
    const attribute = ["then_branch", "else_branch"]
      .slice(0, i % 2 === 0 ? 1 : 2)
      .map((name) => ({ name, type: attributeTypes.graph, g: graph }));
    if (attribute.length > 1 && i > 24) attribute.pop();
    graph = { node: [{ opType: "If", input: ["x"], output: ["y"], attribute }], output: [info("y", [1])] };
  }
  return { ...graph, input: [info("x", [1, 3, 8, 8])] };
}

/** One node after the other, very many. */
function chain(length: number, type: string): GraphProto {
  const node = Array.from({ length }, (_, i) => ({
    opType: type,
    input: i === 0 ? ["x", "x"] : [`t${i - 1}`, `t${i - 1}`],
    output: [i === length - 1 ? "y" : `t${i}`],
    attribute: [int("axis", 1)],
  }));
  return { node, input: [info("x", [1, 3, 8, 8])], output: [info("y", [])] };
}

function modelOf(rng: Rng): ModelProto {
  const opsetImport = [{ domain: "", version: pick(rng, [17, 17, 6, 8, 13, 23, 0, 2 ** 40]) }];
  const roll = rng.next();
  if (roll < 0.02) return { opsetImport, graph: nested(pick(rng, [3, 10, 20, 30])) };
  if (roll < 0.04) return { opsetImport, graph: chain(pick(rng, [10, 60, 3000]), pick(rng, ["Add", "Concat", "MatMul", "Relu", "Size"])) };
  return { opsetImport, graph: graphOf(rng, 2), functions: rng.next() < 0.3 ? (functionsOf(rng) ?? []) : [] };
}

/** A hostile file: a model that contradicts itself or is far too large, or one that was damaged on its way. */
export function hostileFile(rng: Rng): Uint8Array {
  const whole = encodeModel(modelOf(rng));
  const roll = rng.next();
  if (roll < 0.5) return whole;
  if (roll < 0.65) return whole.slice(0, rng.int(whole.length + 1));
  const damaged = whole.slice();
  const flips = 1 + rng.int(6);
  for (let i = 0; i < flips; i++) {
    const at = rng.int(damaged.length);
    damaged[at] = rng.next() < 0.5 ? (damaged[at] as number) ^ (1 << rng.int(8)) : rng.int(256);
  }
  return damaged;
}
