/** What the rules for reading operators work with. */
import { InputError } from "@archwright/core/base";
import {
  elementCount,
  equalShapes,
  isInteger,
  type NetworkBuilder,
  type NetworkCosts,
  type NodeIndex,
  type NumberFormat,
  type OpaqueWork,
  type Operator,
  type Shape,
  ShapeError,
} from "@archwright/core/ir";
import type { UnreadOperator } from "../models/types.ts";
import { type Layout, shapeIn, shapeOutOf } from "./layout.ts";
import type { TfliteGraph, TfliteOperator, TfliteTensor } from "./model.ts";
import { formatOfType } from "./schema.ts";
import { StoredTensor } from "./tensors.ts";

/** A tensor that a node of the network makes, and how it lies there. */
export interface Computed {
  readonly node: NodeIndex;
  readonly layout: Layout;
}

/** What a tensor of the file has become. */
export type Value = Computed | StoredTensor;

/** What is known while a graph is read. */
export interface ReadState {
  readonly file: string;
  readonly graph: TfliteGraph;
  readonly builder: NetworkBuilder;
  /** How each tensor should lie. */
  readonly layouts: readonly Layout[];
  readonly values: Map<number, Value>;
  /** Buffers that are read more than once. */
  readonly shared: ReadonlySet<number>;
  /** Nodes that other views of nodes, and stored tensors, were made into. */
  readonly made: Map<string, NodeIndex>;
  readonly madeOfStored: Map<number | object, Map<string, NodeIndex>>;
  readonly names: Names;
  readonly unread: UnreadOperator[];
  readonly notes: Set<string>;
  /** What another graph of the model costs; undefined where it cannot be read or runs itself. */
  readonly costOf: (graph: number) => NetworkCosts | undefined;
}

/** A form of an operator that is not read: it is estimated around, or refused. */
export class CannotRead extends Error {
  override readonly name = "CannotRead";
}

/** What an operator costs that the network knows by its cost alone. */
export interface OpaqueCost {
  readonly work: OpaqueWork;
  readonly macs?: number;
  readonly operations?: number;
  /** Which inputs are weights. */
  readonly weights?: readonly number[];
  /** Numbers that are stored beside these inputs. */
  readonly parameters?: number;
  readonly estimated?: boolean;
}

/** What stands for a tensor whose elements have no fixed size, such as texts: about an address. */
const formatOfHandles: NumberFormat = "int64";

/** Lists of a damaged file may be long; what is wrong is seen from their beginning. */
const longestProblem = 500;

/** Names that a network has. */
export class Names {
  /** For each name how many were made of it. */
  readonly #taken = new Map<string, number>();

  /** A name that the network takes and does not have yet. */
  free(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9_./-]+/g, "_").replace(/^\/+/, "") || "node";
    let count = this.#taken.get(base) ?? 0;
    let name = count === 0 ? base : `${base}_${++count}`;
    while (count > 0 && this.#taken.has(name)) name = `${base}_${++count}`;
    this.#taken.set(base, Math.max(1, count));
    if (name !== base) this.#taken.set(name, 1);
    return name;
  }
}

const atLeastOne = (shape: Shape): Shape => shape.map((size) => Math.max(1, size));

/** Reads one operator: its inputs as they have been read, and what it adds to the network. */
export class OperatorReader {
  readonly operator: TfliteOperator;
  readonly state: ReadState;
  readonly #number: number;

  /** @param number its position in the file. */
  constructor(operator: TfliteOperator, number: number, state: ReadState) {
    this.operator = operator;
    this.state = state;
    this.#number = number;
  }

  /** Which operator of the file it is; they have no names. */
  get position(): string {
    return `operator ${this.#number}`;
  }

  /** What messages call it. */
  get label(): string {
    return `${this.position} (${this.operator.type})`;
  }

  /** @param advice what to do about it: a sentence. */
  fail(problem: string, expected?: string, advice?: string): never {
    const shown = problem.length > longestProblem ? `${problem.slice(0, longestProblem)}…` : problem;
    throw new InputError(`${this.label}: ${shown}`, { place: { file: this.state.file }, expected, advice });
  }

  note(sentence: string): void {
    this.state.notes.add(sentence);
  }

  // Options. A table that is left out has the defaults of all of its fields.

  int(slot: number, fallback = 0): number {
    return this.operator.options?.int32(slot, fallback) ?? fallback;
  }

  flag(slot: number, fallback = false): boolean {
    return this.operator.options?.bool(slot, fallback) ?? fallback;
  }

  code(slot: number): number {
    return this.operator.options?.int8(slot) ?? 0;
  }

  ints(slot: number): readonly number[] {
    return this.operator.options?.int32s(slot) ?? [];
  }

  // Inputs.

  get inputCount(): number {
    return this.operator.inputs.length;
  }

  has(i: number): boolean {
    return (this.operator.inputs[i] ?? -1) >= 0;
  }

