/** The search space `backbone`: the first layers of a given network, and a linear classifier on what they give. */
import { InputError, item, nearestSpelling } from "../../base/index.ts";
import { type Network, NetworkBuilder, type NodeIndex, ShapeError } from "../../ir/index.ts";
import { taskKindOf } from "../../tasks/index.ts";
import { imageInput } from "../blocks.ts";
import { type CategoricalSpace, categoricalSpace, type Gene, type Genotype } from "../categorical.ts";
import { type BackboneSpec, readBackbone } from "./spec.ts";

/** What the names of the given network's nodes begin with in candidates. */
export const backbonePrefix = "backbone/";

/** How the features at a cut are pooled. */
interface Pooling {
  readonly mode: "average" | "max";
  /** Parts of each side. */
  readonly grid: number;
}

/**
 * The space of a spec that has been resolved. A network of it: the image, resized beforehand where there is a `resolution`, and repeated
 * where the backbone takes more channels than a grey image has; the backbone up to a cut; the mean or maximum of each channel over
 * the cells of a grid; a dense layer. As text: the node that is cut at, then those choices of which there are several:
 * `features.3/relu max g2 in32`.
 */
export function backboneSpace(spec: BackboneSpec): CategoricalSpace {
  const { network: backbone, cuts } = readBackbone(spec);
  const { pooling, grid, resolution = [] } = spec;
  const genes: readonly Gene[] = [
    { name: "cut", options: cuts, ordered: true },
    { name: "pooling", options: pooling, ordered: false },
    { name: "grid", options: grid.map((side) => `g${side}`), ordered: true },
    { name: "resolution", options: resolution.length > 0 ? resolution.map((side) => `in${side}`) : ["as it is"], ordered: true },
  ];
  return categoricalSpace({
    name: spec.name,
    genes,
    format: (g) =>
      written(genes)
        .map(([gene, index]) => item(gene.options, item(g, index)))
        .join(" "),
    parse: (text) => parse(genes, text),
    network: (g, task) => {
      const builder = new NetworkBuilder();
      const image = withChannels(builder, imageInput(builder, task, resolution[item(g, 3)]), backbone);
      const features = frozenLayers(builder, image, backbone, item(cuts, item(g, 0)));
      const pooled = pool(builder, features, { mode: item(pooling, item(g, 1)), grid: item(grid, item(g, 2)) });
      return builder.build(builder.dense(pooled, taskKindOf(task).outputs(task), { name: "classifier" }));
    },
  });
}

/** The genes that stand in the text. */
function written(genes: readonly Gene[]): readonly (readonly [Gene, number])[] {
  return genes.map((gene, index) => [gene, index] as const).filter(([{ options }, index]) => index === 0 || options.length > 1);
}

function parse(genes: readonly Gene[], text: string): Genotype {
  const words = text.trim().split(/\s+/);
  const shown = written(genes);
  if (words.length !== shown.length) {
    throw new InputError(`'${text}' has ${words.length} words`, {
      expected: `${shown.length}: ${shown.map(([{ name }]) => name).join(", ")}`,
    });
  }
  const g = genes.map(() => 0);
  shown.forEach(([{ name, options }, index], at) => {
    const word = item(words, at);
    const option = options.indexOf(word);
    if (option < 0) {
      throw new InputError(`'${word}' is no ${name} of this space`, {
        expected: `one of ${options.join(", ")}`,
        suggestion: nearestSpelling(word, options),
      });
    }
    g[index] = option;
  });
  return g;
}

/** The image with as many channels as the backbone takes. @throws ShapeError where that cannot be. */
function withChannels(builder: NetworkBuilder, image: NodeIndex, backbone: Network): NodeIndex {
  const channels = builder.shape(image)[1];
  const wanted = backbone.nodes.find(({ op }) => op.kind === "input")?.output.shape[1] ?? 0;
  if (channels === wanted) return image;
  if (channels === 1) return builder.concat(Array<NodeIndex>(wanted).fill(image));
  throw new ShapeError(`the backbone takes images of ${wanted} channels, and these have ${channels}`);
}

/** The part of the backbone that a cut depends on, for images of any size that it can take. */
function frozenLayers(builder: NetworkBuilder, image: NodeIndex, backbone: Network, cut: string): NodeIndex {
  const { nodes } = backbone;
  const end = nodes.findIndex(({ name }) => name === cut);
  const needed = nodes.map((_, index) => index === end);
  for (let index = end; index >= 0; index--) if (needed[index]) for (const input of item(nodes, index).inputs) needed[input] = true;
  const moved: NodeIndex[] = [];
  nodes.slice(0, end + 1).forEach(({ name, op, inputs, weightFormat, stored }, index) => {
    if (!needed[index]) return;
    moved[index] =
      op.kind === "input"
        ? image
        : builder.add(
            op,
            inputs.map((input) => item(moved, input)),
            `${backbonePrefix}${name}`,
            { weightFormat, ...(stored ? { stored } : {}) },
          );
  });
  return item(moved, end);
}

/** The windows of a grid cover the image, and overlap where its sides do not divide. A smaller image has as many cells as pixels. */
function pool(builder: NetworkBuilder, features: NodeIndex, { mode, grid }: Pooling): NodeIndex {
  const [, channels = 0, height = 0, width = 0] = builder.shape(features);
  if (grid === 1) {
    const op = { kind: "reduce", fn: mode === "max" ? "max" : "mean", axes: [2, 3], keepDims: false } as const;
    return builder.add(op, [features]);
  }
  const cells = [height, width].map((side) => Math.min(grid, side)) as [number, number];
  const stride = [Math.floor(height / cells[0]), Math.floor(width / cells[1])] as const;
  const kernel = [height - (cells[0] - 1) * stride[0], width - (cells[1] - 1) * stride[1]] as const;
  const pooled = builder.pool2d(mode, features, kernel, { stride });
  return builder.add({ kind: "reshape", shape: [1, channels * cells[0] * cells[1]] }, [pooled]);
}
