/** Which tensors need no buffer of their own. */
import { item } from "../../../base/matrix.ts";
import { clampedActivations } from "../../deployment/layers.ts";
import { equalShapes, type Shape, tensorBytes } from "../../format.ts";
import { nodeAt } from "../../graph.ts";
import type { Network, Node, NodeIndex } from "../../network.ts";
import type { Layout, MemoryOptions, SharedKind } from "../options.ts";

/** Where the data of tensors without a buffer of their own lie. */
export interface Views {
  /** Node → the nodes in whose buffers its data lie; undefined where it has its own. */
  readonly owners: readonly (readonly NodeIndex[] | undefined)[];
  /** Node → the node of whose buffer it is the whole contents (itself, where it has its own); −1 for parts and for what lies in several. */
  readonly whole: Int32Array;
  /**
   * Views that may need more memory than a copy, in network order: a part keeps all of its tensor alive; a concatenation in several
   * buffers cannot be overwritten, and each of its parts is rounded up by itself; of what is given, an early copy can spare a later one, where a
   * view of it is a result. Every other view needs at most what a copy needs.
   */
  readonly uncertain: readonly NodeIndex[];
  /** 1 for nodes whose owners depend on what is decided of an uncertain view. */
  readonly unsure: Uint8Array;
}

/** The way in which an operator can be a view: of a whole tensor, of a part, or of several. */
type Way = "whole" | "part" | "several";

/**
 * The views of a network under the options' `shares`.
 *
 * @param live which nodes an output depends on
 * @param copied nodes that are to have a buffer of their own, though they need none
 * @param mayOverwrite whether an operator could overwrite an input of this many bytes, if that had a buffer of its own
 */
export function findViews(
  network: Network,
  live: readonly boolean[],
  options: MemoryOptions,
  copied: ReadonlySet<NodeIndex>,
  mayOverwrite: (reader: Node, input: Node) => boolean,
): Views {
  const size = network.nodes.length;
  const owners = new Array<readonly NodeIndex[] | undefined>(size).fill(undefined);
  const whole = Int32Array.from({ length: size }, (_, index) => index);
  const unsure = new Uint8Array(size);
  const shares = new Set(options.shares ?? []);
  if (shares.size === 0) return { owners, whole, uncertain: [], unsure };

  const ways = waysOf(network, live, shares, options.layout ?? "channels-first", copied);
  const alignment = options.alignmentBytes ?? 16;
  const align = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const readers = readersOf(network, live);
  const handedOut = handedOutNodes(network, ways, readers);
  const uncertain: NodeIndex[] = [];
  ways.forEach((way, index) => {
    const node = nodeAt(network, index);
    for (const input of node.inputs) if (way !== undefined && unsure[input]) unsure[index] = 1;
    if (way === undefined) return;
    const lies = [...new Set(node.inputs.flatMap((input) => owners[input] ?? [input]))];
    // What is given, or lies in flash, is not handed out as a result.
    const liesInSource = lies.some((owner) => isSource(nodeAt(network, owner)));
    if (network.outputs.includes(index) && liesInSource) return;
    owners[index] = lies;
    whole[index] = way === "whole" ? (whole[item(node.inputs, 0)] as number) : -1;
    const isUncertain =
      way === "part" ||
      (liesInSource && handedOut[index] === 1) ||
      (way === "several" &&
        (unsure[index] === 1 ||
          (readers[index] ?? []).some((reader) => mayOverwrite(nodeAt(network, reader), node)) ||
          node.inputs.reduce((sum, input) => sum + align(tensorBytes(nodeAt(network, input).output)), 0) >
            align(tensorBytes(node.output))));
    if (!isUncertain) return;
    uncertain.push(index);
    unsure[index] = 1;
  });
  return { owners, whole, uncertain, unsure };
}

/** For each node 1 where it, or a view of it, is a result that could be a view. */
function handedOutNodes(network: Network, ways: readonly (Way | undefined)[], readers: readonly (readonly NodeIndex[])[]): Uint8Array {
  const handedOut = new Uint8Array(network.nodes.length);
  for (let index = network.nodes.length - 1; index >= 0; index--) {
    if (ways[index] === undefined) continue;
    const isResult = network.outputs.includes(index) || (readers[index] ?? []).some((reader) => handedOut[reader] === 1);
    handedOut[index] = isResult ? 1 : 0;
  }
  return handedOut;
}

