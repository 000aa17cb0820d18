import { InputError } from "@archwright/core/base";
import { elementCount, type Network, NetworkBuilder, type Node, type NodeIndex, type Operator, type Shape } from "@archwright/core/ir";

/** Which nodes' first dimension counts examples: all that depend on an input. */
export function carriesBatch(network: Network): readonly boolean[] {
  const carries: boolean[] = [];
  for (const node of network.nodes) carries.push(node.op.kind === "input" || node.inputs.some((index) => carries[index] as boolean));
  return carries;
}

function mixes(node: Node): InputError {
  return new InputError(`${node.name} (${node.op.kind}) mixes the examples of a batch`, {
    expected: "operators that leave the first dimension alone, so that the network can be run and trained at any batch size",
  });
}

/** @throws InputError where an operator touches the batch dimension, which makes the network depend on its batch size. */
export function assertBatchIndependent(network: Network): void {
  const carries = carriesBatch(network);
  for (const [index, node] of network.nodes.entries()) {
    if (!carries[index]) continue;
    const { op } = node;
    const touches =
      (op.kind === "concat" && op.axis === 0) ||
      (op.kind === "softmax" && op.axis === 0) ||
      (op.kind === "slice" && op.axes.includes(0)) ||
      (op.kind === "reduce" && op.axes.includes(0)) ||
      (op.kind === "transpose" && op.permutation[0] !== 0);
    if (touches) throw mixes(node);
  }
}

const scaled = (shape: Shape, factor: number): Shape => [(shape[0] as number) * factor, ...shape.slice(1)];

/**
 * The same network for another number of examples. Inputs, and what depends on them, have the batch as the first
 * dimension; a reshape may multiply it ([N, …] → [N·windows, …]). Node names, and so the parameter layout, stay.
 * @throws InputError where an operator mixes examples.
 */
export function withBatch(network: Network, batch: number): Network {
  const first = network.nodes.find((node) => node.op.kind === "input")?.output.shape[0];
  if (first === undefined || batch === first) return network;
  assertBatchIndependent(network);
  const carries = carriesBatch(network);
  const factor = batch / first;
  const builder = new NetworkBuilder(network.nodes[0]?.output.format ?? "float32");
  const moved: NodeIndex[] = [];
  for (const [index, node] of network.nodes.entries()) {
    const inputs = node.inputs.map((input) => moved[input] as NodeIndex);
    let op: Operator = node.op;
    if (op.kind === "input") op = { ...op, shape: scaled(op.shape, factor) };
    if (op.kind === "reshape" && carries[index]) {
      op = { ...op, shape: scaled(node.output.shape, factor) };
      if (!Number.isInteger(op.shape[0])) throw mixes(node);
    }
    if (op.kind === "concat" && carries[index]) {
      // A learned token beside every example: repeated by adding zeros of the batch's size.
      for (const [i, input] of node.inputs.entries()) {
        if (carries[input]) continue;
        const rank = node.output.shape.length;
        const zeros = builder.add(
          { kind: "constant", shape: [(node.output.shape[0] as number) * factor, ...Array<number>(rank - 1).fill(1)], value: 0 },
          [],
          `${node.name}.zeros${i}`,
        );
        inputs[i] = builder.add({ kind: "binary", fn: "add" }, [inputs[i] as NodeIndex, zeros], `${node.name}.repeat${i}`);
      }
    }
    moved.push(builder.add(op, inputs, node.name));
  }
  return builder.build(...network.outputs.map((output) => moved[output] as NodeIndex));
}

/** The one input of a network. @throws InputError where there are none or several. */
export function onlyInput(network: Network): Node {
  const inputs = network.nodes.filter((node) => node.op.kind === "input");
  if (inputs.length !== 1) throw new InputError(`the network has ${inputs.length} inputs`, { expected: "one input" });
  return inputs[0] as Node;
}

/** The one output of a network. @throws InputError where there are none or several. */
export function onlyOutput(network: Network): Node {
  if (network.outputs.length !== 1) throw new InputError(`the network has ${network.outputs.length} outputs`, { expected: "one output" });
  return network.nodes[network.outputs[0] as NodeIndex] as Node;
}

/** Numbers of one example of a tensor whose first dimension is the batch. */
export function perExample(shape: Shape): number {
  return elementCount(shape.slice(1));
}
