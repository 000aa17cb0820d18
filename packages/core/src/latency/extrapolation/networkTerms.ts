/** What of a network takes time, kernel by kernel, in terms that only grow when operators are added. */
import { intAt, item } from "../../base/index.ts";
import {
  deploy,
  fuseKernels,
  liveNodes,
  type Network,
  type Node,
  type NodeCosts,
  type NodeIndex,
  nodeCosts,
  type OperatorKind,
  type OperatorOf,
  storedParameters,
  tensorBytes,
} from "../../ir/index.ts";

/** Kinds of work that devices do at rates of their own. */
export const workKinds = ["spatial", "pointwise", "large", "grouped", "depthwise", "dense", "element", "window", "normalisation"] as const;
export type WorkKind = (typeof workKinds)[number];

/** What runtimes do with a kernel: most run all that is written; some leave out what is dead, or compute constants beforehand. */
export const kernelUses = ["needed", "constant", "dead"] as const;
export type KernelUse = (typeof kernelUses)[number];

export interface ArithmeticTerm {
  readonly kind: WorkKind;
  /** Two for each multiply-accumulate; as `NodeCosts.flops` counts them where there is none. */
  readonly operations: number;
  /** Channels of a group of a convolution, which fill vector units or tiles or do not; 0 where no channels are counted. */
  readonly channels: readonly [into: number, out: number];
}

/** Kernels that do the same. */
export interface KernelTerms {
  readonly count: number;
  readonly use: KernelUse;
  readonly arithmetic: readonly ArithmeticTerm[];
  /** Bytes of each tensor that it takes from other kernels, or leaves for others. */
  readonly tensorBytes: readonly number[];
  readonly weightBytes: number;
}

/** A network as the extrapolating model sees it: plain JSON. */
export interface NetworkTerms {
  readonly kernels: readonly KernelTerms[];
  /** Bytes of everything stored. */
  readonly storedBytes: number;
}

type KindRule<K extends OperatorKind> = (op: OperatorOf<K>, inputChannels: number) => WorkKind | null;

const element = () => "element" as const;
const dense = () => "dense" as const;
const normalisation = () => "normalisation" as const;
const window = () => "window" as const;
const opaqueKinds = { elementwise: "element", move: "element", convolution: "spatial", depthwise: "depthwise", dense: "dense" } as const;

/** Null where an operator is no work of its own. */
const kinds: { readonly [K in OperatorKind]: KindRule<K> | null } = {
  input: null,
  constant: null,
  parameter: null,
  conv2d: ({ kernel, groups }, channels) => {
    if (groups > 1) return groups === channels ? "depthwise" : "grouped";
    const area = kernel[0] * kernel[1];
    return area === 1 ? "pointwise" : area <= 9 ? "spatial" : "large";
  },
  dense,
  matmul: dense,
  binary: element,
  activation: element,
  concat: element,
  pool2d: window,
  reduce: window,
  batchNorm: element,
  layerNorm: normalisation,
  rmsNorm: normalisation,
  groupNorm: normalisation,
  softmax: normalisation,
  embedding: element,
  reshape: null,
  transpose: element,
  slice: element,
  cast: element,
  pad: element,
  opaque: ({ work }) => opaqueKinds[work],
};

/** What is known of a network's nodes. */
interface Graph {
  readonly network: Network;
  readonly costs: ReturnType<typeof nodeCosts>;
  /** For each node the node whose tensor it stands for: a reshape is a view. */
  readonly roots: Int32Array;
  readonly varies: Uint8Array;
}

/**
 * The terms of a network for one image. Where one network is a part of another (operators removed from its end, or a branch of a
 * join), its terms are a part of the other's: every operator's work, every tensor that a kernel takes or leaves. Fusing
 * kernels only takes terms away.
 */
export function networkTerms(network: Network): NetworkTerms {
  const deployed = graphOf(deploy(network));
  const kernels = new Map<string, KernelTerms>();
  const add = (terms: Omit<KernelTerms, "count">) => {
    const key = JSON.stringify(terms);
    kernels.set(key, { count: (kernels.get(key)?.count ?? 0) + 1, ...terms });
  };
  const kernelOf = new Int32Array(deployed.network.nodes.length).fill(-1);
  const fused = fuseKernels(deployed.network);
  fused.forEach((nodes, kernel) => {
    for (const index of nodes) kernelOf[index] = kernel;
  });
  const leaves = leaving(deployed, kernelOf);
  fused.forEach((nodes, kernel) => {
    const use = nodes.some((index) => deployed.varies[index] === 1) ? "needed" : "constant";
    add(termsOf(deployed, nodes, use, (index) => intAt(kernelOf, index) === kernel, leaves));
  });
  const written = graphOf(network);
  liveNodes(network).forEach((live, index) => {
    if (live || kindOf(network, item(network.nodes, index)) === null) return;
    add(
      termsOf(
        written,
        [index],
        "dead",
        (other) => other === index,
        () => true,
      ),
    );
  });
  let storedBytes = 0;
  for (const { spec, format } of storedParameters(deployed.network)) storedBytes += tensorBytes({ shape: spec.shape, format });
  return { kernels: [...kernels.values()], storedBytes };
}

