/** What reading a model from a file gives, and what may be asked of it. */
import type { Network } from "@archwright/core/ir";

/** An operator that the reader does not know: its cost is a guess, and its result's shape may be one. */
export interface UnreadOperator {
  /** What the file calls the node. */
  readonly node: string;
  readonly operator: string;
  readonly why: string;
}

/** A model as it was read. */
export interface ReadModel {
  readonly network: Network;
  /** Operators that were estimated around; empty where everything was read. */
  readonly unread: readonly UnreadOperator[];
  /** What the user should know of the reading, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Sizes of inputs that the model leaves open: `1x3x224x224` is `{ shape: [1, 3, 224, 224] }`, for the first input;
 * `height=224` is `{ named: { height: 224 } }`. Both may stand together.
 */
export interface InputSizes {
  readonly shape?: readonly number[];
  readonly named?: Readonly<Record<string, number>>;
}

export interface ReadOptions {
  readonly input?: InputSizes;
  /** Refuses operators that cannot be read, instead of estimating around them. Default false. */
  readonly strict?: boolean;
  /** The bytes of a file that the model names, relative to it: numbers that lie outside of it. Weights' numbers are not asked for. */
  readonly external?: (name: string) => Uint8Array | undefined;
}

/** One row of the table of model formats. */
export interface ModelFormat {
  readonly name: string;
  /** What the names of such files end with. */
  readonly ending: RegExp;
  /** Whether the bytes begin as such a file does. */
  looksLike(bytes: Uint8Array): boolean;
  /** @throws InputError with the file, and the node and operator at fault. */
  read(bytes: Uint8Array, file: string, options: ReadOptions): ReadModel;
  /** The operators that are read, as the format calls them. */
  readonly operators: readonly string[];
}
