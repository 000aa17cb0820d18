/** What patterns ask of the nodes before one. */
import type { OnnxNode } from "../graph/onnxNode.ts";
import type { NodeReader } from "../values/nodeReader.ts";
import type { GraphState, Value } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";

/** A node that is read as one operator with nodes before it; those have no reader then, unless others read them as well. */
export interface Fusion {
  /** What the operator is applied to. */
  readonly inputs: readonly string[];
  read(c: NodeReader): Value;
}

export type Pattern = (p: LookBack, node: OnnxNode) => Fusion | undefined;

/** Looks at the graph behind a node. */
export class LookBack {
  readonly #state: GraphState;

  constructor(state: GraphState) {
    this.#state = state;
  }

  /** The node that makes a tensor, if it is of this type. */
  made(name: string | undefined, ...types: readonly string[]): OnnxNode | undefined {
    const node = this.#state.producers.get(name ?? "");
    return node && types.includes(node.type) && node.domain === "" ? node : undefined;
  }

  /** Whether one node alone reads a tensor. */
  alone(name: string): boolean {
    return this.#state.readers.get(name) === 1;
  }

  stored(name: string | undefined): StoredTensor | undefined {
    const value = this.#state.values.get(name ?? "");
    return value instanceof StoredTensor ? value : undefined;
  }

  /** The axes of a tensor; 0 where it is none. */
  rank(name: string): number {
    const value = this.#state.values.get(name);
    if (typeof value === "number") return this.#state.builder.shape(value).length;
    return value instanceof StoredTensor ? value.shape.length : 0;
  }

  number(name: string | undefined): number | undefined {
    const values = this.stored(name)?.values();
    return values?.length === 1 ? values[0] : undefined;
  }

  /** Of a node with two inputs, one of which satisfies `is`: the other, and what `is` gave. */
  pick<T>(node: OnnxNode | undefined, is: (name: string) => T | undefined): readonly [other: string, found: T] | undefined {
    const [a, b] = node?.inputs ?? [];
    if (a === undefined || b === undefined) return undefined;
    const second = is(b);
    if (second !== undefined) return [a, second];
    const first = is(a);
    return first === undefined ? undefined : [b, first];
  }
}

/** Whether a number that a file rounded is this one. */
export const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 1e-3 * Math.abs(b);
