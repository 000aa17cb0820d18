/** A node of an ONNX graph. */
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "../../proto.ts";
import { shortest } from "../values/numbers.ts";

const text = new TextDecoder();

const longest = 120;

/** A name of the file as messages show it: control characters replaced, cut where it is long. */
export function shown(name: string): string {
  const plain = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}

/** Tensors of a graph around it that a graph reads. */
function outerNames({ node = [], initializer = [], input = [], output = [] }: GraphProto): Iterable<string> {
  const own = new Set([...initializer, ...input].map(({ name = "" }) => name));
  for (const one of node) for (const name of one.output ?? []) own.add(name);
  const read = new Set(output.map(({ name }) => name));
  for (const one of node) for (const name of new OnnxNode(one).reads) read.add(name);
  return [...read].filter((name) => !own.has(name));
}

/** A node of an ONNX graph, its attributes by name. */
export class OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What messages call it. */
  readonly label: string;
  /** Version of ONNX's own operators, where it is not the model's. */
  readonly opset: number | undefined;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(node: Partial<NodeProto>, opset?: number) {
    const { opType = "", domain = "", overload = "", input = [], output = [], name, attribute = [] } = node;
    this.type = opType;
    this.domain = domain === "ai.onnx" ? "" : domain;
    this.overload = overload;
    this.inputs = input;
    this.outputs = output;
    this.label = shown(name || output[0] || opType);
    this.opset = opset;
    this.#attributes = new Map(attribute.map((one) => [one.name, one]));
  }

  /** Every tensor that it reads: its inputs, and what the graphs in its attributes read of the graph around them. */
  get reads(): readonly string[] {
    const graphs = [...this.#attributes.values()].flatMap(({ g }) => (g ? [g] : []));
    return [...this.inputs, ...graphs.flatMap((graph) => [...outerNames(graph)])].filter((name) => name !== "");
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

  strings(name: string): readonly string[] | undefined {
    return this.#attributes.get(name)?.strings?.map((one) => text.decode(one));
  }

  text(name: string, fallback: string): string {
    const found = this.#attributes.get(name)?.s;
    return found ? text.decode(found) : fallback;
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attributes.get(name)?.t;
  }

  graph(name: string): GraphProto | undefined {
    return this.#attributes.get(name)?.g;
  }
}
