/** What a network is. */
import type { NumberFormat, TensorType } from "./format.ts";
import type { Operator } from "./operators.ts";

/** Position of a node in `Network.nodes`; stands for the one tensor that this node produces. */
export type NodeIndex = number;

/**
 * What a parameter is for. `weight` is multiplied with inputs; `bias` and `shift` are added; `scale` multiplies
 * a normalised value; `mean` and `variance` are running statistics, which are kept but not learned by gradient.
 */
export const parameterRoles = ["weight", "bias", "scale", "shift", "mean", "variance"] as const;
export type ParameterRole = (typeof parameterRoles)[number];

/** One operator with its inputs. Every node produces exactly one tensor. */
export interface Node {
  /** Unique in the network: letters, digits, `_`, `.`, `/`, `-`. Weights are stored under it. */
  readonly name: string;
  readonly op: Operator;
  /** Earlier nodes. */
  readonly inputs: readonly NodeIndex[];
  /**
   * What the node produces; inferred by the builder and checked by `verifyNetwork`. Operators of integers may give another
   * integer format than they take, and opaque ones any.
   */
  readonly output: TensorType;
  /** Format in which the node's parameters are kept, where it has any. Biases of integer weights are int32. */
  readonly weightFormat: NumberFormat;
  /**
   * Parameters that lie in a store which other nodes may use as well (siamese towers, shared heads, tied embeddings): the
   * store's name by role. What lies in one store exists once; the shapes under which nodes see it may differ, as where one
   * transposes it.
   */
  readonly stored?: Readonly<Partial<Record<ParameterRole, string>>>;
}

/**
 * A typed operator graph in static single assignment: immutable, in topological order, printable, hashable, verifiable.
 * What an architecture stands for.
 */
export interface Network {
  readonly nodes: readonly Node[];
  readonly outputs: readonly NodeIndex[];
}
