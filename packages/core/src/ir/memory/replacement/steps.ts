/** A plan as what a runtime does, one step after another. */
import { at, listAt, numberAt } from "../../../base/matrix.ts";
import type { NodeIndex } from "../../network.ts";
import type { MemoryGraph } from "../memoryGraph.ts";
import type { Placed } from "./placement.ts";
import { scratchOf, staysOf } from "./residency.ts";

/**
 * What happens to a tensor, at `offsetBytes` in the scratchpad.
 *
 * - `begin`: a network input is there before the first operator runs. One without this begins in main memory.
 * - `run`: the operator of the node runs, and its result is there. `overwrites` names the input whose place it takes.
 * - `load`: it is copied from main memory, where it stays too.
 * - `store`: it is copied to main memory.
 * - `evict`: its place is free. Whatever still needs it finds it in main memory.
 */
export type TrafficStep =
  | {
      readonly kind: "run";
      readonly node: NodeIndex;
      readonly offsetBytes: number;
      readonly bytes: number;
      readonly overwrites: NodeIndex | undefined;
      /** The kernel's working memory, if it has some. */
      readonly scratch: { readonly offsetBytes: number; readonly bytes: number } | undefined;
    }
  | {
      readonly kind: "begin" | "load" | "store" | "evict";
      readonly node: NodeIndex;
      readonly offsetBytes: number;
      readonly bytes: number;
    };

/** Where a network output is when all has run; `main` has no offset. */
export interface OutputPlace {
  readonly node: NodeIndex;
  readonly memory: "scratchpad" | "main";
  readonly offsetBytes: number | undefined;
}

/** The steps of a plan, and where it leaves the outputs. */
export function stepsOf(graph: MemoryGraph, { residency, offsets }: Placed) {
  const { order, kept, overwritten } = residency;
  const { touches, stays, stayOf } = staysOf(graph, residency);
  const steps: TrafficStep[] = [];
  const stored = new Uint8Array(graph.size);
  const node = (vertex: number) => numberAt(graph.nodes, vertex);
  const offsetOf = (vertex: number, touch: number) => offsets[numberAt(listAt(stayOf, vertex), touch)] ?? 0;
  const add = (kind: "begin" | "load" | "store" | "evict", vertex: number, touch: number) =>
    steps.push({ kind, node: node(vertex), offsetBytes: offsetOf(vertex, touch), bytes: at(graph.bytes, vertex) });
  const scratchStays = new Map(stays.flatMap((stay, index) => (stay.kind === "scratch" ? [[stay.vertices[0], index] as const] : [])));

  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (!graph.source[vertex] || at(graph.bytes, vertex) === 0) continue;
    if (kept[vertex]?.[0]) add("begin", vertex, 0);
    else stored[vertex] = 1;
  }
  order.forEach((vertex, position) => {
    const inputs = listAt(graph.inputs, vertex).filter((input) => at(graph.bytes, input) > 0);
    const touchOf = (tensor: number) => listAt(touches, tensor).indexOf(position);
    for (const input of inputs) if (!kept[input]?.[touchOf(input) - 1]) add("load", input, touchOf(input));
    const store = (tensor: number) => {
      if (stored[tensor] || kept[tensor]?.[touchOf(tensor)] !== false) return;
      stored[tensor] = 1;
      add("store", tensor, touchOf(tensor));
    };
    const reused = numberAt(overwritten, vertex);
    if (reused >= 0) store(reused);
    const scratch = scratchStays.get(vertex);
    steps.push({
      kind: "run",
      node: node(vertex),
      offsetBytes: offsetOf(vertex, 0),
      bytes: at(graph.bytes, vertex),
      overwrites: reused < 0 ? undefined : node(reused),
      scratch:
        scratch === undefined ? undefined : { offsetBytes: numberAt(offsets, scratch), bytes: scratchOf(graph, vertex, reused >= 0) },
    });
    for (const tensor of [...inputs, vertex]) {
      if (tensor === reused || at(graph.bytes, tensor) === 0 || kept[tensor]?.[touchOf(tensor)]) continue;
      store(tensor);
      add("evict", tensor, touchOf(tensor));
    }
  });
  const outputs: OutputPlace[] = [];
  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (!graph.pinned[vertex] || at(graph.bytes, vertex) === 0) continue;
    const last = listAt(touches, vertex).length - 1;
    const stays = kept[vertex]?.[last - 1] === true;
    outputs.push({
      node: node(vertex),
      memory: stays ? "scratchpad" : "main",
      offsetBytes: stays ? offsetOf(vertex, last) : undefined,
    });
  }
  return { steps, outputs };
}
