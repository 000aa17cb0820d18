/** The graphs of the study: randomly wired stages, cells found by architecture search, the SwiftNet network. */
import { readFileSync } from "node:fs";
import { createRng, type Network, NetworkBuilder, type NodeIndex } from "@archwright/core";
import { type MemoryGraph, memoryGraph } from "../../packages/core/src/ir/memory/memoryGraph.ts";
import { graphOf, wattsStrogatz } from "../../packages/core/src/testing/traffic/graphs.ts";

export interface StudyGraph {
  readonly family: string;
  readonly name: string;
  readonly graph: MemoryGraph;
}

/** Every node one operator that sums what it reads and makes a tensor of size 1. */
function wiredStage(nodes: number, seed: number): MemoryGraph {
  const reads = wattsStrogatz(createRng(`randomly wired ${seed}`), nodes, 4, 0.75);
  return graphOf(
    1,
    Float64Array.from(reads, () => 1),
    reads,
  );
}

/** The same wiring as a network: a node is a sum, a ReLU and a separable convolution; int8, 32 × 14 × 14. */
function wiredNetwork(nodes: number, seed: number): Network {
  const b = new NetworkBuilder("int8");
  const made: NodeIndex[] = [];
  for (const reads of wattsStrogatz(createRng(`randomly wired ${seed}`), nodes, 4, 0.75)) {
    if (reads.length === 0) {
      made.push(b.input([1, 32, 14, 14]));
      continue;
    }
    const sum = reads.map((index) => made[index] as NodeIndex).reduce((a, x) => b.binary("add", a, x));
    made.push(b.conv2d(b.depthwise(b.activation(sum, "relu"), 3), 32, 1));
  }
  return b.build(made.at(-1) as NodeIndex);
}

type Operation = "sep3" | "sep5" | "sep7" | "dil3" | "dil5" | "avg" | "max" | "skip";

/** Two operations are summed to a new state; states are numbered from the cell's two inputs on. */
type Genotype = readonly (readonly [Operation, number])[];

interface Cell {
  readonly genotype: Genotype;
  /** The states that are concatenated. */
  readonly concat: readonly number[];
}

/** NASNet-A: Zoph et al. 2018, figure 4. DARTS: Liu et al. 2019, figures 4 and 5 (and the first order's). P-DARTS: Chen et al. 2019. PC-DARTS: Xu et al. 2020. */
const cells: Readonly<Record<string, Cell>> = {
  "NASNet-A": {
    genotype: [
      ["sep5", 0],
      ["sep3", 1],
      ["sep5", 1],
      ["sep3", 1],
      ["avg", 0],
      ["skip", 1],
      ["avg", 1],
      ["avg", 1],
      ["sep3", 0],
      ["skip", 0],
    ],
    concat: [1, 2, 3, 4, 5, 6],
  },
  "DARTS-V1": {
    genotype: [
      ["sep3", 1],
      ["sep3", 0],
      ["skip", 0],
      ["sep3", 1],
      ["skip", 0],
      ["sep3", 1],
      ["sep3", 0],
      ["skip", 2],
    ],
    concat: [2, 3, 4, 5],
  },
  "DARTS-V2": {
    genotype: [
      ["sep3", 0],
      ["sep3", 1],
      ["sep3", 0],
      ["sep3", 1],
      ["sep3", 1],
      ["skip", 0],
      ["skip", 0],
      ["dil3", 2],
    ],
    concat: [2, 3, 4, 5],
  },
  "P-DARTS": {
    genotype: [
      ["skip", 0],
      ["dil3", 1],
      ["skip", 0],
      ["sep3", 1],
      ["sep3", 1],
      ["sep3", 3],
      ["sep3", 0],
      ["dil5", 4],
    ],
    concat: [2, 3, 4, 5],
  },
  "PC-DARTS": {
    genotype: [
      ["sep3", 1],
      ["skip", 0],
      ["sep3", 0],
      ["dil3", 1],
      ["sep5", 0],
      ["sep3", 1],
      ["avg", 0],
      ["dil3", 1],
    ],
    concat: [2, 3, 4, 5],
  },
};

