/** The search space of NAS-Bench-201. */
import { InputError, nearestSpelling } from "../base/index.ts";
import { item } from "../base/matrix.ts";
import { NetworkBuilder, type NodeIndex } from "../ir/index.ts";
import { classifier, imageInput } from "./blocks.ts";
import { type CategoricalSpace, categoricalSpace, type Gene, type Genotype } from "./categorical.ts";

/** What an edge of the cell may be, in the order of Dong and Yang (2020). */
export const nasbench201Operations = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"] as const;
type Operation = (typeof nasbench201Operations)[number];

/** The edges of the cell, as [from, to], in the order of the text: node 0 is the cell's input, node 3 its output. */
const edges = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
] as const;

/** The size of the network around the cell. Published: 5 and 16. */
export interface NasBench201Options {
  readonly cells_per_stage: number;
  /** Of the first stage; the second has twice, the third four times as many. */
  readonly channels: number;
}

const genes: readonly Gene[] = edges.map(([from, to]) => ({
  name: `${from}→${to}`,
  options: nasbench201Operations,
  ordered: false,
}));

/**
 * NAS-Bench-201 (Dong and Yang, ICLR 2020): a cell of four nodes whose six edges each are one of five operations, 15,625 in all.
 * The canonical text is the published one. The network is the published one too, dead and zeroed parts included, because the
 * published parameter and operation counts include them.
 */
export function nasbench201({ cells_per_stage, channels }: NasBench201Options = { cells_per_stage: 5, channels: 16 }): CategoricalSpace {
  return categoricalSpace({
    name: "nasbench201",
    genes,
    format,
    parse,
    isConstant,
    network: (g, task) => {
      const b = new NetworkBuilder();
      let x = b.batchNorm(b.conv2d(imageInput(b, task), channels, 3));
      for (let stage = 0; stage < 3; stage++) {
        if (stage > 0) x = reduction(b, x, channels * 2 ** stage);
        for (let i = 0; i < cells_per_stage; i++) x = cell(b, x, g);
      }
      return classifier(b, b.activation(b.batchNorm(x), "relu"), task);
    },
  });
}

/** For each edge, how each of its options is written: `none~0`, … */
const spellings = edges.map(([from]) => nasbench201Operations.map((name) => `${name}~${from}`));

const optionCount = nasbench201Operations.length;

/** A table of what `spell` writes for the options of three edges; a search formats many texts for every candidate. */
function tripleTexts(firstEdge: number, spell: (a: string, b: string, c: string) => string): readonly string[] {
  const [as = [], bs = [], cs = []] = spellings.slice(firstEdge, firstEdge + 3);
  return as.flatMap((a) => bs.flatMap((b) => cs.map((c) => spell(a, b, c))));
}

const firstHalves = tripleTexts(0, (a, b, c) => `|${a}|+|${b}|${c}|+`);
const secondHalves = tripleTexts(3, (d, e, f) => `|${d}|${e}|${f}|`);

function format(g: Genotype): string {
  const [a, b, c, d, e, f] = g as readonly [number, number, number, number, number, number];
  const first = item(firstHalves, (a * optionCount + b) * optionCount + c);
  return first + item(secondHalves, (d * optionCount + e) * optionCount + f);
}

const expected = "six operations, like |nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|";

function parse(text: string): Genotype {
  const [start, a = "", plus, b = "", c = "", plus2, d = "", e = "", f = "", end, ...rest] = text.trim().split("|");
  if (start !== "" || plus !== "+" || plus2 !== "+" || end !== "" || rest.length > 0) {
    throw new InputError(`'${text}' is not a NAS-Bench-201 architecture`, { expected });
  }
  return [a, b, c, d, e, f].map((written, edge) => parseEdge(written, edge, text));
}

function parseEdge(written: string, edge: number, text: string): number {
  const option = spellings[edge]?.indexOf(written) ?? -1;
  if (option >= 0) return option;
  const [name = "", from] = written.split("~");
  if (!nasbench201Operations.some((operation) => operation === name)) {
    throw new InputError(`'${name}' is not a NAS-Bench-201 operation`, {
      expected: `one of ${nasbench201Operations.join(", ")}`,
      suggestion: nearestSpelling(name, nasbench201Operations),
    });
  }
  const suggestion = `${name}~${edges[edge]?.[0]}`;
  const source = from === undefined ? "does not say where it comes from" : `comes from node ${from}`;
  throw new InputError(`edge ${edge + 1} of '${text}' ${source}`, { expected, suggestion });
}

interface ConvolutionOptions {
  readonly channels: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** ReLU, convolution without bias, batch norm. */
function convolution(b: NetworkBuilder, x: NodeIndex, { channels, kernel, stride = 1 }: ConvolutionOptions): NodeIndex {
  return b.batchNorm(b.conv2d(b.activation(x, "relu"), channels, kernel, { stride }));
}

/** The tensor at the end of an edge, or nothing where the edge is `none`. */
function edgeOutput(b: NetworkBuilder, x: NodeIndex, operation: Operation): NodeIndex | undefined {
  const channels = item(b.shape(x), 1);
  switch (operation) {
    case "none":
      return undefined;
    case "skip_connect":
      return x;
    case "nor_conv_1x1":
      return convolution(b, x, { channels, kernel: 1 });
    case "nor_conv_3x3":
      return convolution(b, x, { channels, kernel: 3 });
    case "avg_pool_3x3":
      return b.pool2d("average", x, 3, { stride: 1, padding: 1 });
  }
}

/** Whether no path of operations leads from the cell's input to its output. */
function isConstant(g: Genotype): boolean {
  const reached = [true, false, false, false];
  edges.forEach(([from, to], i) => {
    if (reached[from] && nasbench201Operations[item(g, i)] !== "none") reached[to] = true;
  });
  return !reached[3];
}

/** Each node is the sum of its incoming edges; without any, it is zero. */
function cell(b: NetworkBuilder, input: NodeIndex, g: Genotype): NodeIndex {
  const nodes: NodeIndex[] = [input];
  for (let to = 1; to <= 3; to++) {
    const incoming = edges.flatMap(([from, end], i) => {
      if (end !== to) return [];
      const output = edgeOutput(b, item(nodes, from), nasbench201Operations[item(g, i)] as Operation);
      return output === undefined ? [] : [output];
    });
    nodes[to] = incoming.length === 0 ? b.constant(b.shape(input), 0) : incoming.reduce((sum, x) => b.binary("add", sum, x));
  }
  return item(nodes, 3);
}

/** The residual block between stages: halves height and width. */
function reduction(b: NetworkBuilder, x: NodeIndex, channels: number): NodeIndex {
  const [, , height, width] = b.shape(x) as readonly [number, number, number, number];
  const main = convolution(b, convolution(b, x, { channels, kernel: 3, stride: 2 }), { channels, kernel: 3 });
  // An odd side gets one more row or column, so that the shortcut is as large as the strided convolution's output.
  const pooled = b.pool2d("average", x, 2, { stride: 2, padding: [0, 0, height % 2, width % 2] });
  return b.binary("add", b.conv2d(pooled, channels, 1), main);
}
