/** What the rules for reading ONNX nodes work with. */
import { InputError } from "@archwright/core/base";
import {
  elementCount,
  isInteger,
  type NodeIndex,
  type NodeOptions,
  type NumberFormat,
  type Operator,
  type OperatorOf,
  type ParameterRole,
  type Shape,
  ShapeError,
} from "@archwright/core/ir";
import type { GraphProto, TypeProto } from "../../proto.ts";
import { type OnnxNode, shown } from "../graph/onnxNode.ts";
import { formatOf, isFloatFormat } from "./formats.ts";
import { Foreign, freeName, type GraphState, Sequence, type Tensor, type Value } from "./state.ts";
import { StoredTensor } from "./tensors.ts";

/** No network that is estimated holds a tensor of more numbers. */
const largestTensor = 2 ** 48;

/** An operator that cannot be read, though the model is a proper one: it is estimated around. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

export const showShape = (shape: Shape) => `[${shape.length > 12 ? `${shape.slice(0, 12).join(", ")}, …` : shape.join(", ")}]`;

/** What an opaque operator may leave out: MACs, operations and parameters 0, named as the node's type, exact. */
export interface OpaqueCost {
  readonly shape: Shape;
  readonly work: OperatorOf<"opaque">["work"];
  readonly macs?: number;
  readonly operations?: number;
  /** Tensors stored for it. */
  readonly weights?: readonly StoredTensor[];
  readonly name?: string;
  readonly estimated?: boolean;
  readonly format?: NumberFormat;
}

type Weights = Readonly<Partial<Record<ParameterRole, Value | undefined>>>;

/** Reads one node: its inputs as they have been read, and what it adds to the network. */
export class NodeReader {
  readonly node: OnnxNode;
  readonly state: GraphState;
  readonly #inputs: readonly string[];

