/** What a network is. */
import type { NumberFormat, TensorType } from "./format.ts";
import type { Operator } from "./operators.ts";

/** Position of a node in `Network.nodes`; stands for the one tensor that this node produces. */
export type NodeIndex = number;

/** One operator with its inputs. Every node produces exactly one tensor. */
export interface Node {
  /** Unique in the network: letters, digits, `_`, `.`, `/`, `-`. Weights are stored under it. */
  readonly name: string;
  readonly op: Operator;
  /** Earlier nodes. */
  readonly inputs: readonly NodeIndex[];
  /** What the node produces; inferred by the builder and checked by `verifyNetwork`. */
  readonly output: TensorType;
  /** Format in which the node's parameters are kept, where it has any. Biases of integer weights are int32. */
  readonly weightFormat: NumberFormat;
}

/**
 * A typed operator graph in static single assignment: immutable, in topological order, printable, hashable, verifiable.
 * What an architecture stands for.
 */
export interface Network {
  readonly nodes: readonly Node[];
  readonly outputs: readonly NodeIndex[];
}
