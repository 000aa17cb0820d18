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
 *   exactly the output's bytes that dies there (the first one if both do); then they allocate nothing. A network
 *   input may be overwritten, a network output and what lies in flash may not. Whether an input dies depends on
 *   the schedule, and is part of what the search decides.
 * - Every buffer is rounded up to a multiple of the alignment, as TensorFlow Lite Micro's planner does.
 * - Nodes that no output depends on are not run and take no memory; an unused network input neither.
 *
 * What is not modelled:
 * - `concat` and `slice` as views of one buffer, a `reshape` as a second view of a tensor still in use,
 *   convolutions that overwrite their own input (a depthwise one could, channel by channel), recomputation, and
 *   operators that run in patches or rows (Lin et al. 2021, "MCUNetV2").
 * - What the runtime itself occupies: its stack, tensor descriptors, and constants that it copies to RAM.
 * - Fusion: plan the network that is deployed. An operator that runs in place costs nothing on top of the one before it,
 *   so folding batch normalisation and activations into convolutions leaves the peak as it is.
 */

import { InputError } from "../../base/index.ts";
import { numberAt } from "../../base/matrix.ts";
import type { Network, NodeIndex } from "../network.ts";
import { packArena } from "./arena.ts";
import { type MemoryGraph, memoryGraph } from "./memoryGraph.ts";
import type { MemoryOptions } from "./options.ts";
import { leastMemorySchedule } from "./schedule.ts";
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

/** A schedule with the memory it needs. */
export interface MemoryPlan {
  /** The nodes to run, in order; inputs, constants and parameters first. Nodes that no output needs are left out. */
  readonly schedule: readonly NodeIndex[];
  /** Bytes alive at the schedule's worst step: the arena cannot be smaller. */
  readonly peakLiveBytes: number;
  /** Bytes of the arena with the buffers at their offsets: what a device must have. */
  readonly arenaBytes: number;
  readonly buffers: readonly PlannedBuffer[];
  /** Bytes alive while each step of the schedule runs. */
  readonly timeline: readonly number[];
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
  const graph = memoryGraph(network, options);
  const { order, optimal } = leastMemorySchedule(graph, limit, options.reorder ?? true);
  return assemble(graph, order, optimal, limit);
}

function assemble(graph: MemoryGraph, order: readonly number[], scheduleIsOptimal: boolean, limit: number): MemoryPlan {
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
    timeline: [...stepBytes],
    scheduleIsOptimal,
    arenaIsOptimal: packing.optimal,
  };
}
