/** Reads a network from an ONNX model. */
import { InputError } from "@archwright/core/base";
import { type Network, NetworkBuilder, NetworkError, type NumberFormat, verifyNetwork } from "@archwright/core/ir";
import { dataTypes, decodeModel, type GraphProto, type ModelProto, type ValueInfoProto } from "../proto.ts";
import { freeName, type GraphState, NodeReader, OnnxNode, type Padded, type Value } from "./nodes.ts";
import { fusionsOf } from "./patterns.ts";
import { advice, readRules } from "./rules.ts";
import { StoredTensor } from "./tensors.ts";

const formats: ReadonlyMap<number | undefined, NumberFormat> = new Map([
  [dataTypes.float16, "float16"],
  [dataTypes.bfloat16, "bfloat16"],
]);

function decoded(bytes: Uint8Array, file: string): { readonly model: ModelProto; readonly graph: GraphProto } {
  const expected = "an ONNX model (.onnx), as exporters of PyTorch, TensorFlow and others write it";
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw new InputError(`this is no ONNX model, or it is damaged: ${(error as Error).message}`, { place: { file }, expected });
  }
  const { graph } = model;
  if (!graph || (graph.output ?? []).length === 0)
    throw new InputError(`this is no ONNX model, or it is damaged: ${graph ? "its graph has no output" : "it holds no graph"}`, {
      place: { file },
      expected,
    });
  return { model, graph };
}

/** Sizes of a graph's input; a batch that is left open is 1. */
function inputShape({ name, type }: ValueInfoProto, file: string): readonly number[] {
  const dimensions = type?.tensorType?.shape?.dim;
  if (!dimensions) throw new InputError(`the input '${name}' has no shape`, { place: { file }, expected: "a tensor of known rank" });
  return dimensions.map(({ dimValue = 0, dimParam }, axis) => {
    if (dimValue > 0) return dimValue;
    if (axis === 0) return 1;
    throw new InputError(`axis ${axis} of the input '${name}' is left open${dimParam ? ` ('${dimParam}')` : ""}`, {
      place: { file },
      expected: "fixed sizes of every axis but the first, the batch",
      advice: "export the model for one image size",
    });
  });
}

function stateOf({ opsetImport = [] }: ModelProto, inputs: readonly ValueInfoProto[], file: string): GraphState {
  const format = formats.get(inputs[0]?.type?.tensorType?.elemType) ?? "float32";
  const opset = opsetImport.find(({ domain = "" }) => domain === "" || domain === "ai.onnx")?.version ?? 1;
  return {
    file,
    opset,
    builder: new NetworkBuilder(format),
    values: new Map(),
    padded: new Map(),
    materialised: new Map(),
    names: new Set(),
  };
}

function readNode(node: OnnxNode, state: GraphState): Value | Padded | readonly Value[] {
  const c = new NodeReader(node, state);
  const rule = node.domain === "" ? readRules.get(node.type) : undefined;
  if (rule) return rule(c);
  if (node.domain !== "")
    c.fail(
      `operators of the domain '${node.domain}' are not read`,
      "ONNX's own operators",
      "take the model as it was exported, before a runtime optimised it",
    );
  return c.fail("networks have no such operator", `one of ${[...readRules.keys()].join(", ")}`, advice(node.type));
}

/**
 * The network of an ONNX model: its operators and shapes, without its weights.
 *
 * Reads all that `exportOnnx` writes, and what exporters write for image networks with operator sets 7 and later. Several
 * nodes that stand for one operator (see `fusionsOf`) become that operator; shapes that the model computes are computed
 * here. The batch is 1 where it is left open. The number format is float16 or bfloat16 where the first input is, else float32;
 * casts are left out. Views of stored tensors are stored tensors. Stored operands of element-wise operators are constants if they repeat
 * one number (and are not called `….weight`), else learned parameters. Weights in other files are not needed.
 * @param file what errors call the model.
 * @throws InputError with the file, and the node and operator at fault, for bytes that are no ONNX model, and for models with operators or attributes
 *   that networks do not have.
 */
export function readOnnx(bytes: Uint8Array, file: string): Network {
  const { model, graph } = decoded(bytes, file);
  const stored = new Set((graph.initializer ?? []).map(({ name }) => name));
  // Before IR version 4, initializers are listed among the inputs.
  const inputs = (graph.input ?? []).filter(({ name }) => !stored.has(name));
  const state = stateOf(model, inputs, file);
  const { values } = state;
  for (const tensor of graph.initializer ?? []) values.set(tensor.name ?? "", StoredTensor.read(tensor));
  for (const input of inputs) values.set(input.name, state.builder.input(inputShape(input, file), freeName(state, input.name)));
  const nodes = (graph.node ?? []).map((node) => new OnnxNode(node));
  const outputs = (graph.output ?? []).map(({ name }) => name);
  const { fusions, absorbed } = fusionsOf(nodes, outputs, state);
  for (const node of nodes) {
    if (absorbed.has(node)) continue;
    const fusion = fusions.get(node);
    const made = fusion ? fusion.read(new NodeReader(node, state, fusion.inputs)) : readNode(node, state);
    const list = Array.isArray(made) ? (made as readonly Value[]) : [made as Value | Padded];
    list.forEach((value, i) => {
      const name = node.outputs[i] ?? "";
      if (typeof value === "number" || value instanceof StoredTensor) values.set(name, value);
      else state.padded.set(name, value);
    });
  }
  const ends = new NodeReader(new OnnxNode({ opType: "output", name: "outputs" }), state, outputs);
  const network = state.builder.build(...outputs.map((_, i) => ends.data(i)));
  try {
    verifyNetwork(network);
  } catch (error) {
    if (error instanceof NetworkError) throw new InputError(error.message, { place: { file } });
    throw error;
  }
  return network;
}
