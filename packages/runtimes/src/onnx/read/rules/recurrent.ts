/** Reads recurrent layers. */
import { elementCount, isInteger } from "@archwright/core/ir";
import { StoredTensor } from "../values/tensors.ts";
import type { ReadRule, ReadRules } from "./rule.ts";

/** Gates, and operations for each hidden unit and step beside the matrix products: biases, activations, how the gates act. */
interface Cell {
  readonly gates: number;
  readonly operations: number;
}

const cells = {
  RNN: { gates: 1, operations: 3 },
  // Three gates of two biases each, two sigmoids, a tanh, the mix of old and new state.
  GRU: { gates: 3, operations: 19 },
  // Four gates of two biases each, three sigmoids, two tanh, the cell's and the state's products.
  LSTM: { gates: 4, operations: 26 },
} as const satisfies Record<string, Cell>;

/** Weights and biases; an initial state of zeros, and lengths, are no parameters. */
function isLearned(tensor: StoredTensor): boolean {
  return elementCount(tensor.shape) > 0 && !isInteger(tensor.format) && tensor.uniform() !== 0;
}

/**
 * Multiply-accumulates of a recurrent layer: for every step, example and direction gates · hidden · (inputs + hidden).
 * Inputs: X [steps, batch, inputs] (batch first with layout 1), W [directions, gates · hidden, inputs], R, B, lengths, initial state, …
 */
const recurrent =
  ({ gates, operations }: Cell): ReadRule =>
  (c) => {
    const [first = 1, second = 1, inputs = 1] = c.shape(0);
    const batchFirst = c.node.int("layout", 0) !== 0;
    const [steps, batch] = batchFirst ? [second, first] : [first, second];
    const [directions = 1] = c.shape(1);
    const hidden = c.node.int("hidden_size", (c.shape(1)[1] ?? gates) / gates);
    const tensors = Array.from({ length: c.inputCount - 1 }, (_, i) => (c.has(i + 1) ? c.value(i + 1) : undefined)).filter(
      (one) => one !== undefined,
    );
    const units = steps * batch * directions * hidden;
    const shape = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
    const y = c.opaque(
      {
        shape,
        work: "dense",
        macs: units * gates * (inputs + hidden),
        operations: units * operations,
        weights: tensors.filter((one) => one instanceof StoredTensor && isLearned(one)) as StoredTensor[],
      },
      c.data(0),
      ...tensors.filter((one) => typeof one === "number"),
    );
    const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
    return [y, ...c.node.outputs.slice(1).map(() => c.beside(y, state))];
  };

export const recurrentRules: ReadRules = Object.fromEntries(Object.entries(cells).map(([type, cell]) => [type, recurrent(cell)]));
