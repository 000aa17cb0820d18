/** The networks of HELP, and the shapes of their weights. */
import type { Rng } from "@archwright/core/base";

/** Sizes of the networks. */
export interface HelpSizes {
  /** Length of an architecture's encoding. */
  readonly inputs: number;
  /** Width of the first hidden layers; behind the place where architecture and device meet it is twice that. */
  readonly hidden: number;
  /** Reference networks: length of a hardware embedding. */
  readonly references: number;
}

const encoderWidth = 10;
/** Layers whose weights the hardware embedding modulates: the third to the fifth. */
const modulatedLayers = 3;
const initialRate = 0.01;

/** Names and shapes of the regressor's weights, all with two axes; [in, out]. */
export function regressorShapes({ inputs, hidden, references }: HelpSizes): readonly (readonly [string, number, number])[] {
  const joint = 2 * hidden;
  return [
    ["w1", inputs, hidden],
    ["b1", 1, hidden],
    ["w2", hidden, hidden],
    ["b2", 1, hidden],
    ["h1", references, hidden],
    ["c1", 1, hidden],
    ["h2", hidden, hidden],
    ["c2", 1, hidden],
    // Upper and lower half of one matrix, for what comes of the architecture and of the device.
    ["w3", hidden, joint],
    ["h3", hidden, joint],
    ["b3", 1, joint],
    ["w4", joint, joint],
    ["b4", 1, joint],
    ["w5", joint, 1],
    ["b5", 1, 1],
  ];
}

/** The encoder gives means, then spreads: for the inputs of each modulated layer, then one for each of their biases. */
export function encoderShapes({ hidden, references }: HelpSizes): readonly (readonly [string, number, number])[] {
  const stats = 2 * modulatedLayers * (2 * hidden + 1);
  return [
    ["e1", references, encoderWidth],
    ["f1", 1, encoderWidth],
    ["e2", encoderWidth, stats],
    ["f2", 1, stats],
  ];
}

/** All that is meta-learned, in a fixed order: the regressor's weights, a learning rate for each of them, and the encoder. */
export function allShapes(sizes: HelpSizes): readonly (readonly [string, number, number])[] {
  const regressor = regressorShapes(sizes);
  return [...regressor, ...regressor.map(([name, rows, columns]) => [`rate ${name}`, rows, columns] as const), ...encoderShapes(sizes)];
}

/** Uniform within ± 1 / √(inputs of the layer), as the release has it from PyTorch. */
export function initialValues(sizes: HelpSizes, rng: Rng): readonly Float32Array[] {
  let inputs = 1;
  return allShapes(sizes).map(([name, rows, columns]) => {
    if (name.startsWith("rate")) return new Float32Array(rows * columns).fill(initialRate);
    // A bias follows its matrix, and has the same bound.
    if (rows > 1) inputs = name === "w3" || name === "h3" ? 2 * rows : rows;
    const bound = 1 / Math.sqrt(inputs);
    const values = rng.fork(name);
    return Float32Array.from({ length: rows * columns }, () => bound * (2 * values.next() - 1));
  });
}