function operate(b: NetworkBuilder, operation: Operation, x: NodeIndex, channels: number): NodeIndex {
  const separable = (input: NodeIndex, kernel: number, dilation = 1) =>
    b.conv2d(b.depthwise(b.activation(input, "relu"), kernel, { dilation, padding: (dilation * (kernel - 1)) / 2 }), channels, 1);
  if (operation === "skip") return x;
  if (operation === "avg" || operation === "max") return b.pool2d(operation === "avg" ? "average" : "max", x, 3, { stride: 1, padding: 1 });
  const kernel = Number(operation.slice(3));
  return operation.startsWith("sep") ? separable(separable(x, kernel), kernel) : separable(x, kernel, 2);
}

function addCell(b: NetworkBuilder, { genotype, concat }: Cell, inputs: readonly [NodeIndex, NodeIndex], channels: number): NodeIndex {
  const states: NodeIndex[] = [...inputs];
  for (let pair = 0; pair < genotype.length; pair += 2) {
    const [left, right] = genotype
      .slice(pair, pair + 2)
      .map(([operation, state]) => operate(b, operation, states[state] as NodeIndex, channels));
    states.push(b.binary("add", left as NodeIndex, right as NodeIndex));
  }
  return b.concat(concat.map((state) => states[state] as NodeIndex));
}

/** Cells one after another, each of which reads the two before it through 1 × 1 convolutions; int8, 28 × 28. One alone reads inputs. */
function cellNetwork(cell: Cell, count: number, channels: number): Network {
  const b = new NetworkBuilder("int8");
  if (count === 1) {
    const shape = [1, channels, 28, 28];
    return b.build(addCell(b, cell, [b.input(shape, "s0"), b.input(shape, "s1")], channels));
  }
  const stem = b.conv2d(b.input([1, 3, 28, 28]), channels, 3);
  let last: [NodeIndex, NodeIndex] = [stem, stem];
  for (let index = 0; index < count; index++) {
    const narrow = last.map((x) => b.conv2d(b.activation(x, "relu"), channels, 1)) as [NodeIndex, NodeIndex];
    last = [last[1], addCell(b, cell, narrow, channels)];
  }
  return b.build(b.dense(b.globalAveragePool(last[1]), 10));
}

type Row = readonly [name: string, kind: string, bytes: number, reads: readonly number[]];

/** Rows of the SwiftNet network, the first of which is what the others are given. */
function swiftNet(from: number, to: number): MemoryGraph {
  const rows = (JSON.parse(readFileSync(new URL("swiftnet.json", import.meta.url), "utf8")) as { rows: readonly Row[] }).rows.slice(
    from,
    to,
  );
  return graphOf(
    1,
    Float64Array.from(rows, ([, , bytes]) => bytes),
    rows.map(([, , , reads], row) => (row === 0 ? [] : reads.map((read) => read - from))),
    { inPlace: rows.map(([, kind]) => kind === "ADD" || kind === "SOFTMAX") },
  );
}

/** All of them, or the first of each family. */
export function studyGraphs(firstOnly: boolean): StudyGraph[] {
  const range = (count: number) => Array.from({ length: firstOnly ? 1 : count }, (_, index) => index);
  const named = Object.entries(cells).slice(0, firstOnly ? 1 : undefined);
  const swift = [
    ["cell 1", 5, 34],
    ["cell 2", 34, 58],
    ["cell 3", 58, 83],
    ["whole", 0, 86],
  ] as const;
  return [
    ...range(9).map((seed) => ({ family: "stage of 17", name: `WS(17, 4, 0.75) ${seed}`, graph: wiredStage(17, seed) })),
    ...range(5).map((seed) => ({ family: "stage of 32", name: `WS(32, 4, 0.75) ${seed}`, graph: wiredStage(32, seed) })),
    ...range(3).map((seed) => ({
      family: "network of 17",
      name: `WS(17, 4, 0.75) ${seed}`,
      graph: memoryGraph(wiredNetwork(17, seed), {}),
    })),
    ...named.map(([name, cell]) => ({ family: "one cell", name, graph: memoryGraph(cellNetwork(cell, 1, 48), {}) })),
    ...named.map(([name, cell]) => ({ family: "three cells", name, graph: memoryGraph(cellNetwork(cell, 3, 32), {}) })),
    ...swift.slice(0, firstOnly ? 1 : undefined).map(([name, from, to]) => ({ family: "SwiftNet", name, graph: swiftNet(from, to) })),
  ];
}