  /** @param inputs instead of the node's own, where it is read together with nodes before it. */
  constructor(node: OnnxNode, state: GraphState, inputs: readonly string[] = node.inputs) {
    this.node = node;
    this.state = state;
    this.#inputs = inputs;
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  get opset(): number {
    return this.node.opset ?? this.state.opset;
  }

  /** Refuses the model. @param advice what to do about it: a sentence. */
  fail(problem: string, expected?: string, advice?: string): never {
    const { label, type } = this.node;
    throw new InputError(`node '${label}' (${shown(type)}): ${problem}`, { place: { file: this.state.file }, expected, advice });
  }

  /** Leaves the operator to be estimated around. */
  unreadable(problem: string): never {
    throw new Unreadable(problem);
  }

  has(i: number): boolean {
    return (this.#inputs[i] ?? "") !== "";
  }

  name(i: number): string {
    return this.#inputs[i] ?? "";
  }

  /** Whatever the input is. */
  any(i: number): Value {
    const name = this.name(i);
    if (name === "") this.fail(`input ${i + 1} is missing`);
    return (
      this.state.values.get(name) ??
      this.fail(`it reads '${shown(name)}'`, "a tensor that the graph is given, stores or has computed before")
    );
  }

  value(i: number): Tensor {
    return this.tensor(this.any(i));
  }

  tensor(value: Value): Tensor {
    if (value instanceof Foreign)
      this.fail(`it reads ${value.what}`, "tensors of numbers", "export the part of the model that computes with numbers");
    if (value instanceof Sequence) this.fail("it reads a sequence of tensors", "a tensor");
    return value;
  }

  sequence(i: number): Sequence {
    const value = this.any(i);
    if (value instanceof Sequence) return value;
    if (value instanceof Foreign) this.tensor(value);
    return this.fail("it reads a tensor", "a sequence of tensors");
  }

  shapeOf(value: Tensor): Shape {
    return typeof value === "number" ? this.state.builder.shape(value) : value.shape;
  }

  shape(i: number): Shape {
    return this.shapeOf(this.value(i));
  }

  formatOf(value: Tensor): NumberFormat {
    return typeof value === "number" ? this.state.builder.type(value).format : value.format;
  }

  /** Sizes of an image. */
  image(shape: Shape): readonly [number, number, number, number] {
    if (shape.length !== 4) this.fail(`it takes a tensor of shape ${showShape(shape)}`, "an image [N, C, H, W]");
    return shape as unknown as readonly [number, number, number, number];
  }

  /** The input as a node of the network. Repeated stored numbers become a constant, others a learned tensor. */
  data(i: number): NodeIndex {
    return this.asNode(this.value(i));
  }

  asNode(value: Tensor): NodeIndex {
    if (typeof value === "number") return value;
    const known = this.state.materialised.get(value);
    if (known !== undefined) return known;
    const repeated = value.name.endsWith(".weight") ? undefined : value.uniform();
    const { shape } = value;
    const constant = repeated !== undefined && Number.isFinite(repeated);
    const op: Operator = constant ? { kind: "constant", shape, value: repeated } : { kind: "parameter", shape };
    const kept = this.#added(op, [], value.name, constant ? { weightFormat: value.format } : this.#kept({ weight: value }));
    const index = this.multipliedOut(kept, value);
    this.state.materialised.set(value, index);
    return index;
  }

  /** Numbers of a stored tensor, as floating-point ones where they are kept in integers but are none. */
  multipliedOut(node: NodeIndex, { format, dataType }: StoredTensor): NodeIndex {
    const seen = formatOf(dataType);
    return isInteger(format) && isFloatFormat(seen) ? this.add({ kind: "cast", format: seen }, node) : node;
  }

  /** The input where it is stored. */
  maybeStored(i: number): StoredTensor | undefined {
    const value = this.has(i) ? this.value(i) : undefined;
    return value instanceof StoredTensor ? value : undefined;
  }

  /** Stored inputs from this one on. */
  storedFrom(first: number): readonly StoredTensor[] {
    return Array.from({ length: Math.max(0, this.inputCount - first) }, (_, i) => this.maybeStored(first + i)).filter(
      (one) => one !== undefined,
    );
  }

  /** The input where it is a short list of stored numbers; undefined where it is computed or given. */
  maybeNumbers(i: number, what: string): readonly number[] | undefined {
    const value = this.maybeStored(i);
    return value && this.#listed(value, what);
  }

  #listed(value: StoredTensor, what: string): readonly number[] {
    const values = value.values();
    if (values) return values;
    if (value.missing !== undefined)
      this.fail(
        `its ${what} cannot be read: the numbers lie in the file '${shown(value.missing)}'`,
        "that file beside the model, or numbers stored in the model itself",
        "put the file beside the model, or save the model in one file",
      );
    return this.unreadable(`its ${what} is not known before the model runs`);
  }

  /** Small stored numbers, such as a shape. */
  numbers(i: number, what: string): readonly number[] {
    return this.maybeNumbers(i, what) ?? this.unreadable(`it gets its ${what} from other operators or as an input of the model`);
  }

  /** The number of an optional input of one element. */
  optionalNumber(i: number, what: string): number | undefined {
    return this.has(i) ? this.numbers(i, what)[0] : undefined;
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(counted) || counted < 0 || counted >= rank) this.fail(`axis ${axis} of a tensor with ${rank} axes`);
    return counted;
  }

  /** Axes given as an attribute (older operator sets) or as an input; undefined where they are left out. */
  axes(attribute: string, input: number, rank: number): readonly number[] | undefined {
    const given = this.node.ints(attribute) ?? (this.has(input) ? this.numbers(input, attribute) : undefined);
    const axes = given?.map((axis) => this.axis(axis, rank));
    if (axes && new Set(axes).size !== axes.length) this.fail(`${attribute} are ${showShape(axes)}`, "axes that are all different");
    return axes;
  }

  /** The shape of an output as the file states it, if it states every size. */
  declared(output: number): Shape | undefined {
    return this.shapeOfType(this.declaredType(output));
  }

  declaredType(output: number): TypeProto | undefined {
    return this.state.declared.get(this.node.outputs[output] ?? "");
  }

  shapeOfType(type: TypeProto | undefined): Shape | undefined {
    const dimensions = type?.tensorType?.shape?.dim;
    const sizes = dimensions?.map(({ dimValue = 0, dimParam }) => (dimValue > 0 ? dimValue : (this.state.sizes.get(dimParam ?? "") ?? 0)));
    return sizes?.every((size) => size > 0) ? sizes : undefined;
  }

