/** Reads a network from a TensorFlow Lite model. */
import { InputError } from "@archwright/core/base";
import {
  elementCount,
  type Network,
  NetworkBuilder,
  type NetworkCosts,
  NetworkError,
  type NodeIndex,
  networkCosts,
  type Shape,
  ShapeError,
  verifyNetwork,
} from "@archwright/core/ir";
import { otherFile } from "../models/otherFile.ts";
import type { ReadModel, ReadOptions } from "../models/types.ts";
import { fold, isFolded } from "./fold.ts";
import { advice, guessed } from "./guess.ts";
import { inputShapes } from "./inputs.ts";
import { layoutsOf, shapeIn } from "./layout.ts";
import { decodeTflite, isTflite, type TfliteGraph, type TfliteModel, type TfliteOperator, type TfliteTensor } from "./model.ts";
import { CannotRead, Names, OperatorReader, type ReadState, type Value } from "./reader.ts";
import { customRules, readRules } from "./rules/index.ts";
import { formatOfType } from "./schema.ts";
import { DamagedFile } from "./table.ts";
import { StoredTensor } from "./tensors.ts";

/** The operators that an output depends on, with their positions in the file. */
function liveOperators(graph: TfliteGraph): readonly (readonly [TfliteOperator, position: number])[] {
  const needed = new Set(graph.outputs);
  const live: (readonly [TfliteOperator, number])[] = [];
  for (let position = graph.operators.length - 1; position >= 0; position--) {
    const operator = graph.operators[position] as TfliteOperator;
    if (!operator.outputs.some((tensor) => needed.has(tensor))) continue;
    live.push([operator, position]);
    for (const tensor of operator.inputs) needed.add(tensor);
  }
  return live.reverse();
}

/** Buffers that operators read more than once, by the same tensor or by several. */
function sharedBuffers(graph: TfliteGraph, live: readonly (readonly [TfliteOperator, number])[]): ReadonlySet<number> {
  const [once, shared] = [new Set<number>(), new Set<number>()];
  for (const [{ inputs }] of live)
    for (const index of inputs) {
      const tensor = graph.tensors[index];
      if (!tensor?.stored) continue;
      if (once.has(tensor.buffer)) shared.add(tensor.buffer);
      once.add(tensor.buffer);
    }
  return shared;
}

/** Every stored tensor, and inputs of the network in the order of the file. */
function initialState(graph: TfliteGraph, shapes: readonly Shape[], file: string, costOf: ReadState["costOf"]): ReadState {
  const live = liveOperators(graph);
  const inputs = graph.inputs.map((index) => graph.tensors[index] as TfliteTensor);
  const ranks = graph.tensors.map(({ shape }) => shape.length);
  const layouts = layoutsOf(graph, (tensor) => ranks[tensor] as number);
  const builder = new NetworkBuilder(formatOfType[inputs[0]?.type ?? ""] ?? "float32");
  const [values, names] = [new Map<number, Value>(), new Names()];
  graph.tensors.forEach((tensor, index) => {
    if (tensor.shape.some((size) => size < 0) || !Number.isSafeInteger(elementCount(tensor.shape)))
      throw new InputError(`the tensor '${tensor.name}' has the shape [${tensor.shape.join(", ")}]`, { place: { file } });
    // A list without entries, such as the shape of a single number, has no bytes to store.
    if (tensor.stored || elementCount(tensor.shape) === 0) values.set(index, StoredTensor.read(tensor));
  });
  graph.inputs.forEach((index, i) => {
    const { name, type } = graph.tensors[index] as TfliteTensor;
    const format = formatOfType[type];
    if (!format) throw new InputError(`the input '${name}' is of the type ${type}`, { place: { file }, expected: "numbers" });
    const layout = layouts[index] ?? "file";
    const shape = shapes[i] as Shape;
    if (!Number.isSafeInteger(elementCount(shape)))
      throw new InputError(`the input '${name}' has more numbers than can be counted: ${shape.join("x")}`, { place: { file } });
    const op = { kind: "input", shape: shapeIn(layout, shape) } as const;
    const known = values.get(index);
    if (known && !(known instanceof StoredTensor)) return;
    try {
      values.set(index, { node: builder.add(op, [], names.free(name || "input"), { format, weightFormat: format }), layout });
    } catch (error) {
      if (error instanceof ShapeError) throw new InputError(error.message, { place: { file } });
      throw error;
    }
  });
  const [made, madeOfStored, shared] = [new Map(), new Map(), sharedBuffers(graph, live)];
  return { file, graph, builder, layouts, values, shared, made, madeOfStored, names, unread: [], notes: new Set(), costOf };
}

