/**
 * A scratchpad that is smaller than what a network needs, with main memory behind it: which tensors wait in main memory, when
 * they are moved, and where each lies in the scratchpad, so that as few bytes as possible are moved. The order of the
 * operators, the addresses and the replacement are planned together (the problem of COSMA: Li, Gupta
 * and Malik 2023, "Combined Scheduling, Memory Allocation and Tensor Replacement for Minimizing Off-Chip Data Accesses of DNN
 * Accelerators", arXiv 2311.18246).
 *
 * What is modelled: all that `planMemory` states (one operator at a time, in place, alignment, scratch, outputs kept to the
 * end), with these besides.
 * - An operator runs in the scratchpad alone: inputs, result and scratch are there while it runs.
 * - A tensor may leave the scratchpad after any operator that touches it, and is loaded again before the next that reads
 *   it. Main memory has room for all. A tensor never changes, so one store is enough for any number of loads.
 * - A tensor keeps its address while it stays; to move it is a store and a load.
 * - An operator may also overwrite an input that is needed later, if that has a copy in main memory.
 *
 * What counts: every byte loaded or stored. What a network is given and gives is compulsory and does not count: an input may
 * be put into either memory before the network runs, an output may be fetched from either. But an input that begins in
 * main memory is loaded, and an output that ends there is stored, and these count. So the traffic is 0 exactly where
 * the scratchpad holds the arena of `planMemory` (but for an input that is handed on unread, which need not be there), and
 * weights, which are read once however large the scratchpad is, play no part.
 *
 * Not modelled: weights in the scratchpad, operators that read main memory directly or run in tiles, recomputation, and
 * transfers that overlap with computing.
 */
import { InputError } from "../../../base/index.ts";
import { numberAt } from "../../../base/matrix.ts";
import type { Network, NodeIndex } from "../../network.ts";
import { packArena } from "../arena.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import type { MemoryOptions } from "../options.ts";
import { planMemory } from "../plan.ts";
import { leastMemorySchedule } from "../schedule.ts";
import { exactWithAddresses } from "./exactPlacement.ts";
import { type Placed, placeOrGiveWay } from "./placement.ts";
import { keepAll, staysOf, trafficBytes, trafficOf, workingSet } from "./residency.ts";
import { leastTraffic } from "./solve.ts";
import { windowOf } from "./splice.ts";
import { type OutputPlace, stepsOf, type TrafficStep } from "./steps.ts";
import { graphOfPlan, withoutViews } from "./views.ts";

export interface TrafficOptions extends MemoryOptions {
  /** Size of the scratchpad. */
  readonly capacityBytes: number;
  /**
   * Effort: about how many states each of the searches may make. Default 1,000,000, a few seconds where all of it is used, as
   * with a tangle of twenty operators. Where it does not suffice, the plan says so.
   */
  readonly searchLimit?: number;
}

/** What a network moves between a scratchpad and main memory. */
export interface TrafficPlan {
  /** Loaded and stored. */
  readonly trafficBytes: number;
  readonly loadedBytes: number;
  readonly storedBytes: number;
  /** No plan moves less. */
  readonly lowerBoundBytes: number;
  /** The two are equal. */
  readonly optimal: boolean;
  /** Bytes of the scratchpad that are used, at most the capacity. */
  readonly scratchpadBytes: number;
  /** The nodes to run, in order; inputs, constants and parameters are left out. */
  readonly schedule: readonly NodeIndex[];
  readonly steps: readonly TrafficStep[];
  readonly outputs: readonly OutputPlace[];
}

/**
 * Bytes of the largest working set of an operator: with a smaller scratchpad the network cannot run.
 *
 * @param network or its graph, of which the options play no part then
 */
export function largestWorkingSet(network: Network | MemoryGraph, options: MemoryOptions = {}): number {
  return largestOf(plannedGraph(network, options).graph);
}

function largestOf(graph: MemoryGraph): number {
  let most = 0;
  for (let vertex = 0; vertex < graph.size; vertex++) if (!graph.source[vertex]) most = Math.max(most, workingSet(graph, vertex));
  return most;
}

/**
 * The least traffic that can be found, with the plan that has it; nothing where the largest working set of an operator
 * exceeds the capacity. Deterministic.
 *
 * @param network or its graph: of the options, those that make the graph then play no part
 * @throws InputError where an option is out of range.
 */
