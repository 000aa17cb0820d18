/** Reads the nodes of a graph, one after the other. */
import { InputError } from "@archwright/core/base";
import { elementCount, equalShapes, type Shape, ShapeError } from "@archwright/core/ir";
import type { GraphProto } from "../../proto.ts";
import { fold } from "../fold/fold.ts";
import { fusionOf } from "../patterns/patterns.ts";
import type { ReadRule } from "../rules/rule.ts";
import { keepsStored, ruleOf } from "../rules/table.ts";
import { formatOf, isText } from "../values/formats.ts";
import { innerState } from "../values/inner.ts";
import { NodeReader, Unreadable } from "../values/nodeReader.ts";
import { Foreign, type GraphState, Scope, Sequence, type Value } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";
import { type OnnxNode, shown } from "./onnxNode.ts";
import { ordered } from "./order.ts";

const deepestGraph = 32;

/** Stores the values of a graph's initializers. @throws InputError naming one whose shape is none. */
export function storeInitializers(
  { initializer = [], sparseInitializer = [] }: GraphProto,
  state: Pick<GraphState, "values" | "files" | "file">,
): void {
  const store = (name: string, read: () => Value) => {
    try {
      state.values.set(name, read());
    } catch (error) {
      if (error instanceof ShapeError)
        throw new InputError(`the tensor '${shown(name)}': ${error.message}`, { place: { file: state.file } });
      throw error;
    }
  };
  for (const tensor of initializer) {
    const { name = "", dataType } = tensor;
    store(name, () => (isText(dataType) ? new Foreign("text") : StoredTensor.read(tensor, name, state.files)));
  }
  for (const tensor of sparseInitializer) store(tensor.values?.name ?? "", () => StoredTensor.sparse(tensor));
}

/** Whether every input is stored, so that the result is too. */
function allStored(c: NodeReader): boolean {
  let count = 0;
  for (let i = 0; i < c.inputCount; i++) {
    if (!c.has(i)) continue;
    if (!(c.any(i) instanceof StoredTensor)) return false;
    count++;
  }
  return count > 0;
}

/** Drawn anew whenever the model runs. */
const isRandom = ({ type }: OnnxNode) => /^(Random|Bernoulli|Multinomial)/.test(type);

/** The results of a node whose inputs are all stored: numbers where they are few, else only their shapes. */
function stored(c: NodeReader, rule: ReadRule): readonly Value[] {
  const folded = fold(c);
  if (folded) return folded;
  const inner = innerState(c.state);
  const aside = new NodeReader(c.node, inner.state);
  const made = listOf(rule(aside));
  return made.map((value, i) => {
    if (typeof value !== "number") return value;
    const { shape, format } = inner.state.builder.type(value);
    const name = c.node.outputs[i] || c.node.label;
    const missing = Array.from({ length: c.inputCount }, (_, k) => c.maybeStored(k)?.missing).find((one) => one !== undefined);
    return StoredTensor.unknown(name, shape, format, typeOf(format), name, missing);
  });
}

const typeOf = (format: string) => (/float/.test(format) ? 1 : 7);

const listOf = (made: Value | readonly Value[]): readonly Value[] => (Array.isArray(made) ? (made as readonly Value[]) : [made as Value]);

/** The shape of an input that is a tensor. */
function shapeOfInput(c: NodeReader, i: number): Shape | undefined {
  const value = c.has(i) ? c.any(i) : undefined;
  if (value === undefined || value instanceof Foreign || value instanceof Sequence) return undefined;
  return c.shapeOf(value);
}

/**
 * An operator that is not read: its results have the shapes that the file states, else that of its largest input. As a guess
 * every matrix that is stored for it is multiplied with once, and every element that it reads or gives takes one operation.
 */
function estimated(c: NodeReader, why: string): readonly Value[] {
  const { state, node } = c;
  if (state.strict) c.fail(why, "operators that are read, or no --strict", "leave out --strict to estimate around it");
  const shapes = Array.from({ length: c.inputCount }, (_, i) => shapeOfInput(c, i)).filter((shape) => shape !== undefined);
  const largest = shapes.reduce<Shape | undefined>(
    (best, shape) => (best && elementCount(best) >= elementCount(shape) ? best : shape),
    undefined,
  );
  const results = node.outputs.map((name, i): Value | undefined => {
    const type = c.declaredType(i);
    if (name === "") return undefined;
    if (type && !type.tensorType) return new Foreign("a sequence, an optional or a map");
    if (isText(type?.tensorType?.elemType)) return new Foreign("text");
    return undefined;
  });
  const [first = largest] = [c.declared(0)];
  const values = Array.from({ length: c.inputCount }, (_, i) => (shapeOfInput(c, i) ? c.value(i) : undefined)).filter(
    (value) => value !== undefined,
  );
  const weights = values.filter((value) => value instanceof StoredTensor);
  if (first === undefined || results[0] instanceof Foreign) {
    if (results[0] instanceof Foreign && results.every((value) => value instanceof Foreign)) return results as readonly Value[];
    c.fail(`${why}; the shape of its result is not known either`, "an operator that is read, or a shape in the file");
  }
  const matrices = weights.filter(({ shape }) => shape.length >= 2);
  const macs = matrices.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const operations = elementCount(first) + shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  const elemType = c.declaredType(0)?.tensorType?.elemType;
  const cost = { shape: first, work: macs > 0 ? "dense" : "move", macs, operations, weights, estimated: true } as const;
  const y = c.opaque({ ...cost, ...(elemType && { format: formatOf(elemType) }) }, ...values.filter((value) => typeof value === "number"));
  c.markUnread(y, why);
  if (!c.declared(0)) state.guessed.add(y);
  return node.outputs.map((_, i) => {
    if (i === 0) return y;
    const own = c.declared(i) ?? first;
    const index = results[i] ?? c.beside(y, own);
    if (typeof index === "number" && !c.declared(i)) state.guessed.add(index);
    return index;
  });
}

