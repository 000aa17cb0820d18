/** What a network moves between a device's scratchpad and the memory behind it. */
import { at, item, listAt } from "../base/matrix.ts";
import { type MemoryOptions, type MemoryPlan, type Network, type NodeIndex, planTraffic } from "../ir/index.ts";
import type { MemoryGraph } from "../ir/memory/memoryGraph.ts";
import { graphOfPlan } from "../ir/memory/replacement/index.ts";
import type { HardwareKind } from "./profile.ts";

/**
 * Where the nearest memory of activations is a scratchpad, which the program fills and empties; elsewhere it is a cache, which keeps
 * by itself what fits.
 */
export const hasScratchpad: Readonly<Record<HardwareKind, boolean>> = {
  microcontroller: true,
  phone: false,
  board: false,
  cpu: false,
  gpu: false,
  accelerator: true,
};

/** Effort of a plan: a search estimates thousands of networks. */
const searchLimit = 2000;

/** Bytes between scratchpad and main memory by the node that they are moved for, and nodes that run in main memory. */
export interface ScratchpadTraffic {
  readonly bytes: ReadonlyMap<NodeIndex, number>;
  readonly inMain: ReadonlySet<NodeIndex>;
}

/**
 * The traffic of a network, as `planTraffic` plans it: none where the scratchpad holds the arena. An operator that does not fit by itself runs in
 * main memory: it reads and writes there; what an operator in the scratchpad makes for it is stored, and what it
 * makes is loaded by each that reads it.
 *
 * @param plan of the network with these options
 * @param kernels to which the bytes go; reshapes of what is given are of none
 */
export function scratchpadTraffic(
  network: Network,
  plan: MemoryPlan,
  options: MemoryOptions,
  { capacityBytes, kernels }: { readonly capacityBytes: number; readonly kernels: readonly { readonly nodes: readonly NodeIndex[] }[] },
): ScratchpadTraffic {
  if (plan.arenaBytes <= capacityBytes) return { bytes: new Map(), inMain: new Set() };
  const whole = graphOfPlan(network, plan, options);
  const isLarge = largeOperators(whole, capacityBytes);
  const bytes = new Map<NodeIndex, number>();
  const count = (node: NodeIndex, amount: number) => bytes.set(node, (bytes.get(node) ?? 0) + amount);
  const inMain = new Set<NodeIndex>();
  whole.nodes.forEach((node, vertex) => {
    if (isLarge[vertex]) inMain.add(node);
    else {
      for (const input of listAt(whole.inputs, vertex)) if (isLarge[input]) count(node, at(whole.bytes, input));
      const isReadInMain = listAt(whole.consumers, vertex).some((use) => isLarge[use]);
      if (isReadInMain && !whole.source[vertex]) count(node, at(whole.bytes, vertex));
    }
  });

  const graph = inMain.size === 0 ? whole : withoutLarge(whole, isLarge);
  const traffic = planTraffic(graph, { capacityBytes: Math.max(0, capacityBytes), searchLimit, reorder: options.reorder ?? true });
  if (!traffic) throw new Error("an operator that does not fit was left in the scratchpad");
  const isInKernel = new Set(kernels.flatMap(({ nodes }) => nodes));
  // A store belongs to the operator before it, a load to the one after it; so does a store before the first.
  let running: NodeIndex | undefined;
  let pending = 0;
  for (const step of traffic.steps) {
    if (step.kind === "load" || (step.kind === "store" && running === undefined)) pending += step.bytes;
    else if (step.kind === "store" && running !== undefined) count(running, step.bytes);
    else if (step.kind === "run" && isInKernel.has(step.node)) {
      running = step.node;
      if (pending > 0) count(running, pending);
      pending = 0;
    }
  }
  return { bytes, inMain };
}

/** 1 for operators that do not fit into the scratchpad. A result that lies in main memory cannot be overwritten in the scratchpad. */
function largeOperators(graph: MemoryGraph, capacityBytes: number): Uint8Array {
  const isLarge = new Uint8Array(graph.size);
  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (graph.source[vertex]) continue;
    const inputs = listAt(graph.inputs, vertex).reduce((sum, input) => sum + at(graph.bytes, input), 0);
    const isInPlace = listAt(graph.overwrites, vertex).some((input) => !isLarge[input]);
    const own = at(isInPlace ? graph.inPlaceBytes : graph.bytes, vertex);
    isLarge[vertex] = inputs + own + at(graph.scratch, vertex) > capacityBytes ? 1 : 0;
  }
  return isLarge;
}

/**
 * The graph in which large operators need nothing: their results have no bytes, and before those that they read stand tickets, operators without
 * a result that can run at once, so that the order stays. What reads a large result has room for it as scratch.
 */
function withoutLarge(graph: MemoryGraph, isLarge: Uint8Array): MemoryGraph {
  const inputs: (readonly number[])[] = [];
  const nodes: NodeIndex[] = [];
  const from: number[] = [];
  const newOf = new Int32Array(graph.size);
  const ticketOf = new Int32Array(graph.size).fill(-1);
  for (let vertex = 0; vertex < graph.size; vertex++) {
    const reads = listAt(graph.inputs, vertex);
    newOf[vertex] = nodes.push(item(graph.nodes, vertex)) - 1;
    from.push(vertex);
    const ordered = isLarge[vertex]
      ? reads.flatMap((input) => (graph.source[input] ? [] : [isLarge[input] ? (newOf[input] as number) : (ticketOf[input] as number)]))
      : reads.map((input) => newOf[input] as number);
    inputs.push(ordered);
    if (isLarge[vertex] || graph.source[vertex] || !listAt(graph.consumers, vertex).some((use) => isLarge[use])) continue;
    ticketOf[vertex] = nodes.push(-1) - 1;
    from.push(-1);
    inputs.push([newOf[vertex] as number]);
  }
  const size = nodes.length;
  const consumers: number[][] = nodes.map(() => []);
  inputs.forEach((reads, vertex) => {
    for (const input of reads) consumers[input]?.push(vertex);
  });
  const isSmall = (vertex: number) => vertex >= 0 && !isLarge[vertex];
  const floats = (value: (vertex: number) => number) => Float64Array.from(from, (vertex) => (isSmall(vertex) ? value(vertex) : 0));
  const flags = (list: Uint8Array) => Uint8Array.from(from, (vertex) => (vertex < 0 ? 0 : (list[vertex] as number)));
  return {
    size,
    nodes,
    bytes: floats((vertex) => at(graph.bytes, vertex)),
    scratch: floats((vertex) =>
      listAt(graph.inputs, vertex).reduce((sum, input) => sum + (isLarge[input] ? at(graph.bytes, input) : 0), at(graph.scratch, vertex)),
    ),
    source: flags(graph.source),
    pinned: flags(graph.pinned),
    inputs,
    overwrites: from.map((vertex) =>
      isSmall(vertex) ? listAt(graph.overwrites, vertex).flatMap((input) => (isLarge[input] ? [] : [newOf[input] as number])) : [],
    ),
    inPlaceBytes: floats((vertex) => at(graph.inPlaceBytes, vertex)),
    consumers,
    owners: nodes.map(() => undefined),
    uncertain: [],
    unsure: new Uint8Array(size),
  };
}