  /** A graph in an attribute. */
  graph(attribute: string): GraphProto {
    return this.node.graph(attribute) ?? this.fail(`it has no ${attribute}`, "the operators that it runs");
  }

  /** How stored tensors are kept: in which stores and in which format. */
  #kept(weights: Weights): NodeOptions {
    const stored: Partial<Record<ParameterRole, string>> = {};
    let weightFormat: NumberFormat | undefined;
    for (const [role, tensor] of Object.entries(weights) as [ParameterRole, Value | undefined][]) {
      if (!(tensor instanceof StoredTensor)) continue;
      stored[role] = this.state.storeName(tensor.store);
      weightFormat ??= tensor.format;
    }
    return { ...(weightFormat && { weightFormat }), stored };
  }

  /** Adds an operator to the network. */
  add(op: Operator, ...inputs: readonly NodeIndex[]): NodeIndex {
    return this.#added(op, inputs, this.node.label, {});
  }

  /** Adds an operator with stored parameters. @param format of the output, where the operator of integers gives another one than it takes. */
  addWith(op: Operator, inputs: readonly NodeIndex[], weights: Weights, format?: NumberFormat): NodeIndex {
    // Only operators of integers give other formats than they take.
    const [first] = inputs;
    const stated = format && isInteger(format) && first !== undefined && isInteger(this.formatOf(first)) ? { format } : {};
    return this.#added(op, inputs, this.node.label, { ...this.#kept(weights), ...stated });
  }

  /** Adds an operator that networks know only by its shape and cost. */
  opaque(cost: OpaqueCost, ...inputs: readonly NodeIndex[]): NodeIndex {
    const { shape, work, macs = 0, operations = 0, weights = [], name = this.node.type, estimated = false, format } = cost;
    const parameters = weights.reduce((sum, one) => sum + elementCount(one.shape), 0);
    const largest = weights.reduce<StoredTensor | undefined>(
      (best, one) => (best && elementCount(best.shape) >= elementCount(one.shape) ? best : one),
      undefined,
    );
    const plain = name.replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 60) || "operator";
    const op: Operator = { kind: "opaque", name: plain, shape, work, macs, operations, parameters, estimated };
    const kept = weights.length === 1 ? this.#kept({ weight: largest }) : largest && { weightFormat: largest.format };
    // Several tensors of one operator share as one, under all their names.
    const together = weights.length > 1 ? { stored: { weight: this.#jointStore(weights) } } : {};
    return this.#added(op, inputs, this.node.label, { ...kept, ...together, ...(format && { format }) });
  }

  #jointStore(weights: readonly StoredTensor[]): string {
    const key = weights.map(({ store }) => store).join("\u0000");
    return this.#kept({ weight: StoredTensor.unknown(key, [], "float32", 1) }).stored?.weight ?? key;
  }

  /** Says that the cost of a node of the network is a guess. */
  markUnread(index: NodeIndex, why: string): void {
    const { label, type, domain } = this.node;
    this.state.unread.set(index, { node: label, operator: shown(domain === "" ? type : `${domain}.${type}`), why });
    if (this.state.strict) this.fail(why, "operators that are read, or no --strict", "leave out --strict to estimate around it");
  }

  /** A result beside the first one, which has borne the cost. */
  beside(first: NodeIndex, shape: Shape, format?: NumberFormat): NodeIndex {
    return this.opaque({ shape, work: "move", name: `${this.node.type}.more`, ...(format && { format }) }, first);
  }

  #added(op: Operator, inputs: readonly NodeIndex[], name: string, options: NodeOptions): NodeIndex {
    const { state } = this;
    if (--state.budget.nodes < 0) this.fail("the network has too many operators", "fewer than a million");
    const free = freeName(state.names, name);
    try {
      const index = state.builder.add(op, inputs, free, options);
      const { shape } = state.builder.type(index);
      if (!(elementCount(shape) <= largestTensor))
        this.fail(`its result has the shape ${showShape(shape)}`, "a tensor that a computer can hold");
      state.added.push({ op, inputs });
      if (inputs.some((input) => state.guessed.has(input))) state.guessed.add(index);
      return index;
    } catch (error) {
      if (error instanceof ShapeError) this.fail(error.message.replace(`${free} (${op.kind}): `, ""));
      throw error;
    }
  }
}