/** Whether what a node reads has a shape that was guessed. */
function readsGuess(c: NodeReader): boolean {
  return Array.from({ length: c.inputCount }, (_, i) => (c.has(i) ? c.state.values.get(c.name(i)) : undefined)).some(
    (value) => typeof value === "number" && c.state.guessed.has(value),
  );
}

function readNode(node: OnnxNode, state: GraphState): readonly Value[] {
  const c = new NodeReader(node, state);
  const fusion = fusionOf(node, state);
  try {
    const keeps = keepsStored(node) && ruleOf(node);
    if (fusion && !allStored(c)) return [fusion.read(new NodeReader(node, state, fusion.inputs))];
    const rule = ruleOf(node);
    if (!rule) {
      const known =
        node.domain === "" ? "no operator that is known" : `an operator of the domain '${shown(node.domain)}' that is not known`;
      return estimated(c, `it is ${known}`);
    }
    return keeps || isRandom(node) || !allStored(c) ? listOf(rule(c)) : stored(c, rule);
  } catch (error) {
    if (error instanceof Unreadable) return estimated(c, error.message);
    if (error instanceof ShapeError) return c.fail(error.message);
    // What follows from a guess proves nothing about the model.
    if (error instanceof InputError && !state.strict && readsGuess(c))
      return estimated(c, `${error.problem.replace(/^node '.*?' \(.*?\): /, "")}, where a shape was guessed`);
    throw error;
  }
}

/** Names what a node gives. Where a shape was guessed, the file may know better. */
function giveOutputs(c: NodeReader, results: readonly Value[]): void {
  const contradicted = c.node.outputs.some((_, i) => {
    const [value, stated] = [results[i], c.declared(i)];
    return typeof value === "number" && c.state.guessed.has(value) && stated !== undefined && !equalShapes(stated, c.shapeOf(value));
  });
  const better = contradicted ? estimated(c, "it works on a tensor whose shape was guessed, and gives another one") : results;
  c.node.outputs.forEach((name, i) => {
    const value = better[i];
    if (name !== "" && value !== undefined) c.state.values.set(name, value);
  });
}

/** Reads nodes in order; their outputs are then among the state's values. */
export function readNodes(nodes: readonly OnnxNode[], outputs: readonly string[], state: GraphState): void {
  for (const node of nodes) {
    for (const name of node.outputs) state.producers.set(name, node);
    for (const name of new Set(node.reads)) state.readers.set(name, (state.readers.get(name) ?? 0) + 1);
  }
  for (const name of outputs) state.readers.set(name, (state.readers.get(name) ?? 0) + 1);
  for (const node of nodes) giveOutputs(new NodeReader(node, state), readNode(node, state));
}

/** Reads a graph in an attribute, given the values of its inputs: the values of its outputs. */
export function readInnerGraph(around: GraphState, graph: GraphProto, inputs: readonly Value[]): readonly Value[] {
  const end = (problem: string): never => {
    throw new InputError(problem, { place: { file: around.file }, expected: "graphs inside each other, a few deep" });
  };
  if (around.depth >= deepestGraph) end(`graphs lie more than ${deepestGraph} deep in each other`);
  const declared = new Map(around.declared);
  for (const { name, type } of [...(graph.valueInfo ?? []), ...(graph.output ?? [])]) if (type) declared.set(name, type);
  const values = new Scope((name) => around.values.get(name));
  const state: GraphState = { ...around, values, declared, producers: new Map(), readers: new Map(), depth: around.depth + 1 };
  storeInitializers(graph, state);
  (graph.input ?? []).forEach(({ name }, i) => {
    const value = inputs[i];
    if (value !== undefined) values.set(name, value);
  });
  const outputs = (graph.output ?? []).map(({ name }) => name ?? "");
  readNodes(ordered(around.expand(graph), outputs, around.file).nodes, outputs, state);
  return outputs.map((name) => values.get(name) ?? end(`a graph inside another one gives '${shown(name)}', which nothing computes`));
}
