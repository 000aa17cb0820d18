/** Runs a graph that is used once. */
import type { Shape } from "@archwright/core/ir";
import type { GraphBuilder } from "../onnx/graphBuilder.ts";
import { openEngine } from "../onnxruntime.ts";

/** Numbers and the shape in which a graph takes them. */
export interface Fed {
  readonly values: Float32Array;
  readonly shape: Shape;
}

/** Loads a graph, feeds it several times, and forgets it. @returns the outputs by name, for each feed. */
export async function runGraph(
  graph: GraphBuilder,
  feeds: Iterable<Readonly<Record<string, Fed>>>,
): Promise<readonly Readonly<Record<string, Float32Array>>[]> {
  const engine = await openEngine();
  const session = await engine.createSession(graph.encode({ name: "proxy" }), 1, false);
  try {
    const results: Record<string, Float32Array>[] = [];
    for (const feed of feeds) {
      const tensors = Object.entries(feed).map(([name, { values, shape }]) => [name, new engine.Tensor("float32", values, [...shape])]);
      const found = await session.run(Object.fromEntries(tensors));
      results.push(Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, (data as Float32Array).slice()])));
    }
    return results;
  } finally {
    await session.release();
  }
}