export function planTraffic(network: Network | MemoryGraph, options: TrafficOptions): TrafficPlan | undefined {
  const { capacityBytes: capacity, searchLimit: limit = 1_000_000, reorder = true } = options;
  if (!Number.isFinite(capacity) || capacity < 0) {
    throw new InputError(`capacityBytes is ${capacity}`, { expected: "a finite number of at least 0" });
  }
  if (!Number.isInteger(limit) || limit < 0) {
    throw new InputError(`searchLimit is ${limit}`, { expected: "a whole number of at least 0", suggestion: "1000000" });
  }
  const planningLimit = Math.min(limit, defaultPlanningLimit);
  const { graph, order, fits } = plannedGraph(network, { ...options, searchLimit: planningLimit });
  const least = largestOf(graph);
  if (least > capacity) return undefined;
  const whole = fits(capacity);
  if (whole) return described(graph, whole, 0);

  const networkOrder = Array.from({ length: graph.size }, (_, vertex) => vertex).filter((vertex) => !graph.source[vertex]);
  const orders = reorder ? [networkOrder, order] : [networkOrder];
  const solve = (room: number, effort: number) => leastTraffic(graph, room, orders, { inOrder: !reorder, limit: effort });
  const { residency, lowerBound } = solve(capacity, limit);
  let placed = placeOrGiveWay(graph, residency, capacity, planningLimit);
  let traffic = trafficBytes(graph, placed.residency);
  if (traffic > trafficBytes(graph, residency)) {
    // What is free lies in pieces. A plan with something to spare may lose less to that.
    for (const share of sharesToSpare) {
      const room = Math.max(least, Math.floor(capacity * share));
      const other = placeOrGiveWay(graph, solve(room, Math.ceil(limit / 10)).residency, capacity, planningLimit);
      const bytes = trafficBytes(graph, other.residency);
      if (bytes < traffic) [placed, traffic] = [other, bytes];
    }
  }
  const range = { from: 0, to: order.length };
  const window = traffic > lowerBound && windowOf(graph, capacity, placed.residency, range, { free: true, inOrder: !reorder });
  if (!window) return described(graph, placed, lowerBound);
  const exact = exactWithAddresses(graph, window, lowerBound, traffic, Math.ceil(limit / 10));
  return described(graph, exact.placed ?? placed, Math.max(lowerBound, exact.lowerBound));
}

/** The planner's own default. */
const defaultPlanningLimit = 100_000;

/**
 * The graph without views, the order of the planner, and that plan where its arena lies within a capacity. A network's comes from
 * `planMemory`, so that both agree on views and on the arena.
 */
function plannedGraph(network: Network | MemoryGraph, options: MemoryOptions) {
  if ("overwrites" in network) {
    const graph = withoutViews(network);
    const { searchLimit = defaultPlanningLimit, reorder = true } = options;
    const order = leastMemorySchedule(graph, searchLimit, reorder).order.filter((vertex) => !graph.source[vertex]);
    const residency = keepAll(graph, order);
    const { offsets, arenaBytes } = packArena(staysOf(graph, residency).stays, searchLimit);
    return { graph, order, fits: (capacity: number): Placed | undefined => (arenaBytes <= capacity ? { residency, offsets } : undefined) };
  }
  const plan = planMemory(network, options);
  const graph = graphOfPlan(network, plan, options);
  const vertexOf = new Map(graph.nodes.map((node, vertex) => [node, vertex]));
  const order = plan.schedule.flatMap((node) => {
    const vertex = vertexOf.get(node);
    return vertex === undefined || graph.source[vertex] ? [] : [vertex];
  });
  const fits = (capacity: number): Placed | undefined => {
    if (plan.arenaBytes > capacity) return undefined;
    const residency = keepAll(graph, order);
    const offsets = staysOf(graph, residency).stays.map(({ kind, vertices }) => {
      const node = numberAt(graph.nodes, numberAt(vertices, 0));
      return plan.buffers.find((buffer) => buffer.kind === kind && buffer.nodes.includes(node))?.offsetBytes ?? 0;
    });
    return { residency, offsets };
  };
  return { graph, order, fits };
}

/** Shares of the capacity that are tried where a plan for all of it has no addresses. */
const sharesToSpare = [0.98, 0.95, 0.9, 0.85, 0.8];

function described(graph: MemoryGraph, placed: Placed, lowerBoundBytes: number): TrafficPlan {
  const { residency, offsets } = placed;
  const { stays } = staysOf(graph, residency);
  const { loadedBytes, storedBytes } = trafficOf(graph, residency);
  return {
    trafficBytes: loadedBytes + storedBytes,
    loadedBytes,
    storedBytes,
    lowerBoundBytes,
    optimal: loadedBytes + storedBytes === lowerBoundBytes,
    scratchpadBytes: stays.reduce((top, stay, index) => Math.max(top, numberAt(offsets, index) + stay.bytes), 0),
    schedule: residency.order.map((vertex) => numberAt(graph.nodes, vertex)),
    ...stepsOf(graph, placed),
  };
}
