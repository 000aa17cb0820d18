/** Models as others write them, for tests. */
import { elementCount, type Network } from "@archwright/core/ir";
import * as ort from "onnxruntime-node";
import { expect } from "vitest";
import { onlyInput } from "../batchSize.ts";
import { type Dimension, GraphBuilder } from "../graphBuilder.ts";
import { attributeTypes, dataTypes, encodeModel, type GraphProto, type NodeProto } from "../proto.ts";
import { readOnnx } from "./readOnnx.ts";

/** A model in the manner of PyTorch's exporter: batch named, constants as nodes, weights [out, in] with transB. */
export function foreign(build: (g: GraphBuilder, x: string) => string, shape: readonly Dimension[] = ["batch", 3, 16, 16]): Uint8Array {
  const graph = new GraphBuilder();
  graph.output(build(graph, graph.input("input", shape)), "output", []);
  return graph.encode({ name: "main_graph" });
}

/** A graph written node by node, for operator sets that the builder does not write. */
export function handmade(nodes: readonly NodeProto[], extra: Partial<GraphProto> = {}, version = 17): Uint8Array {
  const image = { name: "x", type: { tensorType: { elemType: 1, shape: { dim: [1, 3, 8, 8].map((dimValue) => ({ dimValue })) } } } };
  const graph = { name: "g", node: nodes, input: [image], output: [{ name: "y", type: { tensorType: { elemType: 1 } } }], ...extra };
  return encodeModel({ irVersion: 8, opsetImport: [{ domain: "", version }], graph });
}

export const int = (name: string, i: number) => ({ name, type: attributeTypes.int, i });
export const ints = (name: string, list: readonly number[]) => ({ name, type: attributeTypes.ints, ints: list });
export const float = (name: string, f: number) => ({ name, type: attributeTypes.float, f });
export const string = (name: string, s: string) => ({ name, type: attributeTypes.string, s: new TextEncoder().encode(s) });
export const int64s = (name: string, list: readonly number[]) => ({
  name,
  dims: [list.length],
  dataType: dataTypes.int64,
  int64Data: list,
});
export const weight = (g: GraphBuilder, ...shape: number[]) =>
  g.initializer(
    Float32Array.from({ length: elementCount(shape) }, (_, i) => (i % 5) / 10),
    shape,
    "float32",
  );

/** The network, after onnxruntime has run the model and found the same output shapes. */
export async function readAndRun(model: Uint8Array): Promise<Network> {
  const { network, unread } = readOnnx(model, "foreign.onnx");
  expect(unread).toEqual([]);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  try {
    const { shape } = onlyInput(network).output;
    const given = new ort.Tensor("float32", new Float32Array(elementCount(shape)), shape);
    const results = await session.run({ [session.inputNames[0] as string]: given });
    const shapes = network.outputs.map((index) => network.nodes[index]?.output.shape);
    expect(shapes).toEqual(session.outputNames.map((name) => results[name]?.dims));
  } finally {
    await session.release();
  }
  return network;
}

export const kinds = (network: Network) => network.nodes.map(({ op }) => ("fn" in op ? op.fn : op.kind)).slice(1);
export const constant = (g: GraphBuilder, ...values: number[]) =>
  g.op("Constant", [], { value: { tensor: { dims: [], dataType: dataTypes.float32, floatData: values } } });
