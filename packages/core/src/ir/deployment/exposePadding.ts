/** Padding that a runtime's convolutions cannot do. */
import { intAt, item } from "../../base/matrix.ts";
import { nodeAt } from "../graph.ts";
import type { Network, Node } from "../network.ts";
import type { OperatorOf } from "../operators.ts";
import { inferType } from "../shapes.ts";

/**
 * The network with a `pad` operator before each convolution whose padding is neither none nor TensorFlow's SAME, in which the odd row goes to
 * the bottom and the odd column to the right: TensorFlow Lite knows no other, so its files have these operators. It computes the same numbers;
 * every node keeps its name, and a pad is called after its convolution. Pooling is left as it is.
 */
export function exposePadding(network: Network): Network {
  const nodes: Node[] = [];
  const moved = new Int32Array(network.nodes.length);
  const names = new Set(network.nodes.map(({ name }) => name));
  network.nodes.forEach((node, index) => {
    let inputs = node.inputs.map((input) => intAt(moved, input));
    let { op } = node;
    if (op.kind === "conv2d" && !isSame(op, nodeAt(network, item(node.inputs, 0)), node)) {
      const source = item(nodes, item(inputs, 0));
      let name = `${node.name}.pad`;
      while (names.has(name)) name += "_";
      names.add(name);
      const pad = { kind: "pad", padding: op.padding, value: 0 } as const;
      const { format } = source.output;
      const output = { shape: inferType(pad, [source.output], format).shape, format };
      nodes.push({ name, op: pad, inputs, output, weightFormat: node.weightFormat });
      inputs = [nodes.length - 1];
      op = { ...op, padding: [0, 0, 0, 0] };
    }
    moved[index] = nodes.length;
    nodes.push({ ...node, op, inputs });
  });
  return { nodes, outputs: network.outputs.map((output) => intAt(moved, output)) };
}

/** Whether a convolution pads as SAME does, or not at all. */
function isSame({ padding, kernel, stride, dilation }: OperatorOf<"conv2d">, { output: from }: Node, { output: to }: Node): boolean {
  if (padding.every((side) => side === 0)) return true;
  return ([0, 1] as const).every((axis) => {
    const [size, result] = [item(from.shape, 2 + axis), item(to.shape, 2 + axis)];
    if (result !== Math.ceil(size / stride[axis])) return false;
    const total = Math.max(0, (result - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - size);
    return padding[axis] === Math.floor(total / 2) && padding[axis + 2] === Math.ceil(total / 2);
  });
}
