/** Operators between steps of quantisation work in integers. */
import { item } from "@archwright/core/base";
import { isInteger, type Network, type Node, type NodeIndex, type NumberFormat } from "@archwright/core/ir";

/** Kinds that runtimes do together with the operator before them, or that do not look at the numbers. */
const passing = (node: Node) =>
  node.op.kind === "reshape" ||
  node.op.kind === "transpose" ||
  node.op.kind === "slice" ||
  (node.op.kind === "binary" && (node.op.fn === "max" || node.op.fn === "min")) ||
  (node.op.kind === "activation" && (node.op.fn === "relu" || node.op.fn === "relu6")) ||
  (node.op.kind === "pool2d" && node.op.mode === "max");

const isSource = (node: Node) => node.op.kind === "input" || node.op.kind === "constant" || node.op.kind === "parameter";

/** From integers to floating point, and back. */
const casts = (nodes: readonly Node[], node: Node, from: boolean, to: boolean) =>
  node.op.kind === "cast" && isInteger(item(nodes, item(node.inputs, 0)).output.format) === from && isInteger(node.op.format) === to;

/**
 * Quantised models state around every operator how numbers become integers (QuantizeLinear, a cast) and back (DequantizeLinear).
 * An operator that reads only what came from integers, and whose result only becomes integers, works in integers, as every runtime
 * of such models does; casts at the border of the integer part stay.
 */
export function withIntegers(network: Network): { readonly network: Network; readonly instead: ReadonlyMap<NodeIndex, NodeIndex> } {
  const { nodes } = network;
  const readers: NodeIndex[][] = nodes.map(() => []);
  nodes.forEach((node, index) => {
    for (const input of new Set(node.inputs)) (readers[input] as NodeIndex[]).push(index);
  });
  const outputs = new Set(network.outputs);
  const instead = new Map<NodeIndex, NodeIndex>();
  const formats = new Map<NodeIndex, NumberFormat>();

  /** The format that all readers of a node round it to; those that pass numbers on are asked for theirs. */
  const roundedTo = (index: NodeIndex, depth = 0): NumberFormat | undefined => {
    const own = readers[index] as NodeIndex[];
    if (outputs.has(index) || own.length === 0 || depth > 8) return undefined;
    const asked = own.map((reader) => {
      const node = item(nodes, reader);
      if (casts(nodes, node, false, true)) return node.output.format;
      return own.length === 1 && passing(node) ? roundedTo(reader, depth + 1) : undefined;
    });
    return asked.every((format) => format === asked[0]) ? asked[0] : undefined;
  };

  nodes.forEach((node, index) => {
    if (isSource(node) || node.op.kind === "cast" || isInteger(node.output.format)) return;
    const data = node.inputs.filter((input) => !isSource(item(nodes, input)) || item(nodes, input).op.kind === "input");
    const whole = data.every((input) => casts(nodes, item(nodes, input), true, false) || formats.has(input));
    const format = whole && data.length > 0 ? roundedTo(index) : undefined;
    if (format !== undefined) formats.set(index, format);
  });

  const made = nodes.map((node, index): Node => {
    if (casts(nodes, node, false, true) && formats.has(item(node.inputs, 0))) instead.set(index, item(node.inputs, 0));
    const format = formats.get(index);
    if (format === undefined) return node;
    const inputs = node.inputs.map((input) => (casts(nodes, item(nodes, input), true, false) ? item(item(nodes, input).inputs, 0) : input));
    return { ...node, inputs, output: { ...node.output, format } };
  });
  // Constants and parameters of such an operator alone are kept as it works.
  nodes.forEach((node, index) => {
    const own = readers[index] as NodeIndex[];
    const asked = own.map((reader) => formats.get(reader));
    const [format] = asked;
    if (node.op.kind !== "constant" || format === undefined || asked.some((one) => one !== format)) return;
    made[index] = { ...item(made, index), output: { ...node.output, format }, weightFormat: format };
  });
  return { network: { nodes: made, outputs: network.outputs }, instead };
}
