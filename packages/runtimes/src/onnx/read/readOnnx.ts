/** Reads a network from an ONNX model. */
import { InputError } from "@archwright/core/base";
import { NetworkBuilder, type NodeIndex, type NumberFormat, ShapeError } from "@archwright/core/ir";
import type { ReadModel, ReadOptions } from "../../models/types.ts";
import { dataTypes, type GraphProto, type ModelProto, type TypeProto, type ValueInfoProto } from "../proto.ts";
import { decoded } from "./file.ts";
import { finished } from "./finish/finish.ts";
import { Functions, opsetOf } from "./graph/functions.ts";
import { OnnxNode, shown } from "./graph/onnxNode.ts";
import { ordered } from "./graph/order.ts";
import { readInnerGraph, readNodes, storeInitializers } from "./graph/readGraph.ts";
import { Sizes } from "./sizes.ts";
import { formatOf, isText } from "./values/formats.ts";
import { NodeReader } from "./values/nodeReader.ts";
import { Foreign, freeName, type GraphState, type Names, Scope, Sequence, type Value } from "./values/state.ts";
import { StoredTensor } from "./values/tensors.ts";

export interface OnnxReadOptions extends ReadOptions {
  /** Whether every parameter names the stored tensor that it is (`Node.stored`), and not only those that several nodes share. */
  readonly allStores?: boolean;
}

/** How many numbers folding may produce, and how many operators a network may have: more than any model of use. */
const limits = { numbers: 4_000_000, nodes: 1_000_000 };

/** The format of what has none of its own: 16 bits where the first input has them. */
function ownFormat(inputs: readonly ValueInfoProto[]): NumberFormat {
  const elemType = inputs[0]?.type?.tensorType?.elemType;
  return elemType === dataTypes.float16 || elemType === dataTypes.bfloat16 ? formatOf(elemType) : "float32";
}

/** Damaged files leave names out. */
const named = (info: Partial<ValueInfoProto>): ValueInfoProto => ({ ...info, name: info.name ?? "" });

/** Types that the file states, by the names of tensors. */
function declaredIn({ valueInfo = [], output = [] }: GraphProto): ReadonlyMap<string, TypeProto> {
  return new Map([...valueInfo, ...output].flatMap(({ name, type }) => (type ? [[name, type] as const] : [])));
}

function stateOf(
  model: ModelProto,
  graph: GraphProto,
  file: string,
  options: ReadOptions,
  inputs: readonly ValueInfoProto[],
  sizes: Sizes,
): GraphState {
  const functions = new Functions(model, file);
  const opset = opsetOf(model.opsetImport);
  const format = ownFormat(inputs);
  // The body of a loop is read more than once.
  const expanded = new Map<GraphProto, readonly OnnxNode[]>();
  const storeNames = new Map<string, string>();
  const takenStores: Names = new Map();
  return {
    file,
    strict: options.strict ?? false,
    opset: opset ?? 1,
    format,
    sizes: sizes.named,
    files: options.external ?? (() => undefined),
    notes: new Set(),
    budget: { ...limits },
    storeName: (tensor) => {
      const known = storeNames.get(tensor);
      if (known !== undefined) return known;
      const name = freeName(takenStores, tensor);
      storeNames.set(tensor, name);
      return name;
    },
    expand: (inner) => {
      const known = expanded.get(inner) ?? functions.expanded(inner.node ?? [], opset);
      expanded.set(inner, known);
      return known;
    },
    builder: new NetworkBuilder(format),
    values: new Scope(),
    added: [],
    surrounds: new Map(),
    guessed: new Set(),
    unread: new Map(),
    materialised: new Map(),
    names: new Map(),
    declared: declaredIn(graph),
    producers: new Map(),
    readers: new Map(),
    depth: 0,
    readGraph: readInnerGraph,
  };
}

