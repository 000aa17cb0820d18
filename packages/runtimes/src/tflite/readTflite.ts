/** Reads a network from a TensorFlow Lite model. */
import { InputError } from "@archwright/core/base";
import { elementCount, NetworkBuilder, NetworkError, type NodeIndex, type Shape, ShapeError, verifyNetwork } from "@archwright/core/ir";
import type { ReadModel, ReadOptions } from "../models/types.ts";
import { fold, isFolded } from "./fold.ts";
import { inputShapes } from "./inputs.ts";
import { layoutsOf, shapeIn } from "./layout.ts";
import { decodeTflite, type TfliteGraph, type TfliteModel, type TfliteOperator, type TfliteTensor } from "./model.ts";
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
function initialState({ main: graph }: TfliteModel, options: ReadOptions, file: string): ReadState {
  const live = liveOperators(graph);
  const inputs = graph.inputs.map((index) => graph.tensors[index] as TfliteTensor);
  const shapes = inputShapes(inputs, options.input ?? {}, file);
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
    const op = { kind: "input", shape: shapeIn(layout, shapes[i] as Shape) } as const;
    const known = values.get(index);
    if (known && !(known instanceof StoredTensor)) return;
    try {
      values.set(index, { node: builder.add(op, [], names.free(name || "input"), { format, weightFormat: format }), layout });
    } catch (error) {
      if (error instanceof ShapeError) throw new InputError(error.message, { place: { file } });
      throw error;
    }
  });
  const notes = new Set<string>();
  return { file, graph, builder, layouts, values, shared: sharedBuffers(graph, live), made: new Map(), names, unread: [], notes };
}

/** What to do about operators that are met often and cannot be read. */
function advice({ type, custom }: TfliteOperator): string {
  if (/edgetpu|ethos|vela|neuron|qnn/i.test(type)) return "Take the model as it was before it was compiled for an accelerator.";
  if (custom && type.startsWith("Flex")) return "Convert the model without TensorFlow's own operators (select TF ops).";
  if (/^(IF|WHILE|CALL)$/.test(type)) return "Convert the model without control flow, for example with recurrent layers unrolled.";
  return "Convert the model up to the operators before it, or read it without --strict.";
}

/** An operator that is estimated around: results as the file states them, an operation for each element that it reads or gives. */
function guessed(c: OperatorReader, operator: TfliteOperator): readonly Value[] {
  const inputs = operator.inputs.flatMap((tensor, i) => (tensor >= 0 && c.state.values.has(tensor) ? [i] : []));
  const read = inputs.reduce((sum, i) => sum + c.elements(i), 0);
  const name = operator.type.replace(/[^A-Za-z0-9_.-]+/g, "_") || "unknown";
  return operator.outputs.map((index, o) => {
    const tensor = c.state.graph.tensors[index] as TfliteTensor;
    const shape = tensor.shape.map((size) => Math.max(1, size));
    const operations = elementCount(shape) + (o === 0 ? read : 0);
    return c.opaque(name, shape, { work: "move", operations, weights: o === 0 ? inputs : [], estimated: true }, o);
  });
}

function readOperator(c: OperatorReader, operator: TfliteOperator, strict: boolean): Value | readonly Value[] {
  const { type, custom } = operator;
  const rule = (custom ? customRules : readRules).get(type);
  let why = "it is not known";
  try {
    if (isFolded(c)) return fold(c);
    if (rule) return rule(c);
  } catch (error) {
    if (!(error instanceof CannotRead)) throw error;
    why = error.message;
  }
  if (strict) c.fail(why, "an operator that is read", advice(operator));
  c.state.unread.push({ node: c.label, operator: type, why });
  return guessed(c, operator);
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
 * output needs is left out. Only the main sub-graph is read.
 * @param file what errors call the model.
 * @throws InputError with the file, and the operator and its number, for bytes that are no such model, for sizes that are left
 *   open, and, if `strict`, for operators that cannot be read.
 */
export function readTflite(bytes: Uint8Array, file: string, options: ReadOptions = {}): ReadModel {
  try {
    return readModelOf(decodeTflite(bytes), file, options);
  } catch (error) {
    // Options are looked at where an operator is read, so damage shows up to the end.
    if (error instanceof DamagedFile)
      throw new InputError(`this is no TensorFlow Lite model, or it is damaged: ${error.message}`, {
        place: { file },
        expected: "a TensorFlow Lite model (.tflite), as its converter writes it",
      });
    if (error instanceof NetworkError) throw new InputError(error.message, { place: { file } });
    throw error;
  }
}

function readModelOf(model: TfliteModel, file: string, options: ReadOptions): ReadModel {
  const state = initialState(model, options, file);
  const { graph, values } = state;
  if (model.subgraphs > 1) state.notes.add(`of its ${model.subgraphs} sub-graphs the first is read`);
  for (const [operator, position] of liveOperators(graph)) {
    const c = new OperatorReader(operator, position, state);
    const made = readOperator(c, operator, options.strict ?? false);
    const list = Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
    list.forEach((value, o) => {
      compare(c, value, o);
      values.set(operator.outputs[o] as number, value);
    });
  }
  const network = state.builder.build(...outputNodes(state));
  verifyNetwork(network);
  return { network, unread: state.unread, notes: [...state.notes] };
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
