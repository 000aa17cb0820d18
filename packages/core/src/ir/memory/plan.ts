/**
 * How much working memory (RAM) a network needs, and where each tensor lies.
 *
 * What is modelled:
 * - One arena holds the network's inputs, everything that operators compute, and the kernels' scratch. Constants and
 *   parameters (`constant`, `parameter`, and the weights of operators) are read from flash and take none of it.
 * - Operators run one at a time. All network inputs are there before the first one runs. An operator's output and
 *   scratch are allocated when it starts; its scratch, and each input that no later operator reads, are freed when it
 *   ends. So inputs and output are alive together. Network outputs are never freed.
 * - In place: `activation`, `binary`, `cast`, `reshape`, `softmax` and the normalisations write over an input of
 *   exactly the output's bytes that dies there (the first one if both do); then they allocate nothing. With
 *   `depthwiseInPlace` a depthwise convolution does so too, beside one plane of scratch. A network
 *   input may be overwritten, a network output and what lies in flash may not. Whether an input dies depends on
 *   the schedule, and is part of what the search decides.
 * - Views (`shares`): a tensor whose data lie in other tensors' buffers has none of its own and keeps those alive. Where
 *   that might need more than a copy, both are tried: all combinations of up to three such views, else one after another.
 * - Every buffer is rounded up to a multiple of the alignment, as TensorFlow Lite Micro's planner does.
 * - Nodes that no output depends on are not run and take no memory; an unused network input neither.
 *
 * What is not modelled:
 * - Parts of a tensor that die before the rest, a concatenation whose parts are made side by side in one buffer, depthwise convolutions in
 *   place whose result is smaller, recomputation, and operators that run in patches or rows (Lin et al. 2021, "MCUNetV2").
 * - What the runtime itself occupies: its stack, tensor descriptors, and constants that it copies to RAM.
 * - Fusion: plan the network that is deployed. An operator that runs in place costs nothing on top of the one before it,
 *   so folding batch normalisation and activations into convolutions leaves the peak as it is. Padding that kernels do
 *   themselves has to be fused before (`fusePadding`).
 */

import { InputError } from "../../base/index.ts";
import { item, numberAt } from "../../base/matrix.ts";
import type { Network, NodeIndex } from "../network.ts";
import { packArena } from "./arena.ts";
import { type MemoryGraph, memoryGraph } from "./memoryGraph.ts";
import type { MemoryOptions } from "./options.ts";
import { leastMemorySchedule } from "./schedule.ts";
import { bestSharing } from "./sharing/choice.ts";
import { simulateSchedule } from "./timeline.ts";

/** A piece of the arena. Two buffers that share a step do not overlap. */
export interface PlannedBuffer {
  readonly kind: "tensor" | "scratch";
  /** Whose tensors it holds: several, one after another, where operators run in place. Of scratch, the node that uses it. */
  readonly nodes: readonly NodeIndex[];
  readonly offsetBytes: number;
  /** A multiple of the alignment. */
  readonly bytes: number;
  /** Positions in the schedule, both included. */
  readonly firstStep: number;
  readonly lastStep: number;
}

/** A tensor that has no buffer of its own. */
export interface PlannedView {
  readonly node: NodeIndex;
  /** In whose buffers its data lie. */
  readonly of: readonly NodeIndex[];
}

/** A schedule with the memory it needs. */
export interface MemoryPlan {
  /** The nodes to run, in order; inputs, constants and parameters first. Nodes that no output needs are left out. */
  readonly schedule: readonly NodeIndex[];
  /** Bytes alive at the schedule's worst step: the arena cannot be smaller. */
  readonly peakLiveBytes: number;
  /** Bytes of the arena with the buffers at their offsets: what a device must have. */
  readonly arenaBytes: number;
  readonly buffers: readonly PlannedBuffer[];
  /** In network order. */
  readonly views: readonly PlannedView[];
  /** Bytes alive while each step of the schedule runs. */
  readonly timeline: readonly number[];
  /** Proven: no order, and no choice of views where the options leave one, has a smaller `peakLiveBytes`. */
  readonly lowerBoundBytes: number;
  /** No order has a smaller `peakLiveBytes`. */
  readonly scheduleIsOptimal: boolean;
  /**
   * No smaller arena exists for this schedule: it equals `peakLiveBytes`, or the search for a smaller one was exhaustive.
   * Where it equals them and the schedule is optimal too, no schedule at all needs a smaller arena.
   */
  readonly arenaIsOptimal: boolean;
}

/**
 * The schedule that needs least memory and offsets for all its buffers. Deterministic.
 * @throws InputError where an option is out of range.
 */
