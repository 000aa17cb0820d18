/** The nodes of an ONNX graph that count, each after those that it reads. */
import { InputError } from "@archwright/core/base";
import { type OnnxNode, shown } from "./onnxNode.ts";

export interface OrderedNodes {
  readonly nodes: readonly OnnxNode[];
  /** Whether the file had them in this order. */
  readonly sorted: boolean;
}

function producersOf(nodes: readonly OnnxNode[], file: string): ReadonlyMap<string, OnnxNode> {
  const producers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      const other = producers.get(name);
      if (name === "") continue;
      if (other)
        throw new InputError(`node '${node.label}' (${shown(node.type)}): it gives '${shown(name)}', as '${other.label}' does`, {
          place: { file },
          expected: "every tensor given once",
        });
      producers.set(name, node);
    }
  }
  return producers;
}

/** Says which nodes wait for each other. */
function cyclic(path: readonly OnnxNode[], again: OnnxNode, file: string): never {
  const circle = [...path.slice(path.indexOf(again)), again];
  const names = circle.map(({ label, type }) => `'${label}' (${shown(type)})`);
  const middle = names.length > 8 ? [...names.slice(0, 4), "…", ...names.slice(-3)] : names;
  throw new InputError(`nodes wait for each other: ${middle.join(" ← ")}`, {
    place: { file },
    expected: "a graph without cycles",
    advice: "export the model again; a recurrent network is written with the operators Loop, Scan, LSTM, GRU or RNN",
  });
}

/**
 * The nodes that an output depends on. The order of the file is kept where every node stands after those that it reads;
 * else each node follows what it reads, as early as the file has it.
 * @param outputs names of the graph's outputs.
 * @throws InputError naming the nodes of a cycle, or two nodes that give the same tensor.
 */
export function ordered(nodes: readonly OnnxNode[], outputs: readonly string[], file: string): OrderedNodes {
  const producers = producersOf(nodes, file);
  const reads = new Map(nodes.map((node) => [node, node.reads.flatMap((name) => producers.get(name) ?? [])]));
  const live = new Set<OnnxNode>();
  const pending = outputs.flatMap((name) => producers.get(name) ?? []);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    pending.push(...(reads.get(node) ?? []));
  }
  const kept = nodes.filter((node) => live.has(node));
  const done = new Set<OnnxNode>();
  const sorted = kept.every((node) => {
    done.add(node);
    return (reads.get(node) ?? []).every((other) => other !== node && done.has(other));
  });
  return sorted ? { nodes: kept, sorted } : { nodes: afterWhatTheyRead(kept, reads, file), sorted };
}

function afterWhatTheyRead(
  nodes: readonly OnnxNode[],
  reads: ReadonlyMap<OnnxNode, readonly OnnxNode[]>,
  file: string,
): readonly OnnxNode[] {
  const done = new Set<OnnxNode>();
  for (const start of nodes) {
    // Depth first without recursion: graphs are thousands of nodes deep.
    const path: OnnxNode[] = done.has(start) ? [] : [start];
    const onPath = new Set(path);
    const next = new Map<OnnxNode, number>();
    for (let node = path.at(-1); node; node = path.at(-1)) {
      const list = reads.get(node) ?? [];
      let at = next.get(node) ?? 0;
      while (at < list.length && done.has(list[at] as OnnxNode)) at++;
      next.set(node, at + 1);
      const below = list[at];
      if (below === undefined) {
        done.add(node);
        onPath.delete(node);
        path.pop();
      } else {
        if (onPath.has(below)) cyclic(path, below, file);
        onPath.add(below);
        path.push(below);
      }
    }
  }
  return [...done];
}
