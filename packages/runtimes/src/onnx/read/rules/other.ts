/** Reads operators of signal processing, losses and optimisers, and of classical models. */
import { elementCount } from "@archwright/core/ir";
import { moved } from "./moving/movement.ts";
import { each, nodesOf, type ReadRule, type ReadRules, shapeOr } from "./rule.ts";

/** A fast Fourier transform of n numbers takes about 5 n log₂ n operations. */
const fourier = (count: number, n: number) => count * 5 * n * Math.max(1, Math.ceil(Math.log2(n)));

const transform: ReadRule = (c) => {
  const input = c.shape(0);
  const given = c.opset >= 20 ? (c.has(2) ? c.maybeNumbers(2, "axis")?.[0] : -2) : c.node.int("axis", 1);
  const computed = c.declared(0);
  if (given === undefined && !computed) return c.unreadable("along which axis it works is not known before the model runs");
  // Any axis costs about as much.
  const axis = c.axis(given ?? 1, input.length);
  const inverse = c.node.int("inverse", 0) !== 0;
  const oneSided = c.node.int("onesided", 0) !== 0;
  const shape = shapeOr(c, () => {
    if (given === undefined && computed) return computed;
    const length = c.has(1) ? (c.numbers(1, "length")[0] ?? 1) : (input[axis] ?? 1);
    const count = oneSided && !inverse ? Math.floor(length / 2) + 1 : length;
    return input.map((size, i) => (i === axis ? count : i === input.length - 1 ? (oneSided && inverse ? 1 : 2) : size));
  });
  const n = Math.max(input[axis] ?? 1, shape[axis] ?? 1);
  return c.opaque({ shape, work: "move", operations: fourier(elementCount(shape) / n, n) }, c.data(0));
};

/** Transforms of windows of a signal [batch, length, 1 or 2]. */
const shortTransforms: ReadRule = (c) => {
  const [batch = 1, length = 1] = c.shape(0);
  const size = c.has(3) ? (c.maybeNumbers(3, "frame length")?.[0] ?? length) : c.has(2) ? (c.shape(2)[0] ?? 1) : length;
  const shape = shapeOr(c, () => {
    const step = c.numbers(1, "frame step")[0] ?? 1;
    const bins = c.node.int("onesided", 1) !== 0 ? Math.floor(size / 2) + 1 : size;
    return [batch, Math.floor((length - size) / step) + 1, bins, 2];
  });
  return c.opaque({ shape, work: "move", operations: fourier(batch * (shape[1] ?? 1), size) }, ...nodesOf(c, 0, 2));
};

/** A window's numbers: a cosine or two for each. */
const window: ReadRule = (c) => {
  const shape = shapeOr(c, () => [c.numbers(0, "size")[0] ?? 1]);
  return c.opaque({ shape, work: "move", operations: 6 * elementCount(shape) }, ...nodesOf(c, 0));
};

const melWeights: ReadRule = (c) => {
  const shape = shapeOr(c, () => [Math.floor((c.numbers(1, "length")[0] ?? 1) / 2) + 1, c.numbers(0, "bins")[0] ?? 1]);
  return c.opaque({ shape, work: "move", operations: 4 * elementCount(shape) });
};

/** A loss: one number, or one for each target. */
const loss =
  (operations: number): ReadRule =>
  (c) => {
    const scores = c.shape(0);
    const shape = c.node.text("reduction", "mean") === "none" ? c.shape(1) : [];
    const inputs = nodesOf(c, 0, 1, 2);
    const y = c.opaque({ shape, work: "move", operations: operations * elementCount(scores) + 2 * elementCount(c.shape(1)) }, ...inputs);
    return [y, c.beside(y, scores)];
  };

/** Occurrences of runs of tokens, counted. */
const termCounts: ReadRule = (c) => {
  const input = c.shape(0);
  const terms = 1 + Math.max(0, ...(c.node.ints("ngram_indexes") ?? []));
  const longest = c.node.int("max_gram_length", 1) * (c.node.int("max_skip_count", 0) + 1);
  return c.opaque({ shape: [...input.slice(0, -1), terms], work: "move", operations: longest * elementCount(input) }, c.data(0));
};

/** One step of an optimiser for several tensors: R, T, then for each its value, its gradient and its state. */
const optimiser =
  (states: number, operations: number): ReadRule =>
  (c) => {
    const tensors = Math.floor((c.inputCount - 2) / (2 + states));
    // Values first, then the states, each in the order of the tensors.
    const results = Array.from({ length: tensors * (1 + states) }, (_, i) => (i < tensors ? i : i + tensors));
    return results.map((i) => {
      const shape = c.shape(2 + i);
      const own = i % tensors;
      const inputs = Array.from({ length: 2 + states }, (_, k) => 2 + own + k * tensors);
      return c.opaque(
        { shape, work: "elementwise", operations: (operations * elementCount(shape)) / (1 + states) },
        ...nodesOf(c, ...inputs),
      );
    });
  };

export const otherRules: ReadRules = {
  DFT: transform,
  STFT: shortTransforms,
  HannWindow: window,
  HammingWindow: window,
  BlackmanWindow: window,
  MelWeightMatrix: melWeights,
  NegativeLogLikelihoodLoss: loss(1),
  SoftmaxCrossEntropyLoss: loss(6),
  TfIdfVectorizer: termCounts,
};

/** Of the domain ai.onnx.ml. */
export const classicalRules: ReadRules = {
  Binarizer: each(1),
  Scaler: each(2),
  Imputer: each(1),
  Normalizer: (c) => c.opaque({ shape: c.shape(0), work: "move", operations: 3 * elementCount(c.shape(0)) }, c.data(0)),
  ArrayFeatureExtractor: (c) => moved(c, [...c.shape(0).slice(0, -1), elementCount(c.shape(1))], nodesOf(c, 0, 1)),
  LinearRegressor: (c) => {
    const weights = c.node.floats("coefficients")?.length ?? 1;
    const [batch = 1] = c.shape(0);
    return c.opaque({ shape: [batch, c.node.int("targets", 1)], work: "dense", macs: batch * weights }, c.data(0));
  },
};

/** Of the domain ai.onnx.preview.training. */
export const trainingRules: ReadRules = { Momentum: optimiser(1, 5), Adagrad: optimiser(1, 7), Adam: optimiser(2, 14) };
