/** Segments: parts of a graph between operators that every order runs at the same place. */
import { at, intAt, listAt, numberAt } from "../../base/matrix.ts";
import type { MemoryGraph } from "./memoryGraph.ts";

/**
 * A stretch of the schedule that can be ordered by itself: between two vertices that come after all that they can
 * and before all the rest. Vertices are numbered from 0 in network order; tensors likewise, followed by those that
 * were made earlier and are read here.
 */
export interface Segment {
  readonly vertices: readonly number[];
  /** Bytes alive when it begins. */
  readonly startBytes: number;
  readonly bytes: Float64Array;
  readonly scratch: Float64Array;
  /** Vertices of the segment that must run before this one. */
  readonly predecessors: readonly (readonly number[])[];
  /** Vertices of the segment that must run after this one. */
  readonly successors: readonly (readonly number[])[];
  /** Tensors read by this vertex that die within the segment, each where the last of its consumers runs. */
  readonly freeable: readonly (readonly number[])[];
  /** Those of them that it may overwrite. */
  readonly overwrites: readonly (readonly number[])[];
  /** Bytes that it needs while it overwrites one, beside its scratch. */
  readonly inPlaceBytes: Float64Array;
  /** Tensor → vertices of the segment that read it, where it dies within the segment; none for others. */
  readonly consumers: readonly (readonly number[])[];
  /** No order needs less at its worst step. */
  readonly lowerBound: number;
}

/**
 * Cuts the graph at every operator that is an ancestor or a descendant of each other operator: it has the same
 * place in all orders, and the same tensors are alive after it. Network order is topological, so an operator is one
 * where all later ones read it or something later, and all earlier ones are read by it or by something earlier.
 */
export function cutPositions(graph: MemoryGraph, operators: readonly number[]): number[] {
  const count = operators.length;
  const position = new Int32Array(graph.size).fill(-1);
  operators.forEach((vertex, place) => {
    position[vertex] = place;
  });
  const laterRead = new Int32Array(count + 1).fill(count);
  for (let place = count - 1; place >= 0; place--) {
    const last = (graph.inputs[numberAt(operators, place)] ?? []).reduce((most, input) => Math.max(most, intAt(position, input)), -1);
    laterRead[place] = Math.min(intAt(laterRead, place + 1), last);
  }
  const cuts: number[] = [];
  let earlierUse = -1;
  for (let place = 0; place < count; place++) {
    if (earlierUse <= place && intAt(laterRead, place + 1) >= place) cuts.push(place);
    const first = (graph.consumers[numberAt(operators, place)] ?? []).reduce((least, use) => Math.min(least, intAt(position, use)), count);
    earlierUse = Math.max(earlierUse, first);
  }
  return cuts;
}

/** The segments of a graph, in the order in which they run. */
export function segmentsOf(graph: MemoryGraph): Segment[] {
  const operators: number[] = [];
  let live = 0;
  for (let vertex = 0; vertex < graph.size; vertex++) {
    if (graph.source[vertex]) live += at(graph.bytes, vertex);
    else operators.push(vertex);
  }
  const cuts = cutPositions(graph, operators);
  if (operators.length > 0 && cuts.at(-1) !== operators.length - 1) cuts.push(operators.length - 1);
  const ends = new Int32Array(graph.size).fill(-1);
  graph.consumers.forEach((consumers, vertex) => {
    ends[vertex] = graph.pinned[vertex] ? graph.size : consumers.reduce((last, use) => Math.max(last, use), -1);
  });

  const segments: Segment[] = [];
  let begin = 0;
  for (const cut of cuts) {
    const segment = makeSegment(graph, operators.slice(begin, cut + 1), ends, live);
    segments.push(segment);
    segment.vertices.forEach((vertex) => {
      live += at(graph.bytes, vertex);
    });
    segment.bytes.forEach((bytes, tensor) => {
      const dies = listAt(segment.consumers, tensor).length > 0;
      if (dies) live -= bytes;
    });
    begin = cut + 1;
  }
  return segments;
}

function makeSegment(graph: MemoryGraph, vertices: readonly number[], ends: Int32Array, startBytes: number): Segment {
  const local = new Map(vertices.map((vertex, index) => [vertex, index]));
  const tensors = [...vertices];
  const last = vertices.at(-1) as number;
  const freeable: number[][] = [];
  const predecessors: number[][] = [];
  const overwrites: number[][] = [];
  const consumers: number[][] = vertices.map(() => []);
  const inside = vertices.length;
  vertices.forEach((vertex, index) => {
    const reads: number[] = [];
    const before: number[] = [];
    for (const input of listAt(graph.inputs, vertex)) {
      const known = local.get(input);
      if (known !== undefined && known < inside) before.push(known);
      if (intAt(ends, input) > last || graph.bytes[input] === 0) continue;
      const tensor = known ?? tensors.push(input) - 1;
      local.set(input, tensor);
      if (consumers[tensor]) consumers[tensor].push(index);
      else consumers[tensor] = [index];
      reads.push(tensor);
    }
    freeable.push(reads);
    predecessors.push(before);
    overwrites.push(
      listAt(graph.overwrites, vertex).flatMap((input) => {
        const tensor = local.get(input);
        return tensor !== undefined && reads.includes(tensor) ? [tensor] : [];
      }),
    );
  });
  const successors: number[][] = vertices.map(() => []);
  predecessors.forEach((before, index) => {
    for (const other of before) successors[other]?.push(index);
  });
  const bytes = Float64Array.from(tensors, (tensor) => at(graph.bytes, tensor));
  const scratch = Float64Array.from(vertices, (vertex) => at(graph.scratch, vertex));
  const inPlaceBytes = Float64Array.from(vertices, (vertex) => at(graph.inPlaceBytes, vertex));

  // Whatever outlives the segment is alive throughout; beside it, an operator needs its inputs and its output.
  const sum = (indices: readonly number[]) => indices.reduce((total, tensor) => total + at(bytes, tensor), 0);
  const through = startBytes - sum(tensors.map((_, tensor) => tensor).slice(inside));
  const lowerBound = vertices.reduce((bound, _, index) => {
    const own = at(listAt(overwrites, index).length > 0 ? inPlaceBytes : bytes, index);
    return Math.max(bound, through + sum(listAt(freeable, index)) + own + at(scratch, index));
  }, 0);
  return { vertices, startBytes, bytes, scratch, predecessors, successors, freeable, overwrites, inPlaceBytes, consumers, lowerBound };
}
