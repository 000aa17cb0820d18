/** Views taken out of a graph. */
import { at, listAt } from "../../../base/matrix.ts";
import type { Network } from "../../network.ts";
import { type MemoryGraph, memoryGraph } from "../memoryGraph.ts";
import type { MemoryOptions } from "../options.ts";
import type { MemoryPlan } from "../plan.ts";

/**
 * The graph without the tensors that lie in other tensors' buffers: nothing runs for them, and what reads them reads their
 * owners already.
 */
export function withoutViews(graph: MemoryGraph): MemoryGraph {
  if (graph.owners.every((owners) => owners === undefined)) return graph;
  const remaining: number[] = [];
  const local = new Int32Array(graph.size).fill(-1);
  graph.owners.forEach((owners, vertex) => {
    if (owners === undefined) local[vertex] = remaining.push(vertex) - 1;
  });
  const renumbered = (lists: readonly (readonly number[])[]) =>
    remaining.map((vertex) => listAt(lists, vertex).flatMap((other) => ((local[other] as number) < 0 ? [] : [local[other] as number])));
  const floats = (list: Float64Array) => Float64Array.from(remaining, (vertex) => at(list, vertex));
  const flags = (list: Uint8Array) => Uint8Array.from(remaining, (vertex) => list[vertex] as number);
  return {
    size: remaining.length,
    nodes: remaining.map((vertex) => graph.nodes[vertex] as number),
    bytes: floats(graph.bytes),
    scratch: floats(graph.scratch),
    source: flags(graph.source),
    pinned: flags(graph.pinned),
    inputs: renumbered(graph.inputs),
    overwrites: renumbered(graph.overwrites),
    inPlaceBytes: floats(graph.inPlaceBytes),
    consumers: renumbered(graph.consumers),
    owners: remaining.map(() => undefined),
    uncertain: graph.uncertain,
    unsure: flags(graph.unsure),
  };
}

/** The graph, without views, that a plan of the network with these options is of. */
export function graphOfPlan(network: Network, plan: MemoryPlan, options: MemoryOptions): MemoryGraph {
  const graph = memoryGraph(network, options);
  const views = new Set(plan.views.map(({ node }) => node));
  const copied = graph.uncertain.filter((node) => !views.has(node));
  return withoutViews(copied.length === 0 ? graph : memoryGraph(network, options, new Set(copied)));
}