export function planMemory(network: Network, options: MemoryOptions = {}): MemoryPlan {
  const limit = options.searchLimit ?? 100_000;
  if (!Number.isInteger(limit) || limit < 0) {
    throw new InputError(`searchLimit is ${limit}`, { expected: "a whole number of at least 0", suggestion: "100000" });
  }
  const plan = planSharing(network, options, limit);
  // Buffers that several tensors use one after another are longer, and may pack worse than more and shorter ones.
  const isPacked = () => best.arenaBytes <= best.lowerBoundBytes;
  let best = plan;
  for (const less of lessSharing(options)) {
    if (isPacked()) break;
    const other = planSharing(network, less, limit);
    if (other.arenaBytes >= best.arenaBytes) continue;
    // What is proven without the sharing is not proven with it.
    const { lowerBoundBytes } = plan;
    const [scheduleIsOptimal, arenaIsOptimal] = [other.peakLiveBytes <= lowerBoundBytes, other.arenaBytes <= lowerBoundBytes];
    best = { ...other, lowerBoundBytes, scheduleIsOptimal, arenaIsOptimal };
  }
  return best;
}

/** The same options without depthwise convolutions in place, without views, and without both. */
function lessSharing(options: MemoryOptions): readonly MemoryOptions[] {
  const { shares = [], depthwiseInPlace = false } = options;
  return [
    ...(depthwiseInPlace ? [{ ...options, depthwiseInPlace: false }] : []),
    ...(shares.length > 0 ? [{ ...options, shares: [] }] : []),
    ...(shares.length > 0 && depthwiseInPlace ? [{ ...options, shares: [], depthwiseInPlace: false }] : []),
  ];
}

function planSharing(network: Network, options: MemoryOptions, limit: number): MemoryPlan {
  return bestSharing((copied, share) => {
    const graph = memoryGraph(network, options, copied);
    const { order, lowerBound } = leastMemorySchedule(graph, share * limit, options.reorder ?? true);
    return { plan: assemble(graph, order, lowerBound, share * limit), graph };
  });
}

function assemble(graph: MemoryGraph, order: readonly number[], lowerBoundBytes: number, limit: number): MemoryPlan {
  const { stepBytes, peakBytes, buffers } = simulateSchedule(graph, order);
  const packing = packArena(buffers, limit);
  const nodeOf = (vertex: number) => numberAt(graph.nodes, vertex);
  return {
    schedule: order.map(nodeOf),
    peakLiveBytes: peakBytes,
    arenaBytes: packing.arenaBytes,
    buffers: buffers.map(({ kind, vertices, bytes, firstStep, lastStep }, index) => ({
      kind,
      nodes: vertices.map(nodeOf),
      offsetBytes: numberAt(packing.offsets, index),
      bytes,
      firstStep,
      lastStep,
    })),
    views: graph.owners.flatMap((of, vertex) => (of ? [{ node: nodeOf(vertex), of: of.map(nodeOf) }] : [])),
    timeline: [...stepBytes],
    lowerBoundBytes,
    scheduleIsOptimal: peakBytes <= lowerBoundBytes,
    arenaIsOptimal: packing.optimal,
  };
}

/** A tensor, or a kernel's scratch, that is alive at a step of a plan. */
export interface LiveTensor {
  /** Of scratch, the node that uses it. */
  readonly node: NodeIndex;
  readonly name: string;
  readonly kind: "tensor" | "scratch";
  /** Arena bytes, rounded up to the alignment. */
  readonly bytes: number;
}

/** What is alive at the worst step of a plan. */
export interface Peak {
  /** The node that runs there; one that has been given, where inputs alone are the peak. */
  readonly node: NodeIndex;
  readonly name: string;
  /** Largest first; they sum up to `peakLiveBytes`. */
  readonly tensors: readonly LiveTensor[];
}

/** Which tensors are alive at the first of a plan's worst steps. A buffer is named by what it holds when the step ends. */
export function peakTensors(plan: MemoryPlan, network: Network): Peak {
  const step = Math.max(0, plan.timeline.indexOf(plan.peakLiveBytes));
  const nameOf = (node: NodeIndex) => item(network.nodes, node).name;
  const begun = new Set(plan.schedule.slice(0, step + 1));
  const tensors = plan.buffers
    .filter(({ firstStep, lastStep, bytes }) => firstStep <= step && step <= lastStep && bytes > 0)
    .map(({ kind, nodes, bytes }): LiveTensor => {
      // What the network is given is there before its place in the schedule.
      const node = nodes.findLast((held) => begun.has(held)) ?? numberAt(nodes, 0);
      return { node, name: nameOf(node), kind, bytes };
    })
    .sort((a, b) => b.bytes - a.bytes || a.node - b.node);
  const node = numberAt(plan.schedule, step);
  return { node, name: nameOf(node), tensors };
}
