/** Builds networks node by node. */
import { item } from "../base/matrix.ts";
import type { NumberFormat, Shape, TensorType } from "./format.ts";
import type { Network, Node, NodeIndex } from "./network.ts";
import type { ActivationFunction, BinaryFunction, Operator, OperatorOf, Padding, Pair } from "./operators.ts";
import { inferType, ShapeError } from "./shapes.ts";

/** A number for both directions, or one for each. */
export type PairLike = number | Pair;

const pair = (value: PairLike): Pair => (typeof value === "number" ? [value, value] : value);
const paddingOf = (value: PairLike | Padding): Padding => {
  if (typeof value === "number") return [value, value, value, value];
  return value.length === 2 ? [value[0], value[1], value[0], value[1]] : value;
};

/** What a convolution may leave unsaid: stride, dilation and groups 1, no bias, padding that keeps the size at stride 1. */
export interface ConvOptions {
  readonly stride?: PairLike;
  readonly dilation?: PairLike;
  readonly padding?: PairLike | Padding;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly name?: string;
}

/** What a node may state beside its operator and inputs. */
export interface NodeOptions {
  /** The output's number format; by default that of `inferType`. */
  readonly format?: NumberFormat;
  /** By default the builder's. */
  readonly weightFormat?: NumberFormat;
  /** See `Node.stored`. */
  readonly stored?: NonNullable<Node["stored"]>;
}

/**
 * Builds a network node by node; each method adds one operator, infers its type and returns its index.
 * Nodes without a name are called after their operator and position (`conv2d_3`).
 * @throws ShapeError naming the node, where an operator cannot take its inputs.
 */
export class NetworkBuilder {
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();
  readonly #format: NumberFormat;

  /** @param format the format of inputs, constants and weights. */
  constructor(format: NumberFormat = "float32") {
    this.#format = format;
  }

  /** Adds any operator. */
  add(op: Operator, inputs: readonly NodeIndex[], name = `${op.kind}_${this.#nodes.length}`, options: NodeOptions = {}): NodeIndex {
    if (this.#names.has(name)) throw new ShapeError(`${name}: two nodes have this name`);
    const types = inputs.map((index) => {
      const node = this.#nodes[index];
      if (!node) throw new ShapeError(`${name}: input ${index} is not an earlier node`);
      return node.output;
    });
    try {
      const { weightFormat = this.#format, stored } = options;
      const inferred = inferType(op, types, weightFormat);
      const output = { shape: inferred.shape, format: options.format ?? inferred.format };
      this.#nodes.push({ name, op, inputs, output, weightFormat, ...(stored ? { stored } : {}) });
    } catch (error) {
      if (error instanceof ShapeError) throw new ShapeError(`${name} (${op.kind}): ${error.message}`);
      throw error;
    }
    this.#names.add(name);
    return this.#nodes.length - 1;
  }

  /** What a node produces. */
  type(index: NodeIndex): TensorType {
    const node = this.#nodes[index];
    if (!node) throw new RangeError(`node ${index} does not exist`);
    return node.output;
  }

  /** The shape that a node produces. */
  shape(index: NodeIndex): Shape {
    return this.type(index).shape;
  }

  input(shape: Shape, name = "input"): NodeIndex {
    return this.add({ kind: "input", shape }, [], name);
  }

  constant(shape: Shape, value: number): NodeIndex {
    return this.add({ kind: "constant", shape, value }, []);
  }

  conv2d(x: NodeIndex, outChannels: number, kernel: PairLike, options: ConvOptions = {}): NodeIndex {
    const [kh, kw] = pair(kernel);
    const dilation = pair(options.dilation ?? 1);
    const padding = options.padding ?? ([Math.floor((dilation[0] * (kh - 1)) / 2), Math.floor((dilation[1] * (kw - 1)) / 2)] as Pair);
    const op: OperatorOf<"conv2d"> = {
      kind: "conv2d",
      outChannels,
      kernel: [kh, kw],
      stride: pair(options.stride ?? 1),
      dilation,
      padding: paddingOf(padding),
      groups: options.groups ?? 1,
      bias: options.bias ?? false,
    };
    return this.add(op, [x], options.name);
  }

  /** A convolution of each channel by itself. */
  depthwise(x: NodeIndex, kernel: PairLike, options: Omit<ConvOptions, "groups"> = {}): NodeIndex {
    const channels = item(this.shape(x), 1);
    return this.conv2d(x, channels, kernel, { ...options, groups: channels });
  }

  dense(x: NodeIndex, outFeatures: number, options: { readonly bias?: boolean; readonly name?: string } = {}): NodeIndex {
    return this.add({ kind: "dense", outFeatures, bias: options.bias ?? true }, [x], options.name);
  }

  batchNorm(x: NodeIndex, epsilon = 1e-5): NodeIndex {
    return this.add({ kind: "batchNorm", epsilon }, [x]);
  }

  activation(x: NodeIndex, fn: ActivationFunction): NodeIndex {
    return this.add({ kind: "activation", fn }, [x]);
  }

  binary(fn: BinaryFunction, a: NodeIndex, b: NodeIndex): NodeIndex {
    return this.add({ kind: "binary", fn }, [a, b]);
  }

  concat(inputs: readonly NodeIndex[], axis = 1): NodeIndex {
    return this.add({ kind: "concat", axis }, inputs);
  }

  pool2d(
    mode: "max" | "average",
    x: NodeIndex,
    kernel: PairLike,
    options: { readonly stride?: PairLike; readonly padding?: PairLike | Padding; readonly countPadding?: boolean } = {},
  ): NodeIndex {
    const op: OperatorOf<"pool2d"> = {
      kind: "pool2d",
      mode,
      kernel: pair(kernel),
      stride: pair(options.stride ?? kernel),
      padding: paddingOf(options.padding ?? 0),
      countPadding: options.countPadding ?? false,
    };
    return this.add(op, [x]);
  }

  /** [N, C, H, W] → [N, C], or [N, C, 1, 1] with `keepDims`. */
  globalAveragePool(x: NodeIndex, keepDims = false): NodeIndex {
    return this.add({ kind: "reduce", fn: "mean", axes: [2, 3], keepDims }, [x]);
  }

  /** The finished network. */
  build(...outputs: NodeIndex[]): Network {
    return { nodes: [...this.#nodes], outputs };
  }
}
