/** Reads recurrent cells, over one step or a sequence of steps. */
import { elementCount, type Shape } from "@archwright/core/ir";
import type { Computed, OperatorReader } from "../reader.ts";
import { optionSlots } from "../schema.ts";
import { activated } from "./activations.ts";

/** Inputs that are weights: all that is stored behind the first, which is what comes in. */
function weightsOf(c: OperatorReader): readonly number[] {
  return Array.from({ length: c.inputCount - 1 }, (_, i) => i + 1).filter((i) => c.stored(i) !== undefined);
}

/** Each matrix is multiplied with a vector at each step; vectors (biases, peepholes) with one number each. */
function stepCost(c: OperatorReader, weights: readonly number[]): { readonly macs: number; readonly operations: number } {
  let [macs, operations] = [0, 0];
  for (const i of weights) {
    const size = c.elements(i);
    if (c.shape(i).length >= 2) macs += size;
    else operations += size;
  }
  return { macs, operations };
}

/** Batch and steps of a sequence [batch, steps, features], or [steps, batch, features]. */
function executionsOf(shape: Shape): number {
  return elementCount(shape.slice(0, -1));
}

/** What is kept from step to step lies outside of the arena. */
function stateNote(c: OperatorReader): void {
  c.note("the states of recurrent cells take memory that is not part of the arena");
}

/**
 * @param gates element operations for each unit: of an LSTM three sigmoids of 4, two hyperbolic tangents, three products and an
 *   addition; of a plain cell its activation.
 */
const cell =
  (name: string, gates: number, unitsInput: number, outputSlot?: { readonly mergeOutputs: number }) =>
  (c: OperatorReader): Computed | readonly Computed[] => {
    const [input, weights] = [c.shape(0), weightsOf(c)];
    if (input.length < 2) c.fail(`it takes [${input.join(", ")}]`, "a batch of vectors, or of sequences of vectors");
    stateNote(c);
    const executions = executionsOf(input);
    const step = stepCost(c, weights);
    const units = c.stored(unitsInput)?.shape[0] ?? 1;
    const directions = outputSlot ? 2 : 1;
    const cost = {
      work: "dense",
      macs: executions * step.macs,
      operations: executions * (step.operations + directions * gates * units),
      weights,
    } as const;
    if (!outputSlot) return c.opaque(name, [...input.slice(0, -1), c.output().shape.at(-1) ?? units], cost);
    const outputs = c.flag(outputSlot.mergeOutputs) ? 1 : c.outputCount;
    return Array.from({ length: outputs }, (_, o) => {
      const shape = [...input.slice(0, -1), Math.max(1, c.output(o).shape.at(-1) ?? units)];
      // The first output bears the cost of both directions.
      return c.opaque(name, shape, o === 0 ? cost : { work: "move" }, o);
    });
  };

/** The basic LSTM cell of older files: inputs, output before, one matrix, bias, state; the first of its outputs counts. */
function lstm(c: OperatorReader): Computed | readonly Computed[] {
  if (c.inputCount !== 5) return cell("LSTM", 18, 2)(c) as Computed;
  const [batch, units] = [c.shape(0)[0] ?? 1, c.shape(4).at(-1) ?? 1];
  stateNote(c);
  const cost = { work: "dense", macs: batch * c.elements(2), operations: batch * (c.elements(3) + 18 * units), weights: [2, 3] } as const;
  return Array.from({ length: c.outputCount }, (_, o) => c.opaque("LSTM", c.stated(o), o === 0 ? cost : { work: "move" }, o));
}

/** Singular value decomposed filter: weights [filters, features] for the input, [filters, steps] for what was kept (Nakkiran et al. 2015). */
function svdf(c: OperatorReader): Computed {
  const [batch] = c.shape(0) as readonly [number];
  const units = c.stated().at(-1) ?? 1;
  stateNote(c);
  const macs = batch * (c.elements(1) + c.elements(2));
  const operations = c.has(3) ? batch * units : 0;
  return activated(c, c.opaque("SVDF", [batch, units], { work: "dense", macs, operations, weights: [1, 2, 3] }), 1);
}

export const recurrentRules = {
  LSTM: lstm,
  UNIDIRECTIONAL_SEQUENCE_LSTM: cell("LSTM", 18, 2),
  BIDIRECTIONAL_SEQUENCE_LSTM: cell("LSTM", 18, 2, optionSlots.bidirectionalLstm),
  RNN: cell("RNN", 1, 1),
  UNIDIRECTIONAL_SEQUENCE_RNN: cell("RNN", 1, 1),
  BIDIRECTIONAL_SEQUENCE_RNN: cell("RNN", 1, 1, optionSlots.bidirectionalRnn),
  SVDF: svdf,
};
