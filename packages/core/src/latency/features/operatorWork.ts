import { item } from "../../base/matrix.ts";
import { type Network, type Node, nodeCosts } from "../../ir/index.ts";

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

// Batch normalisations and activations run within what comes before or after them; the others do no work of their own.
const uncounted: ReadonlySet<string> = new Set(["input", "constant", "parameter", "reshape", "batchNorm", "activation"]);

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
    if (uncounted.has(node.op.kind)) return;
    const { flops, bytesMoved, weightBytes } = costs[i] as (typeof costs)[number];
    const [kind, workClass] = kindOf(network, node);
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

function kindOf(network: Network, { op, inputs }: Node): readonly [string, WorkClass] {
  switch (op.kind) {
    case "conv2d": {
      const channels = item(network.nodes, item(inputs, 0)).output.shape[1];
      const depthwise = op.groups > 1 && op.groups === channels;
      const grouping = depthwise ? "depthwise" : op.groups > 1 ? "grouped" : "";
      return [`conv ${op.kernel.join("x")} /${op.stride.join("x")} ${grouping}`, depthwise ? "depthwise" : "convolution"];
    }
    case "dense":
    case "matmul":
      return [op.kind, "dense"];
    case "pool2d":
      return [`pool ${op.kernel.join("x")}`, "elementwise"];
    default:
      return [op.kind, "elementwise"];
  }
}
