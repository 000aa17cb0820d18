/** The memory that a given schedule uses, step by step. */
import { at, intAt, listAt, numberAt } from "../../base/matrix.ts";
import type { MemoryGraph } from "./memoryGraph.ts";

/** Bytes of the arena in use while each step of a schedule runs, and the buffers that hold them. */
export interface Timeline {
  /** One number per step. */
  readonly stepBytes: Float64Array;
  readonly peakBytes: number;
  readonly buffers: readonly LiveBuffer[];
}

/** A buffer and the steps, both included, in which it must keep its contents. */
export interface LiveBuffer {
  readonly kind: "tensor" | "scratch";
  /** The vertices whose tensors it holds one after another, or the one whose scratch it is. */
  readonly vertices: readonly number[];
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

/**
 * Plays a schedule (all vertices; sources first), following the rules that `planMemory` states.
 * @throws Error where the order is not one that the graph allows.
 */
export function simulateSchedule(graph: MemoryGraph, order: readonly number[]): Timeline {
  if (order.length !== graph.size) throw new Error(`schedule has ${order.length} of ${graph.size} vertices`);
  const waiting = Int32Array.from(graph.consumers, (consumers) => consumers.length);
  const bufferOf = new Int32Array(graph.size).fill(-1);
  const done = new Uint8Array(graph.size);
  const stepBytes = new Float64Array(order.length);
  const buffers: { kind: LiveBuffer["kind"]; vertices: number[]; bytes: number; firstStep: number; lastStep: number }[] = [];
  let live = 0;

  // What the network is given is there before the first step, wherever its place in the schedule.
  for (let vertex = 0; vertex < graph.size; vertex++) {
    const bytes = at(graph.bytes, vertex);
    if (!graph.source[vertex] || bytes === 0) continue;
    bufferOf[vertex] = buffers.push({ kind: "tensor", vertices: [vertex], bytes, firstStep: 0, lastStep: order.length - 1 }) - 1;
    live += bytes;
  }

  for (let step = 0; step < order.length; step++) {
    const vertex = numberAt(order, step);
    if (done[vertex]) throw new Error(`vertex ${vertex} is scheduled twice`);
    done[vertex] = 1;
    stepBytes[step] = live;
    if (graph.source[vertex]) continue;

    const inputs = listAt(graph.inputs, vertex);
    let freed = 0;
    for (const input of inputs) {
      if (!done[input]) throw new Error(`vertex ${vertex} is scheduled before its input ${input}`);
      waiting[input] = intAt(waiting, input) - 1;
    }
    const dies = (input: number) => waiting[input] === 0 && !graph.pinned[input] && at(graph.bytes, input) > 0;
    const reused = listAt(graph.overwrites, vertex).find(dies);
    const scratch = at(graph.scratch, vertex) + (reused === undefined ? 0 : at(graph.inPlaceBytes, vertex));
    const bytes = at(graph.bytes, vertex);
    stepBytes[step] = live + (reused === undefined ? bytes : 0) + scratch;
    for (const input of inputs) {
      if (!dies(input)) continue;
      freed += at(graph.bytes, input);
      const buffer = buffers[intAt(bufferOf, input)];
      if (buffer && input !== reused) buffer.lastStep = step;
    }
    if (graph.owners[vertex] !== undefined) continue;
    if (reused === undefined) {
      bufferOf[vertex] = buffers.push({ kind: "tensor", vertices: [vertex], bytes, firstStep: step, lastStep: order.length - 1 }) - 1;
    } else {
      bufferOf[vertex] = intAt(bufferOf, reused);
      buffers[intAt(bufferOf, reused)]?.vertices.push(vertex);
    }
    if (scratch > 0) buffers.push({ kind: "scratch", vertices: [vertex], bytes: scratch, firstStep: step, lastStep: step });
    live += bytes - freed;
  }
  const peakBytes = stepBytes.reduce((peak, bytes) => Math.max(peak, bytes), 0);
  return { stepBytes, peakBytes, buffers };
}
