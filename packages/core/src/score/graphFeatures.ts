/** What the graph of a network tells of its score and its costs before it is trained or run. */
import { intAt, item } from "../base/matrix.ts";
import { elementCount, liveNodes, type Network, type Node, nodeCosts } from "../ir/index.ts";
import { operatorLabel } from "./labels.ts";
import { neighbourhoods } from "./neighbourhoods.ts";
import { pathStatistics } from "./paths.ts";
import { operatorReads, shortcuts } from "./reads.ts";
import { segmentStatistics } from "./segments.ts";

/** Numbers by name; what is absent is 0. The same for every search space; see `search/searcher.ts` for what they are used for. */
export interface GraphFeatures {
  readonly summary: ReadonlyMap<string, number>;
  readonly structure: ReadonlyMap<string, number>;
  readonly executed: ReadonlyMap<string, number>;
}

/**
 * Features of a network's graph. Operators that the output does not need, or that compute a constant, are dead: the summary and the
 * structure leave them out, so that networks which compute the same have the same ones.
 *
 * - `summary`: live operators by kind and kernel, the logarithms of multiply-accumulates and parameters, and statistics of the paths from
 *   input to output: how many, how many convolutions, larger kernels and poolings are on them, and what lies side by side. Of paths
 *   there is nothing where none leads from an input to an output. Of all numbers that go through activation functions the share of each
 *   function, gates of whole channels left out.
 * - `structure`: how often each neighbourhood occurs, an operator with what it reads (Weisfeiler and Leman 1968; as features of
 *   networks in Ru, Wan, Dong and Osborne, "Interpretable neural architecture search via Bayesian optimisation with Weisfeiler-Lehman
 *   kernels", ICLR 2021).
 * - `executed`: operators by kind, dead ones included, with their multiply-accumulates and the bytes that they move.
 */
export function graphFeatures(network: Network): GraphFeatures {
  const { nodes } = network;
  const live = workingNodes(network);
  const labels = nodes.map((node) => operatorLabel(network, node));
  const costs = nodeCosts(network);
  const summary = new Map<string, number>();
  const executed = new Map<string, number>();
  const activated = new Map<string, number>();
  const count = (into: Map<string, number>, name: string, by: number) => into.set(name, (into.get(name) ?? 0) + by);
  const total = { macs: 0, parameters: 0, liveMacs: 0, liveParameters: 0, liveBytes: 0 };
  nodes.forEach((node, i) => {
    const { macs, parameters, bytesMoved, outputBytes } = item(costs, i);
    const label = labels[i] ?? node.op.kind;
    if (bytesMoved > 0) {
      count(executed, `operators ${label}`, 1);
      count(executed, "bytes", bytesMoved);
      if (macs > 0) count(executed, `macs ${label}`, macs);
    }
    total.macs += macs;
    total.parameters += parameters;
    if (intAt(live, i) === 0) return;
    // Sums are what segments are about.
    if (labels[i] !== undefined && node.op.kind !== "binary") count(summary, `operators ${label}`, 1);
    total.liveMacs += macs;
    total.liveParameters += parameters;
    if (macs > 0) total.liveBytes += outputBytes;
    const [, , ...positions] = node.output.shape;
    if (node.op.kind === "activation" && elementCount(positions) > 1) count(activated, node.op.fn, elementCount(node.output.shape));
  });
  const numbers = [...activated.values()].reduce((a, b) => a + b, 0);
  for (const [fn, own] of activated) summary.set(`share ${fn}`, own / numbers);
  summary.set("log macs", Math.log(1 + total.macs));
  summary.set("log parameters", Math.log(1 + total.parameters));
  const paths = pathStatistics(network, live);
  const isConnected = paths !== undefined;
  summary.set("connected", isConnected ? 1 : 0);
  const reads = operatorReads(network, live, labels);
  if (isConnected) {
    summary.set("live log macs", Math.log(1 + total.liveMacs));
    summary.set("live log parameters", Math.log(1 + total.liveParameters));
    summary.set("live log activation bytes", Math.log(1 + total.liveBytes));
    const statistics = { ...paths, ...segmentStatistics(network, live), "segments shortcuts": shortcuts(reads, labels) };
    for (const [name, value] of Object.entries(statistics)) summary.set(name, value);
  }
  return { summary, structure: neighbourhoods(network, reads, labels), executed };
}

/** 1 for nodes that an output needs and that depend on an input. */
function workingNodes(network: Network): Int32Array {
  const needed = liveNodes(network);
  const working = new Int32Array(network.nodes.length);
  network.nodes.forEach((node: Node, i) => {
    const varies = node.op.kind === "input" || node.inputs.some((input) => intAt(working, input) === 1 || intAt(working, input) === 2);
    working[i] = varies ? (needed[i] ? 1 : 2) : 0;
  });
  // 2: depends on an input, but nobody needs it.
  return working.map((state) => (state === 1 ? 1 : 0));
}
