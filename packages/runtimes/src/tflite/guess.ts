/** Estimates around operators that cannot be read. */
import { elementCount, type NetworkCosts } from "@archwright/core/ir";
import type { OpaqueCost, OperatorReader, Value } from "./reader.ts";
import { optionSlots } from "./schema.ts";

/** What to do about operators that are met often and cannot be read. */
export function advice({ operator: { type, custom } }: OperatorReader): string {
  if (/edgetpu|ethos|vela|neuron|qnn/i.test(type)) return "take the model as it was before it was compiled for an accelerator";
  if (custom && type.startsWith("Flex")) return "convert the model without TensorFlow's own operators (select TF ops)";
  if (/^(IF|WHILE|CALL)$/.test(type)) return "convert the model without control flow, for example with recurrent layers unrolled";
  return "convert the model up to the operators before it, or read it without --strict";
}

/** What an operator that runs other graphs costs, as far as it is known. */
interface Inner {
  readonly macs: number;
  readonly operations: number;
  readonly parameters: number;
  readonly why: string;
}

const operationsOf = ({ flops, macs }: NetworkCosts) => flops - 2 * macs;

function innerCost(c: OperatorReader): Inner | undefined {
  const { first, second } = optionSlots.subgraphs;
  const { type } = c.operator;
  if (!/^(IF|WHILE|CALL)$/.test(type)) return undefined;
  const graphs = type === "CALL" ? [c.int(first)] : [c.int(first), c.int(second)];
  const costs = graphs.flatMap((graph) => c.state.costOf(graph) ?? []);
  if (costs.length === 0) return { macs: 0, operations: 0, parameters: 0, why: "the graphs that it runs cannot be read" };
  const over = (of: (cost: NetworkCosts) => number) =>
    type === "IF" ? Math.max(...costs.map(of)) : costs.reduce((sum, cost) => sum + of(cost), 0);
  const why =
    { IF: "the dearer of its branches is counted", WHILE: "what it repeats is counted once" }[type] ??
    "the graph that it runs is one operator here";
  return {
    macs: over(({ macs }) => macs),
    operations: over(operationsOf),
    parameters: costs.reduce((sum, { parameters }) => sum + parameters, 0),
    why,
  };
}

/**
 * An operator that is estimated around: results as the file states them, an operation for each element that it reads or
 * gives; of those that run other graphs what these cost.
 * @param why it cannot be read
 */
export function guessed(c: OperatorReader, why: string): readonly Value[] {
  const { type, inputs, outputs } = c.operator;
  const known = inputs.flatMap((tensor, i) => (tensor >= 0 && c.state.values.has(tensor) ? [i] : []));
  const inner = innerCost(c);
  c.state.unread.push({ node: c.position, operator: type, why: inner?.why ?? why });
  const read = known.reduce((sum, i) => sum + c.elements(i), 0);
  const name = type.replace(/[^A-Za-z0-9_.-]+/g, "_") || "unknown";
  return outputs.map((_, o) => {
    const shape = c.output(o).shape.map((size) => Math.max(1, size));
    const given = elementCount(shape);
    if (o > 0) return c.opaque(name, shape, { work: "move", operations: given, estimated: true }, o);
    const { macs = 0, operations = 0, parameters = 0 } = inner ?? {};
    const cost: OpaqueCost = {
      work: macs > 0 ? "dense" : "move",
      macs,
      operations: operations + given + read,
      parameters,
      weights: known,
      estimated: true,
    };
    return c.opaque(name, shape, cost);
  });
}
