/** Where a network can be cut so that one image of features goes on. */
import { liveNodes, type Network, type Node, type NodeIndex, readerCounts } from "../../ir/index.ts";

/** What blocks of networks end with. A pooled image is left out: it is the image before it, pooled as the probe would. */
const ends: ReadonlySet<string> = new Set(["conv2d", "batchNorm", "groupNorm", "activation", "binary", "concat"]);

/** What belongs to the operator before it. */
const tails: ReadonlySet<string> = new Set(["batchNorm", "groupNorm", "activation"]);

/** Whether a node gives images of features [1, C, H, W] in float32. */
export function givesImages({ op, output }: Node): boolean {
  return (
    op.kind !== "input" && op.kind !== "parameter" && op.kind !== "constant" && output.shape.length === 4 && output.format === "float32"
  );
}

/**
 * The ends of a network's blocks, in order: nodes of images, after some convolution, through which all goes that later nodes read,
 * and that no normalisation or activation follows as a part of the same layer.
 */
export function blockEnds(network: Network): readonly NodeIndex[] {
  const { nodes } = network;
  const live = liveNodes(network);
  const readers = readerCounts(network, live);
  const lastReader = nodes.map(() => -1);
  nodes.forEach(({ inputs }, index) => {
    if (live[index]) for (const input of inputs) lastReader[input] = index;
  });
  let [reach, convolved] = [0, false];
  return nodes.flatMap((node, index) => {
    const { kind } = node.op;
    // What is stored is there for every part of the network.
    if (!live[index] || kind === "constant" || kind === "parameter") return [];
    convolved ||= kind === "conv2d";
    const alone = reach <= index;
    const last = lastReader[index] as number;
    reach = Math.max(reach, last);
    const follower = readers[index] === 1 && last >= 0 ? nodes[last]?.op.kind : undefined;
    const whole = follower === undefined || !tails.has(follower);
    return alone && convolved && whole && ends.has(kind) && givesImages(node) ? [index] : [];
  });
}

/** The part of a network that its first `count` nodes hold. */
export function firstNodes({ nodes }: Network, count: number): Network {
  return { nodes: nodes.slice(0, count), outputs: [count - 1] };
}
