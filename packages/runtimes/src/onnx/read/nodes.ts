/** What the rules for reading ONNX nodes work with. */
import { InputError } from "@archwright/core/base";
import { type NetworkBuilder, type NodeIndex, type Operator, type Padding, type Shape, ShapeError } from "@archwright/core/ir";
import type { AttributeProto, NodeProto, TensorProto } from "../proto.ts";
import { type StoredTensor, shortest } from "./tensors.ts";

const text = new TextDecoder();

/** A node of an ONNX graph, its attributes by name. */
export class OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What messages call it. */
  readonly label: string;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor({ opType = "", domain = "", input = [], output = [], name, attribute = [] }: Partial<NodeProto>) {
    this.type = opType;
    this.domain = domain === "ai.onnx" ? "" : domain;
    this.inputs = input;
    this.outputs = output;
    this.label = name || output[0] || opType;
    this.#attributes = new Map(attribute.map((one) => [one.name, one]));
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  // An attribute that is there without its number was written by somebody who leaves out zeros.
  int(name: string, fallback: number): number {
    const found = this.#attributes.get(name);
    return found ? (found.i ?? 0) : fallback;
  }

  float(name: string, fallback: number): number {
    const found = this.#attributes.get(name);
    return found ? shortest(found.f ?? 0) : fallback;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.floats;
  }

  text(name: string, fallback: string): string {
    const found = this.#attributes.get(name)?.s;
    return found ? text.decode(found) : fallback;
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attributes.get(name)?.t;
  }
}

/** What a tensor of the ONNX graph has become: what a node of the network produces, or stored numbers. */
export type Value = NodeIndex | StoredTensor;

/** An image with zeros around it that a convolution or pooling may take in; for other readers they are joined on. */
export interface Padded {
  readonly x: NodeIndex;
  readonly padding: Padding;
  join(): NodeIndex;
}

/** What is known while a graph is read. */
export interface GraphState {
  readonly file: string;
  /** Version of ONNX's own operators. */
  readonly opset: number;
  readonly builder: NetworkBuilder;
  readonly values: Map<string, Value>;
  readonly padded: Map<string, Padded>;
  /** Nodes that stored tensors were made into. */
  readonly materialised: Map<StoredTensor, NodeIndex>;
  readonly names: Set<string>;
}

/** A name that the network takes and does not have yet. */
export function freeName(state: GraphState, wanted: string): string {
  const base = wanted.replace(/[^A-Za-z0-9_./-]+/g, "_").replace(/^\/+/, "") || "node";
  let name = base;
  for (let i = 2; state.names.has(name); i++) name = `${base}_${i}`;
  state.names.add(name);
  return name;
}

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

  /** @param advice what to do about it: a sentence. */
  fail(problem: string, expected?: string, advice?: string): never {
    const { label, type } = this.node;
    throw new InputError(`node '${label}' (${type}): ${problem}`, { place: { file: this.state.file }, expected, advice });
  }

  has(i: number): boolean {
    return (this.#inputs[i] ?? "") !== "";
  }

  value(i: number): Value {
    const name = this.#inputs[i] ?? "";
    if (name === "") this.fail(`input ${i + 1} is missing`);
    const { values, padded } = this.state;
    const value = values.get(name) ?? padded.get(name)?.join();
    if (value !== undefined) values.set(name, value);
    if (value === undefined) this.fail(`it reads '${name}'`, "a tensor that the graph is given, stores or has computed before");
    return value;
  }

  shapeOf(value: Value): Shape {
    return typeof value === "number" ? this.state.builder.shape(value) : value.shape;
  }

  shape(i: number): Shape {
    return this.shapeOf(this.value(i));
  }

  /** The image that a convolution or pooling takes, and the zeros that a Pad has put around it. */
  paddedImage(): { readonly x: NodeIndex; readonly before: Padding; readonly shape: readonly [number, number, number, number] } {
    const padded = this.state.padded.get(this.#inputs[0] ?? "");
    const x = padded?.x ?? this.data(0);
    return { x, before: padded?.padding ?? [0, 0, 0, 0], shape: this.#image(this.shapeOf(x)) };
  }

  #image(shape: Shape): readonly [number, number, number, number] {
    if (shape.length !== 4) this.fail(`it takes a tensor of shape [${shape.join(", ")}]`, "an image [N, C, H, W]");
    return shape as unknown as readonly [number, number, number, number];
  }

  /** The input as a node of the network. Repeated stored numbers become a constant, others a learned tensor. */
  data(i: number): NodeIndex {
    return this.asNode(this.value(i));
  }

  asNode(value: Value): NodeIndex {
    if (typeof value === "number") return value;
    const known = this.state.materialised.get(value);
    if (known !== undefined) return known;
    const repeated = value.name.endsWith(".weight") ? undefined : value.uniform();
    const { shape } = value;
    const op: Operator = repeated === undefined ? { kind: "parameter", shape } : { kind: "constant", shape, value: repeated };
    const index = this.#added(op, [], value.name);
    this.state.materialised.set(value, index);
    return index;
  }

  stored(i: number, what: string): StoredTensor {
    const value = this.value(i);
    if (typeof value === "number") {
      this.fail(
        `it gets its ${what} from other operators`,
        "numbers stored in the file",
        "export the model with constant folding, and without weight normalisation or quantisation",
      );
    }
    return value;
  }

  /** Small stored numbers, such as a shape. */
  numbers(i: number, what: string): readonly number[] {
    const values = this.stored(i, what).values();
    if (!values) this.fail(`its ${what} cannot be read`, "a short list of numbers stored in the file itself");
    return values;
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
    return given?.map((axis) => this.axis(axis, rank));
  }

  /** Adds an operator to the network. */
  add(op: Operator, ...inputs: readonly NodeIndex[]): NodeIndex {
    return this.#added(op, inputs, this.node.label);
  }

  #added(op: Operator, inputs: readonly NodeIndex[], name: string): NodeIndex {
    const free = freeName(this.state, name);
    try {
      return this.state.builder.add(op, inputs, free);
    } catch (error) {
      if (error instanceof ShapeError) this.fail(error.message.replace(`${free} (${op.kind}): `, ""));
      throw error;
    }
  }
}