/** A graph's input: a node of the network, or what networks cannot hold. An optional one is taken to be there. */
function inputValue(input: ValueInfoProto, state: GraphState, sizes: Sizes, first: boolean): Value {
  const { name, type } = input;
  const inside = type?.optionalType?.elemType;
  if (inside?.tensorType) return new Sequence([inputValue({ name, type: inside }, state, sizes, first)]);
  if (type && !type.tensorType) return new Foreign(`'${shown(name)}', a sequence or map of unknown length`);
  const elemType = type?.tensorType?.elemType;
  if (isText(elemType)) return new Foreign(`'${shown(name)}', which is text`);
  const empty = type?.tensorType?.shape?.dim?.findIndex(({ dimValue }) => dimValue === 0) ?? -1;
  if (empty >= 0)
    return StoredTensor.of(
      name,
      (type?.tensorType?.shape?.dim ?? []).map(({ dimValue = 1 }) => dimValue),
      [],
      elemType ?? dataTypes.float32,
    );
  const weightFormat = formatOf(elemType);
  const op = { kind: "input", shape: sizes.shapeOf(input, first) } as const;
  state.added.push({ op, inputs: [] });
  return state.builder.add(op, [], freeName(state.names, name), { weightFormat });
}

/** The first node that reads a tensor, as messages call it. */
function readerOf({ node = [] }: GraphProto, name: string): string | undefined {
  const found = node.find(({ input = [] }) => input.includes(name));
  return found && `node '${new OnnxNode(found).label}' (${shown(found.opType)})`;
}

/** The nodes that the graph's outputs are. */
function endsOf(outputs: readonly string[], state: GraphState): readonly NodeIndex[] {
  const ends = outputs.map((name) => {
    const maker = state.producers.get(name) ?? new OnnxNode({ opType: "output", name: "outputs" });
    const c = new NodeReader(maker, state, [name]);
    const value = state.values.get(name) ?? c.any(0);
    if (value instanceof Foreign) return { foreign: value, fail: () => c.fail(`it gives ${value.what}`, "tensors of numbers") };
    return value instanceof Sequence ? value.items.map((one) => c.asNode(c.tensor(one))) : [c.asNode(c.tensor(value))];
  });
  return ends.flatMap((end, i) => {
    if (Array.isArray(end)) return end;
    const { foreign, fail } = end as { readonly foreign: Foreign; readonly fail: () => never };
    // Text that the model gives beside its tensors is not computed with.
    if (!ends.some(Array.isArray)) fail();
    state.notes.add(`the output '${shown(outputs[i] ?? "")}' is ${foreign.what} and is left out`);
    return [];
  });
}

/**
 * The network of an ONNX model: its operators, shapes and number formats, without the numbers of its weights.
 *
 * Several nodes that stand for one operator (see `fusionOf`) become that operator; what depends on stored numbers alone is
 * computed; functions are written out, dead nodes dropped. Sizes that are left open are those of `options.input`; an open batch is 1.
 * Stored operands of element-wise operators are constants if they repeat one number (and are not called `….weight`), else learned
 * parameters. Operators that are not known are estimated around, and listed. Weights in other files are not needed.
 * @param file what errors call the model.
 * @throws InputError with the file, and the node and operator at fault, for bytes that are no ONNX model, for models that contradict
 *   themselves, and, if `options.strict`, for operators that cannot be read.
 */
export function readOnnx(bytes: Uint8Array, file: string, options: OnnxReadOptions = {}): ReadModel {
  const { model, graph } = decoded(bytes, file);
  const stored = new Set((graph.initializer ?? []).map(({ name }) => name));
  // Before IR version 4, initializers are listed among the inputs.
  const inputs = (graph.input ?? []).map(named).filter(({ name }) => !stored.has(name));
  const sizes = new Sizes(options.input ?? {}, file, (name) => readerOf(graph, name));
  const state = stateOf(model, graph, file, options, inputs, sizes);
  sizes.checkUsed(inputs);
  storeInitializers(graph, state);
  inputs.forEach((input, i) => {
    try {
      state.values.set(input.name, inputValue(input, state, sizes, i === 0));
    } catch (error) {
      if (error instanceof InputError || !(error instanceof ShapeError)) throw error;
      throw new InputError(`the input '${shown(input.name)}': ${error.message}`, { place: { file } });
    }
  });
  const outputs = (graph.output ?? []).map((output) => named(output).name);
  const { nodes, sorted } = ordered(state.expand(graph), outputs, file);
  if (!sorted) state.notes.add("nodes of the file stand before nodes that they read; they were sorted");
  readNodes(nodes, outputs, state);
  const { network, moved } = finished(state.builder.build(...endsOf(outputs, state)), file, options.allStores);
  const unread = [...state.unread].filter(([index]) => moved[index] !== undefined).map(([, one]) => one);
  return { network, unread, notes: [...state.notes] };
}
