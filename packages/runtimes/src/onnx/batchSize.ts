/** Networks at the batch size that a runtime is given. */
import { InputError, item } from "@archwright/core/base";
import { type Network, type Node, withBatch } from "@archwright/core/ir";

/** Which nodes' first dimension counts examples: all that depend on an input. */
export function carriesBatch(network: Network): readonly boolean[] {
  const carries: boolean[] = [];
  for (const node of network.nodes) carries.push(node.op.kind === "input" || node.inputs.some((index) => item(carries, index)));
  return carries;
}

const batchOf = (network: Network) => network.nodes.find((node) => node.op.kind === "input")?.output.shape[0];

/** The network at a batch size; as it stands, whatever it does with its examples, if that is its own batch size. */
export function atBatch(network: Network, batch: number): Network {
  return batchOf(network) === batch ? network : withBatch(network, batch);
}

/** @throws NetworkError naming the node, where the network cannot be run at other batch sizes than its own. */
export function assertAnyBatch(network: Network): void {
  const own = batchOf(network);
  if (own !== undefined) withBatch(network, own + 1);
}

/** The one input of a network. @throws InputError where there are none or several. */
export function onlyInput(network: Network): Node {
  const inputs = network.nodes.filter((node) => node.op.kind === "input");
  if (inputs.length !== 1) throw new InputError(`the network has ${inputs.length} inputs`, { expected: "one input" });
  return item(inputs, 0);
}

/** The one output of a network. @throws InputError where there are none or several. */
export function onlyOutput(network: Network): Node {
  if (network.outputs.length !== 1) throw new InputError(`the network has ${network.outputs.length} outputs`, { expected: "one output" });
  return item(network.nodes, item(network.outputs, 0));
}
