/** What work a network is, as the synthetic devices and the plain models see it. */
import { item } from "../../base/matrix.ts";
import { type Network, nodeCosts, type Operator, type OperatorKind, type OperatorOf } from "../../ir/index.ts";

export const workClasses = ["convolution", "depthwise", "dense", "elementwise"] as const;
export type WorkClass = (typeof workClasses)[number];

/** An operator that a network runs a number of times. */
export interface OperatorWork {
  /** Equal for operators that do the same work. */
  readonly key: string;
  /** What implementations are written for: operator, kernel size, stride, grouping. */
  readonly kind: string;
  readonly workClass: WorkClass;
  /** As `NodeCosts.flops` counts them. */
  readonly operations: number;
  readonly activationBytes: number;
  readonly weightBytes: number;
  /** Channels of the output, and its points in space. */
  readonly channels: number;
  readonly pixels: number;
  /** How often a runtime executes it that runs whatever is written. */
  count: number;
  /** How often one executes it that leaves out what the output does not need, and computes constants beforehand. */
  liveCount: number;
}

export interface NetworkOperators {
  readonly operators: readonly OperatorWork[];
  /** Whether the output depends on the input. Networks for which it does not are not worth measuring. */
  readonly connected: boolean;
}

/** What of an operator implementations are written for, and its class. @param channels of the first tensor that it reads. */
type WorkRule<K extends OperatorKind> = (op: OperatorOf<K>, channels: number | undefined) => readonly [kind: string, workClass: WorkClass];

const elementwise = (op: Operator) => [op.kind, "elementwise"] as const;
const dense = (op: Operator) => [op.kind, "dense"] as const;

/** Null where an operator is not counted: it does no work of its own, or runs within what comes before or after it. */
const works: { readonly [K in OperatorKind]: WorkRule<K> | null } = {
  input: null,
  constant: null,
  parameter: null,
  conv2d: ({ kernel, stride, groups }, channels) => {
    const depthwise = groups > 1 && groups === channels;
    const grouping = depthwise ? "depthwise" : groups > 1 ? "grouped" : "";
    return [`conv ${kernel.join("x")} /${stride.join("x")} ${grouping}`, depthwise ? "depthwise" : "convolution"];
  },
  dense,
  matmul: dense,
  binary: elementwise,
  activation: null,
  concat: elementwise,
  pool2d: ({ kernel }) => [`pool ${kernel.join("x")}`, "elementwise"],
  reduce: elementwise,
  batchNorm: null,
  layerNorm: elementwise,
  rmsNorm: elementwise,
  groupNorm: elementwise,
  softmax: elementwise,
  embedding: elementwise,
  reshape: null,
  transpose: elementwise,
  slice: elementwise,
  cast: elementwise,
  pad: elementwise,
  opaque: ({ kind, name, work }) => [`${kind} ${name}`, work === "move" ? "elementwise" : work],
};

/** The different operators of a network, and how often it runs each. */
export function networkOperators(network: Network): NetworkOperators {
  const { nodes } = network;
  const costs = nodeCosts(network);
  const needed = new Uint8Array(nodes.length);
  for (const output of network.outputs) needed[output] = 1;
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (needed[i] === 1) for (const input of item(nodes, i).inputs) needed[input] = 1;
  }
  const varies = new Uint8Array(nodes.length);
  const operators = new Map<string, OperatorWork>();
  nodes.forEach((node, i) => {
    varies[i] = node.op.kind === "input" || node.inputs.some((input) => varies[input] === 1) ? 1 : 0;
    const rule = works[node.op.kind] as WorkRule<OperatorKind> | null;
    if (!rule) return;
    const { flops, bytesMoved, weightBytes } = item(costs, i);
    const [kind, workClass] = rule(node.op, nodes[node.inputs[0] ?? -1]?.output.shape[1]);
    const [, channels = 1, ...space] = node.output.shape;
    const pixels = space.reduce((product, side) => product * side, 1);
    const key = `${kind}|${channels}|${pixels}|${flops}|${bytesMoved}|${weightBytes}`;
    let work = operators.get(key);
    if (!work) {
      const activationBytes = bytesMoved - weightBytes;
      work = { key, kind, workClass, operations: flops, activationBytes, weightBytes, channels, pixels, count: 0, liveCount: 0 };
      operators.set(key, work);
    }
    work.count++;
    if (needed[i] === 1 && varies[i] === 1) work.liveCount++;
  });
  return { operators: [...operators.values()], connected: network.outputs.some((output) => varies[output] === 1) };
}