const isSource = ({ op }: Node) => op.kind === "input" || op.kind === "constant" || op.kind === "parameter";

function readersOf(network: Network, live: readonly boolean[]): readonly (readonly NodeIndex[])[] {
  const readers: NodeIndex[][] = network.nodes.map(() => []);
  network.nodes.forEach(({ inputs }, index) => {
    if (live[index]) for (const input of new Set(inputs)) readers[input]?.push(index);
  });
  return readers;
}

/** For each node how it is a view, or undefined. Readers are decided before what they read. */
function waysOf(
  network: Network,
  live: readonly boolean[],
  shares: ReadonlySet<SharedKind>,
  layout: Layout,
  copied: ReadonlySet<NodeIndex>,
): readonly (Way | undefined)[] {
  const readers = readersOf(network, live);
  const clamped = clampedActivations(network, live);
  const contiguous = contiguousNodes(network, layout);
  const ways = new Array<Way | undefined>(network.nodes.length).fill(undefined);

  const wayOf = (node: Node, index: NodeIndex): Way | undefined => {
    const isOutput = network.outputs.includes(index);
    const input = node.inputs[0];
    if (input === undefined) return undefined;
    const source = nodeAt(network, input);
    switch (node.op.kind) {
      case "activation":
        return clamped[index] ? "whole" : undefined;
      case "reshape":
        return "whole";
      case "slice": {
        const isWhole = equalShapes(source.output.shape, node.output.shape);
        if (isOutput && !(isWhole && contiguous[index])) return undefined;
        const isReadable = contiguous[index] || (readers[index] ?? []).every((reader) => stridesThrough(reader));
        return isReadable ? (isWhole ? "whole" : "part") : undefined;
      }
      case "concat": {
        const { axis } = node.op;
        return !isOutput && (readers[index] ?? []).every((reader) => takesPieces(reader, axis)) ? "several" : undefined;
      }
      default:
        return undefined;
    }
  };
  const stridesThrough = (reader: NodeIndex) => {
    const { op } = nodeAt(network, reader);
    return op.kind === "conv2d" || op.kind === "dense" || ((op.kind === "concat" || op.kind === "slice") && ways[reader] !== undefined);
  };
  const takesPieces = (reader: NodeIndex, axis: number) => {
    const { op, output } = nodeAt(network, reader);
    if (op.kind === "conv2d") return axis === 1;
    if (op.kind === "dense") return axis === output.shape.length - 1;
    return op.kind === "concat" && ways[reader] !== undefined && op.axis === axis;
  };

  for (let index = network.nodes.length - 1; index >= 0; index--) {
    const node = nodeAt(network, index);
    if (!live[index] || copied.has(index) || !shares.has(node.op.kind as SharedKind)) continue;
    ways[index] = wayOf(node, index);
  }
  return ways;
}

/** For each node 1 unless it is a slice whose numbers do not lie one after another in what it is taken from. */
function contiguousNodes(network: Network, layout: Layout): Uint8Array {
  const contiguous = new Uint8Array(network.nodes.length).fill(1);
  network.nodes.forEach(({ op, inputs, output }, index) => {
    if (op.kind !== "slice") return;
    const input = item(inputs, 0);
    contiguous[index] = contiguous[input] && isContiguous(nodeAt(network, input).output.shape, output.shape, layout) ? 1 : 0;
  });
  return contiguous;
}

/** Whether a part of a tensor is contiguous: outside of the outermost axis that it takes whole, all but the last have one entry. */
function isContiguous(whole: Shape, part: Shape, layout: Layout): boolean {
  const axes = whole.map((_, axis) => axis);
  if (layout === "channels-last" && whole.length > 2) axes.push(...axes.splice(1, 1));
  const last = axes.findLastIndex((axis) => whole[axis] !== part[axis]);
  return axes.slice(0, last).every((axis) => part[axis] === 1);
}
