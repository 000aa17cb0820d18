/** Padding that convolutions do themselves. */
import { intAt, item } from "../../base/matrix.ts";
import { nodeAt } from "../graph.ts";
import type { Network, Node, NodeIndex } from "../network.ts";
import type { Padding } from "../operators.ts";

/**
 * The network without the `pad` operators that convolutions can do themselves: those of zeros that only conv2d read, as their image.
 * It computes the same numbers; every node that is left keeps its name. Chains of `pad` are fused from the last to the first.
 *
 * TensorFlow Lite has no explicit padding of convolutions, so its files are full of such operators; TinyEngine and onnxruntime fuse them.
 */
export function fusePadding(network: Network): Network {
  if (!network.nodes.some(({ op }) => op.kind === "pad")) return network;
  const readers: NodeIndex[][] = network.nodes.map(() => []);
  network.nodes.forEach(({ inputs }, index) => {
    for (const input of new Set(inputs)) readers[input]?.push(index);
  });
  const fused = new Uint8Array(network.nodes.length);
  for (let index = network.nodes.length - 1; index >= 0; index--) {
    const { op } = nodeAt(network, index);
    if (op.kind !== "pad" || op.value !== 0 || network.outputs.includes(index)) continue;
    const areConvolutions = item(readers, index).every((reader) => nodeAt(network, reader).op.kind === "conv2d" || fused[reader] === 1);
    fused[index] = areConvolutions ? 1 : 0;
  }

  const nodes: Node[] = [];
  const moved = new Int32Array(network.nodes.length);
  network.nodes.forEach((node, index) => {
    if (fused[index]) return;
    moved[index] = nodes.length;
    let { op } = node;
    const inputs = node.inputs.map((input) => {
      let source = input;
      for (; fused[source]; source = item(nodeAt(network, source).inputs, 0)) {
        const pad = nodeAt(network, source).op;
        if (op.kind === "conv2d" && pad.kind === "pad") op = { ...op, padding: added(op.padding, pad.padding) };
      }
      return intAt(moved, source);
    });
    nodes.push({ ...node, op, inputs });
  });
  return { nodes, outputs: network.outputs.map((output) => intAt(moved, output)) };
}

function added(a: Padding, b: Padding): Padding {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}