function readOperator(c: OperatorReader, strict: boolean): Value | readonly Value[] {
  const { type, custom } = c.operator;
  const rule = (custom ? customRules : readRules).get(type);
  let why = "it is not known";
  try {
    if (isFolded(c)) return fold(c);
    if (rule) return rule(c);
  } catch (error) {
    if (!(error instanceof CannotRead)) throw error;
    why = error.message;
  }
  if (strict) c.fail(why, "an operator that is read", advice(c));
  return guessed(c, why);
}

/** Says where the file states another shape than follows from its operators; sizes that are open state nothing. */
function compare(c: OperatorReader, value: Value, o: number): void {
  const { shape, signature, ranked, name } = c.output(o);
  if (!ranked || signature.includes(-1) || shape.includes(0)) return;
  const found = c.shapeOf(value);
  if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis]))
    c.note(`${c.label} gives [${found.join(", ")}], where the file states [${shape.join(", ")}] for '${name}'`);
}

/**
 * The network of a TensorFlow Lite model: its operators, shapes and number formats, without its weights. Images are
 * channels-first in the network; a reshape or a change of layout keeps every byte where it is, so what moves data is what does so
 * in the file. Buffers that several operators read are shared, what follows from stored numbers alone is stored, what no
 * output needs is left out.
 * @param file what errors call the model.
 * @throws InputError with the file, and the operator and its number, for bytes that are no such model, for sizes that are left
 *   open, and, if `strict`, for operators that cannot be read.
 */
export function readTflite(bytes: Uint8Array, file: string, options: ReadOptions = {}): ReadModel {
  try {
    return readModelOf(decodeTflite(bytes), file, options);
  } catch (error) {
    // Options are looked at where an operator is read, so damage shows up to the end.
    if (error instanceof DamagedFile) throw notRead(bytes, file, error.message);
    if (error instanceof NetworkError) throw new InputError(error.message, { place: { file } });
    throw error;
  }
}

/** What to say of bytes that are no such model, or of a damaged one. */
function notRead(bytes: Uint8Array, file: string, problem: string): InputError {
  const known = isTflite(bytes) ? undefined : otherFile(bytes);
  const what = known ? `: ${known.what}` : `, or it is damaged: ${problem}`;
  return new InputError(`this is no TensorFlow Lite model${what}`, {
    place: { file },
    expected: "a TensorFlow Lite model (.tflite), as its converter writes it",
    advice: known?.advice ?? "convert or download the model again",
  });
}

function readModelOf({ graphs }: TfliteModel, file: string, options: ReadOptions): ReadModel {
  const [main] = graphs;
  const costs = new Map<number, NetworkCosts | undefined>();
  const costOf = (index: number) => {
    const graph = graphs[index];
    if (!graph || costs.has(index)) return costs.get(index);
    // Until it is read, for graphs that run themselves.
    costs.set(index, undefined);
    costs.set(index, innerCosts(graph, file, costOf));
    return costs.get(index);
  };
  costs.set(0, undefined);
  const inputs = main.inputs.map((index) => main.tensors[index] as TfliteTensor);
  const state = initialState(main, inputShapes(inputs, options.input ?? {}, file), file, costOf);
  const network = readGraph(state, options.strict ?? false);
  return { network, unread: state.unread, notes: [...state.notes] };
}

/** What a graph costs with inputs as the file states them. */
function innerCosts(graph: TfliteGraph, file: string, costOf: ReadState["costOf"]): NetworkCosts | undefined {
  const shapes = graph.inputs.map((index) => (graph.tensors[index] as TfliteTensor).shape.map((size) => Math.max(1, size)));
  try {
    return networkCosts(readGraph(initialState(graph, shapes, file, costOf), false));
  } catch (error) {
    if (error instanceof InputError || error instanceof NetworkError) return undefined;
    throw error;
  }
}

function readGraph(state: ReadState, strict: boolean): Network {
  for (const [operator, position] of liveOperators(state.graph)) {
    const c = new OperatorReader(operator, position, state);
    const made = readOperator(c, strict);
    const list = Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
    list.forEach((value, o) => {
      compare(c, value, o);
      state.values.set(operator.outputs[o] as number, value);
    });
  }
  const network = state.builder.build(...outputNodes(state));
  verifyNetwork(network);
  return network;
}

/** The nodes that make the outputs; an output that is stored in the file is computed by none. */
function outputNodes({ values, graph, file, notes }: ReadState): readonly NodeIndex[] {
  const nodes = graph.outputs.flatMap((index) => {
    const { name } = graph.tensors[index] as TfliteTensor;
    const value = values.get(index);
    if (value === undefined) throw new InputError(`no operator computes the output '${name}'`, { place: { file } });
    if (!(value instanceof StoredTensor)) return [value.node];
    notes.add(`the output '${name}' is stored in the file and left out`);
    return [];
  });
  if (nodes.length > 0) return nodes;
  throw new InputError("no output depends on the input", { place: { file } });
}
