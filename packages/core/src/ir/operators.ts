/** The closed set of operators. */
import type { NumberFormat, Shape } from "./format.ts";

/** Height and width. */
export type Pair = readonly [height: number, width: number];
/** Zeros added at each side of an image. */
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

export const activationFunctions = ["relu", "relu6", "hard-swish", "hard-sigmoid", "sigmoid", "swish", "gelu", "tanh"] as const;
export const binaryFunctions = ["add", "sub", "mul", "div", "max", "min"] as const;
export const reduceFunctions = ["mean", "sum", "max"] as const;

/** What an opaque operator's work is like, for what depends on it: fusion, overwriting an input, the rate it is done at. */
export const opaqueWorks = ["elementwise", "move", "convolution", "depthwise", "dense"] as const;

export type ActivationFunction = (typeof activationFunctions)[number];
export type BinaryFunction = (typeof binaryFunctions)[number];
export type OpaqueWork = (typeof opaqueWorks)[number];
export type ReduceFunction = (typeof reduceFunctions)[number];

/**
 * The closed set of operators. Every concern (shape, parameters, cost, text, ONNX, gradient, interpreter) is one table
 * over this union, so that the compiler names every place where a new operator must be added.
 *
 * Images are channels-first, [N, C, H, W]. Parameters belong to the operator and are listed by `parameterRules`.
 */
export type Operator =
  /** What the network is given. */
  | { readonly kind: "input"; readonly shape: Shape }
  /** A tensor of one repeated value; no inputs. */
  | { readonly kind: "constant"; readonly shape: Shape; readonly value: number }
  /** A learned tensor that depends on no input (position embedding, class token). */
  | { readonly kind: "parameter"; readonly shape: Shape }
  /** [N, C, H, W] → [N, outChannels, H', W'], H' = ⌊(H + top + bottom − dilation·(kernel − 1) − 1) / stride⌋ + 1. */
  | {
      readonly kind: "conv2d";
      readonly outChannels: number;
      readonly kernel: Pair;
      readonly stride: Pair;
      readonly dilation: Pair;
      readonly padding: Padding;
      readonly groups: number;
      readonly bias: boolean;
    }
  /** [..., features] → [..., outFeatures]. */
  | { readonly kind: "dense"; readonly outFeatures: number; readonly bias: boolean }
  /** Two inputs [..., m, k] × [..., k, n] → [..., m, n]; leading dimensions broadcast. */
  | { readonly kind: "matmul"; readonly transposeA: boolean; readonly transposeB: boolean }
  /** Two inputs, element by element, broadcast as in NumPy. */
  | { readonly kind: "binary"; readonly fn: BinaryFunction }
  | { readonly kind: "activation"; readonly fn: ActivationFunction }
  /** Two or more inputs that agree in every dimension but `axis`. */
  | { readonly kind: "concat"; readonly axis: number }
  /** Average pooling divides by the window's full size if `countPadding`, else by what lies inside the image. */
  | {
      readonly kind: "pool2d";
      readonly mode: "max" | "average";
      readonly kernel: Pair;
      readonly stride: Pair;
      readonly padding: Padding;
      readonly countPadding: boolean;
    }
  /** Reduction over `axes`; they stay with size 1 if `keepDims`. Over [2, 3] it is global pooling. */
  | { readonly kind: "reduce"; readonly fn: ReduceFunction; readonly axes: readonly number[]; readonly keepDims: boolean }
  /** Over N, H, W for each channel (axis 1): learned scale and shift, running mean and variance. */
  | { readonly kind: "batchNorm"; readonly epsilon: number }
  /** Over the last axis: learned scale and shift. */
  | { readonly kind: "layerNorm"; readonly epsilon: number }
  /** Over the last axis: divides by the root mean square; learned scale (Zhang and Sennrich 2019). */
  | { readonly kind: "rmsNorm"; readonly epsilon: number }
  /** Over H, W and the channels of a group: learned scale and shift for each channel (Wu and He 2018). */
  | { readonly kind: "groupNorm"; readonly groups: number; readonly epsilon: number }
  | { readonly kind: "softmax"; readonly axis: number }
  /** Whole numbers [...] → [..., features], rows of a learned [vocabulary, features] table. */
  | { readonly kind: "embedding"; readonly vocabulary: number; readonly features: number }
  /** Same elements, other shape. One dimension may be −1. */
  | { readonly kind: "reshape"; readonly shape: Shape }
  /** Dimension i of the output is dimension `permutation[i]` of the input. */
  | { readonly kind: "transpose"; readonly permutation: readonly number[] }
  /** From `starts` up to, not including, `ends`, along `axes`. */
  | { readonly kind: "slice"; readonly axes: readonly number[]; readonly starts: readonly number[]; readonly ends: readonly number[] }
  /** Same numbers in another format. */
  | { readonly kind: "cast"; readonly format: NumberFormat }
  /** [N, C, H, W] with `value` put around each image; cuts nothing off. */
  | { readonly kind: "pad"; readonly padding: Padding; readonly value: number }
  /**
   * An operator of which only the result's shape and the cost are known (resize, gather, LSTM, 3-D convolution, …): networks
   * that were read from files have them. Cannot be trained, exported or interpreted.
   */
  | {
      readonly kind: "opaque";
      /** What it is called where it came from: letters, digits, `_`, `.`, `-`. */
      readonly name: string;
      /** The output's. */
      readonly shape: Shape;
      /** `elementwise` reads each element once before it writes the one in its place; `move` copies elements and computes little. */
      readonly work: OpaqueWork;
      /** Multiply-accumulates of one execution. */
      readonly macs: number;
      /** Operations of one execution beside the multiply-accumulates. */
      readonly operations: number;
      /** Numbers stored for it. */
      readonly parameters: number;
      /** Whether the cost is a guess, because whoever read the operator does not know it. */
      readonly estimated: boolean;
    };

export type OperatorKind = Operator["kind"];
export type OperatorOf<K extends OperatorKind> = Extract<Operator, { readonly kind: K }>;
