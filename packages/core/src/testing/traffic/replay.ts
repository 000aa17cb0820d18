/** A scratchpad that is played byte by byte: what plans of replacement are held against. */
import type { TrafficPlan, TrafficStep } from "../../ir/index.ts";
import type { MemoryGraph } from "../../ir/memory/memoryGraph.ts";

/**
 * Plays the steps of a plan in a scratchpad of numbered bytes (units of `unit` bytes), each of which knows whose tensor it
 * holds, and gives the bytes that were moved.
 * @throws Error where a step does what cannot be done, or an output is not where the plan says.
 */
export function replay(graph: MemoryGraph, plan: TrafficPlan, capacity: number, unit = 1): number {
  const scratchpad = new Array<number>(Math.floor(capacity / unit)).fill(-1);
  const vertexOf = new Map(graph.nodes.map((node, vertex) => [node, vertex]));
  const inMain = new Set<number>();
  const made = new Set<number>();
  let traffic = 0;
  const cells = (offset: number, bytes: number) => {
    if (offset < 0 || offset + bytes > capacity || offset % unit || bytes % unit)
      fail(`bytes ${offset} to ${offset + bytes} of ${capacity}`);
    return Array.from({ length: bytes / unit }, (_, index) => offset / unit + index);
  };
  const claim = (vertex: number, offset: number, bytes: number, from = -1) => {
    for (const cell of cells(offset, bytes)) {
      if (scratchpad[cell] !== from) fail(`${vertex} is put where ${scratchpad[cell]} lies`);
      scratchpad[cell] = vertex;
    }
  };
  const isThere = (vertex: number) => scratchpad.filter((owner) => owner === vertex).length * unit === graph.bytes[vertex];
  const bytesOf = (vertex: number) => graph.bytes[vertex] as number;

  graph.source.forEach((isSource, vertex) => {
    if (isSource) made.add(vertex);
  });
  const begun = new Set(plan.steps.flatMap((step) => (step.kind === "begin" ? [vertexOf.get(step.node)] : [])));
  for (const vertex of made) if (!begun.has(vertex)) inMain.add(vertex);

  function run(step: Extract<TrafficStep, { kind: "run" }>, vertex: number): void {
    if (made.has(vertex)) fail(`${vertex} runs twice`);
    for (const input of graph.inputs[vertex] ?? [])
      if (!made.has(input) || !isThere(input)) fail(`${vertex} reads ${input}, which is absent`);
    const scratch = (graph.scratch[vertex] as number) + (step.overwrites === undefined ? 0 : (graph.inPlaceBytes[vertex] as number));
    if (step.scratch) {
      if (step.scratch.bytes !== scratch) fail(`scratch of ${vertex}`);
      claim(-2, step.scratch.offsetBytes, step.scratch.bytes);
    } else if (scratch) fail(`${vertex} has no scratch`);
    if (step.overwrites !== undefined) {
      const input = vertexOf.get(step.overwrites) ?? fail("overwrites an unknown node");
      if (!graph.overwrites[vertex]?.includes(input)) fail(`${vertex} cannot overwrite ${input}`);
      claim(vertex, step.offsetBytes, step.bytes, input);
    } else claim(vertex, step.offsetBytes, step.bytes);
    made.add(vertex);
    scratchpad.forEach((owner, cell) => {
      if (owner === -2) scratchpad[cell] = -1;
    });
  }

  for (const step of plan.steps) {
    const vertex = vertexOf.get(step.node) ?? fail(`node ${step.node} is not of the graph`);
    if (step.bytes !== bytesOf(vertex)) fail(`${vertex} has ${bytesOf(vertex)} bytes, not ${step.bytes}`);
    if (step.kind === "run") run(step, vertex);
    else if (step.kind === "begin") {
      if (!graph.source[vertex] || made.size > graph.source.filter((is) => is).length) fail(`${vertex} cannot begin`);
      claim(vertex, step.offsetBytes, step.bytes);
    } else if (step.kind === "load") {
      if (!inMain.has(vertex)) fail(`${vertex} is loaded and not in main memory`);
      if (isThere(vertex)) fail(`${vertex} is loaded twice`);
      claim(vertex, step.offsetBytes, step.bytes);
      traffic += step.bytes;
    } else if (step.kind === "store") {
      if (!isThere(vertex) || inMain.has(vertex)) fail(`${vertex} cannot be stored`);
      inMain.add(vertex);
      traffic += step.bytes;
    } else {
      if (!isThere(vertex)) fail(`${vertex} is evicted and not there`);
      for (const cell of cells(step.offsetBytes, step.bytes)) scratchpad[cell] = -1;
    }
  }
  if (made.size !== graph.size) fail(`${graph.size - made.size} operators have not run`);
  graph.pinned.forEach((isOutput, vertex) => {
    if (!isOutput || bytesOf(vertex) === 0) return;
    const place = plan.outputs.find(({ node }) => vertexOf.get(node) === vertex) ?? fail(`output ${vertex} is not told of`);
    if (place.memory === "main" ? !inMain.has(vertex) : scratchpad[(place.offsetBytes as number) / unit] !== vertex || !isThere(vertex)) {
      fail(`output ${vertex} is not where it should be`);
    }
  });
  return traffic;
}

function fail(message: string): never {
  throw new Error(message);
}