function graphOf(network: Network): Graph {
  const roots = new Int32Array(network.nodes.length);
  const varies = new Uint8Array(network.nodes.length);
  network.nodes.forEach(({ op, inputs }, index) => {
    roots[index] = op.kind === "reshape" ? intAt(roots, item(inputs, 0)) : index;
    varies[index] = op.kind === "input" || inputs.some((input) => varies[input] === 1) ? 1 : 0;
  });
  return { network, costs: nodeCosts(network), roots, varies };
}

/** Whether a node's tensor is needed outside of the kernel that makes it. */
function leaving({ network, roots }: Graph, kernelOf: Int32Array): (index: NodeIndex) => boolean {
  const needed = new Uint8Array(network.nodes.length);
  network.nodes.forEach(({ inputs }, index) => {
    if (kernelOf[index] === -1) return;
    for (const input of inputs) {
      const root = intAt(roots, input);
      if (kernelOf[root] !== kernelOf[index]) needed[root] = 1;
    }
  });
  for (const output of network.outputs) needed[intAt(roots, output)] = 1;
  return (index) => needed[index] === 1;
}

function termsOf(
  { network, costs, roots }: Graph,
  nodes: readonly NodeIndex[],
  use: KernelUse,
  within: (index: NodeIndex) => boolean,
  leaves: (index: NodeIndex) => boolean,
): Omit<KernelTerms, "count"> {
  const arithmetic: ArithmeticTerm[] = [];
  const moved: number[] = [];
  const taken = new Set<number>();
  let weightBytes = 0;
  for (const index of nodes) {
    const node = item(network.nodes, index);
    const cost = item(costs, index);
    const kind = kindOf(network, node);
    if (kind === null) continue;
    arithmetic.push(...arithmeticOf(network, node, kind, cost));
    weightBytes += node.op.kind === "embedding" ? cost.outputBytes : cost.weightBytes;
    if (leaves(index)) moved.push(cost.outputBytes);
    for (const input of node.inputs) {
      const root = intAt(roots, input);
      if (within(root) || taken.has(root)) continue;
      taken.add(root);
      const source = item(network.nodes, root);
      const bytes = node.op.kind === "slice" ? cost.outputBytes : tensorBytes(source.output);
      if (source.op.kind === "parameter" || source.op.kind === "constant") weightBytes += bytes;
      else moved.push(bytes);
    }
  }
  return { use, arithmetic, tensorBytes: moved.sort((a, b) => a - b), weightBytes };
}

function kindOf(network: Network, { op, inputs }: Node): WorkKind | null {
  const rule = kinds[op.kind] as KindRule<OperatorKind> | null;
  return rule?.(op, network.nodes[inputs[0] ?? -1]?.output.shape[1] ?? 1) ?? null;
}

/**
 * Biases are not counted: they are added while results are still at hand, and a network in which a normalisation cannot be folded
 * into a bias must not seem to do less.
 */
function arithmeticOf(network: Network, node: Node, kind: WorkKind, { macs, flops }: NodeCosts): readonly ArithmeticTerm[] {
  const channels = channelsOf(network, node);
  if (macs === 0) return flops === 0 ? [] : [{ kind, operations: flops, channels }];
  const others = node.op.kind === "opaque" ? flops - 2 * macs : 0;
  const own: ArithmeticTerm = { kind, operations: 2 * macs, channels };
  return others > 0 ? [own, { kind: "element", operations: others, channels: [0, 0] }] : [own];
}

function channelsOf(network: Network, { op, inputs }: Node): readonly [into: number, out: number] {
  if (op.kind !== "conv2d") return [0, 0];
  const channels = network.nodes[inputs[0] ?? -1]?.output.shape[1] ?? 1;
  // A depthwise convolution fills vectors with its groups.
  return op.groups > 1 && op.groups === channels ? [0, op.outChannels] : [channels / op.groups, op.outChannels / op.groups];
}
