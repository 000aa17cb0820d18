/** What is known while a graph is read. */
import type { NetworkBuilder, NodeIndex, NumberFormat, Operator } from "@archwright/core/ir";
import type { UnreadOperator } from "../../../models/types.ts";
import type { GraphProto, TypeProto } from "../../proto.ts";
import type { OnnxNode } from "../graph/onnxNode.ts";
import type { ExternalFiles, StoredTensor } from "./tensors.ts";

/** A tensor: what a node of the network produces, or stored numbers. */
export type Tensor = NodeIndex | StoredTensor;

/** Tensors in a row, whose number is known; an optional is a row of one or none. */
export class Sequence {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** What networks cannot hold: text, maps, sequences of unknown length. */
export class Foreign {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/** What a name of the ONNX graph has become. */
export type Value = Tensor | Sequence | Foreign;

/** The names that a graph can read: its own, and those of the graph around it. */
export class Scope {
  readonly #own = new Map<string, Value>();
  readonly #outer: ((name: string) => Value | undefined) | undefined;

  constructor(outer?: (name: string) => Value | undefined) {
    this.#outer = outer;
  }

  get(name: string): Value | undefined {
    return this.#own.get(name) ?? this.#outer?.(name);
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }
}

/** A node of the network as it was added. */
export interface Added {
  readonly op: Operator;
  readonly inputs: readonly NodeIndex[];
}

/** Zeros or another number around a tensor: for each axis how many before and behind. */
export interface Surround {
  readonly x: NodeIndex;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly value: number;
}

/** The part of the state that every graph of a model shares. */
export interface ModelState {
  readonly file: string;
  readonly strict: boolean;
  /** Versions of ONNX's own operators. */
  readonly opset: number;
  /** The format of what has none of its own. */
  readonly format: NumberFormat;
  /** Sizes that the user gave to dimensions left open. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly files: ExternalFiles;
  readonly notes: Set<string>;
  /** Numbers that folding may still produce. */
  readonly budget: { numbers: number; nodes: number };
  /** What the network calls the store of a stored tensor. */
  readonly storeName: (tensor: string) => string;
  /** Nodes of a graph, functions written out. */
  readonly expand: (graph: GraphProto) => readonly OnnxNode[];
}

/** Reads a graph inside another one, or a node with other values. */
export interface GraphState extends ModelState {
  readonly builder: NetworkBuilder;
  readonly values: Scope;
  /** By node. */
  readonly added: Added[];
  readonly surrounds: Map<NodeIndex, Surround>;
  /** Nodes whose shape is a guess, or follows from one. */
  readonly guessed: Set<NodeIndex>;
  readonly unread: Map<NodeIndex, UnreadOperator>;
  /** Nodes that stored tensors were made into. */
  readonly materialised: Map<StoredTensor, NodeIndex>;
  readonly names: Names;
  /** What the file says of tensors. */
  readonly declared: ReadonlyMap<string, TypeProto>;
  /** The nodes that make and that read tensors of this graph. */
  readonly producers: Map<string, OnnxNode>;
  readonly readers: Map<string, number>;
  /** How many graphs are around this one. */
  readonly depth: number;
  readonly readGraph: (state: GraphState, graph: GraphProto, inputs: readonly Value[]) => readonly Value[];
}

/** Names that are taken, and from which number on the next one of a kind is looked for. */
export type Names = Map<string, number>;

/** A name that the network takes and does not have yet. */
export function freeName(names: Names, wanted: string): string {
  const plain = wanted.replace(/[^A-Za-z0-9_./-]+/g, "_").replace(/^\/+/, "");
  const base = plain.slice(0, 200) || "node";
  let name = base;
  let next = names.get(base) ?? 1;
  while (names.has(name)) name = `${base}_${++next}`;
  names.set(base, next);
  names.set(name, names.get(name) ?? 1);
  return name;
}