  /** The tensor as the file describes it. */
  tensor(i: number): TfliteTensor {
    return this.#tensorAt(this.operator.inputs[i] ?? -1, `input ${i}`);
  }

  #tensorAt(index: number, what: string): TfliteTensor {
    return this.state.graph.tensors[index] ?? this.fail(`${what} is missing`);
  }

  value(i: number): Value {
    const { name } = this.tensor(i);
    const value = this.state.values.get(this.operator.inputs[i] as number);
    return value ?? this.fail(`it reads '${name}'`, "a tensor that the graph is given, stores or has computed before");
  }

  /** The input where it does not depend on the network's inputs. */
  stored(i: number): StoredTensor | undefined {
    const value = this.state.values.get(this.operator.inputs[i] ?? -1);
    return value instanceof StoredTensor ? value : undefined;
  }

  /** The numbers of an input, such as a shape. */
  numbers(i: number, what: string): readonly number[] {
    return this.stored(i)?.values() ?? this.cannot(`its ${what} is computed from the input`);
  }

  cannot(why: string): never {
    throw new CannotRead(why);
  }

  /** Sizes in the order of the file. */
  shape(i: number): Shape {
    return this.shapeOf(this.value(i));
  }

  shapeOf(value: Value): Shape {
    return value instanceof StoredTensor ? value.shape : shapeOutOf(value.layout, this.state.builder.shape(value.node));
  }

  elements(i: number): number {
    return elementCount(this.shape(i));
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(counted) || counted < 0 || counted >= rank) this.fail(`axis ${axis} of a tensor with ${rank} axes`);
    return counted;
  }

  /** The sizes of an input that must be an image. */
  imageShape(i: number): readonly [n: number, height: number, width: number, channels: number] {
    const shape = this.shape(i);
    if (shape.length !== 4) this.fail(`it takes a tensor of shape [${shape.join(", ")}]`, "an image [N, H, W, C]");
    return shape as unknown as readonly [number, number, number, number];
  }

  /** An input as an image [N, C, H, W]. */
  image(i: number): NodeIndex {
    this.imageShape(i);
    return this.laid(i, "image");
  }

  /** An input in a layout. */
  laid(i: number, layout: Layout): NodeIndex {
    return this.#laid(this.value(i), layout, this.shape(i));
  }

  /** How an input lies; stored tensors lie as in the file. */
  lies(i: number): Layout {
    const value = this.value(i);
    return value instanceof StoredTensor ? "file" : value.layout;
  }

  /** An input with another shape of the file, in a layout. */
  reshaped(i: number, shape: Shape, layout: Layout = "file"): NodeIndex {
    return this.#laid(this.value(i), layout, shape);
  }

  /**
   * An input for an operator that broadcasts: with as many axes as the result has where that is an image, whose axes are in
   * another order than broadcasting takes them.
   */
  operand(i: number, layout: Layout): NodeIndex {
    const shape = this.shape(i);
    const filled = layout === "image" ? [...Array<number>(Math.max(0, 4 - shape.length)).fill(1), ...shape] : shape;
    return this.#laid(this.value(i), layout, filled);
  }

  /** A value with a shape of the file that has as many elements, in a layout. */
  #laid(value: Value, layout: Layout, shape: Shape): NodeIndex {
    if (value instanceof StoredTensor) return this.#stored(value, shapeIn(layout, shape));
    if (value.layout === layout && equalShapes(this.shapeOf(value), shape)) return value.node;
    return this.#viewed(value.node, shapeIn(layout, shape));
  }

  /** The same elements in another shape of the network; nothing where they have it. The file's bytes stay where they are. */
  #viewed(node: NodeIndex, shape: Shape, name = `${this.#outputName(0)}.view`): NodeIndex {
    const { builder, made } = this.state;
    const before = builder.shape(node);
    if (before.length === shape.length && before.every((size, axis) => size === shape[axis])) return node;
    const key = `${node} as ${shape.join()}`;
    const view = made.get(key) ?? this.#node({ kind: "reshape", shape }, [node], name, builder.type(node).format);
    made.set(key, view);
    return view;
  }

  /** Stored numbers as a node: a constant where they repeat one, else a learned tensor. */
  #stored(tensor: StoredTensor, shape: Shape, constant = true): NodeIndex {
    const repeated = constant ? tensor.uniform() : undefined;
    const sizes = tensor.count === elementCount(shape) ? shape : [tensor.count];
    const made = this.state.madeOfStored.get(tensor.store) ?? new Map<string, NodeIndex>();
    this.state.madeOfStored.set(tensor.store, made);
    const key = `${tensor.format} ${repeated ?? ""} ${sizes.join()}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const op: Operator = repeated === undefined ? { kind: "parameter", shape: sizes } : { kind: "constant", shape: sizes, value: repeated };
    const node = this.#node(op, [], tensor.name, tensor.format, tensor);
    made.set(key, node);
    return node;
  }

  // Outputs.

  get outputCount(): number {
    return this.operator.outputs.length;
  }

  output(o = 0): TfliteTensor {
    return this.#tensorAt(this.operator.outputs[o] ?? -1, `output ${o}`);
  }

  #outputName(o: number): string {
    return this.output(o).name || `${this.operator.type}_${this.#number}`;
  }

  /** How an output should lie; what has not four axes lies as in the file. */
  layout(rank: number, o = 0): Layout {
    const index = this.operator.outputs[o];
    return rank === 4 && index !== undefined ? (this.state.layouts[index] ?? "file") : "file";
  }

  format(o = 0): NumberFormat {
    const { type } = this.output(o);
    return formatOfType[type] ?? this.cannot(`its result is of the type ${type}, whose size is not known`);
  }

  /** The shape that the file states for an output. */
  stated(o = 0): Shape {
    const { shape, ranked } = this.output(o);
    return ranked ? atLeastOne(shape) : this.cannot("the size of its result depends on what it reads");
  }

  /** Adds the operator's node; a result of another kind of numbers than the node gives is cast. */
  add(op: Operator, inputs: readonly NodeIndex[], layout: Layout, options: AddOptions = {}): Computed {
    const { weight, bias, o = 0, format = this.format(o) } = options;
    const [first] = inputs;
    const given = op.kind === "embedding" || first === undefined ? (weight?.format ?? format) : this.state.builder.type(first).format;
    const may = given === format || op.kind === "opaque" || op.kind === "cast" || (isInteger(given) && isInteger(format));
    const node = this.#node(op, inputs, this.#outputName(o), may ? format : given, weight, bias);
    return { node: may ? node : this.#node({ kind: "cast", format }, [node], `${this.#outputName(o)}.cast`, format), layout };
  }

  #node(op: Operator, inputs: readonly NodeIndex[], name: string, format: NumberFormat, weight?: StoredTensor, bias?: StoredTensor) {
    const free = this.state.names.free(name);
    const stores = Object.entries({ weight, bias }).flatMap(([role, tensor]) =>
      tensor && this.#isShared(tensor) ? [[role, `buffer_${tensor.buffer}`] as const] : [],
    );
    const stored = stores.length > 0 ? { stored: Object.fromEntries(stores) } : {};
    try {
      return this.state.builder.add(op, inputs, free, { format, weightFormat: weight?.format ?? format, ...stored });
    } catch (error) {
      if (error instanceof ShapeError) this.fail(error.message.replace(`${free} (${op.kind}): `, ""));
      throw error;
    }
  }

  /** An operator that the network knows by its cost alone. Its inputs may lie as they like. @param shape of the result, as in the file. */
  opaque(name: string, shape: Shape, cost: OpaqueCost, o = 0): Computed {
    const { work, macs = 0, operations = 0, weights = [], estimated = false } = cost;
    const inputs = this.operator.inputs.flatMap((_, i) => {
      if (!this.has(i) || this.tensor(i).variable) return [];
      const value = this.value(i);
      return value instanceof StoredTensor ? [] : [value.node];
    });
    const stored = weights.flatMap((i) => this.stored(i) ?? []);
    // The node has one store and one format; what lies elsewhere or otherwise is a stored tensor of its own.
    const unshared = stored.filter((tensor) => !this.#isShared(tensor));
    const own = stored.length === 1 ? stored : unshared.filter(({ format }) => format === unshared[0]?.format);
    const [weight] = own;
    const parameters = own.reduce((sum, tensor) => sum + tensor.count, cost.parameters ?? 0);
    const others = stored.filter((tensor) => !own.includes(tensor)).map((tensor) => this.#stored(tensor, tensor.shape, false));
    const layout = this.layout(shape.length, o);
    const op: Operator = { kind: "opaque", name, shape: shapeIn(layout, shape), work, macs, operations, parameters, estimated };
    const format = estimated ? (formatOfType[this.output(o).type] ?? formatOfHandles) : this.format(o);
    return this.add(op, [...inputs, ...others], layout, { o, format, ...(weight ? { weight } : {}) });
  }

  #isShared(tensor: StoredTensor): boolean {
    return tensor.buffer !== undefined && this.state.shared.has(tensor.buffer);
  }

  /** A value with another shape of the file, lying as the output should. */
  view(value: Value, shape: Shape, o = 0): Value {
    if (elementCount(this.shapeOf(value)) !== elementCount(shape))
      this.fail(`[${this.shapeOf(value).join(", ")}] cannot become [${shape.join(", ")}]`);
    if (value instanceof StoredTensor) return value.reshaped(shape);
    const layout = this.layout(shape.length, o);
    return { node: this.#viewed(value.node, shapeIn(layout, shape), this.#outputName(o)), layout };
  }
}

interface AddOptions {
  /** What the node's weights are in the file. */
  readonly weight?: StoredTensor;
  readonly bias?: StoredTensor;
  /** Which output it makes; the first by default. */
  readonly o?: number;
  /** By default what the file says. */
  readonly format?: NumberFormat;
}
