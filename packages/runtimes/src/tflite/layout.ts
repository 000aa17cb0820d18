/** How tensors of four axes lie in the network. */
import type { Shape } from "@archwright/core/ir";
import type { TfliteGraph } from "./model.ts";

/**
 * The file keeps images as [N, H, W, C], the network as [N, C, H, W]. A tensor of four axes that is no image (the heads of an
 * attention, a file whose input is channels-first) keeps the file's axes.
 */
export type Layout = "image" | "file";

/** For each axis of the file the network's axis. */
const imageAxes = [0, 2, 3, 1] as const;

/** The network's axis for an axis of the file. */
export function axisIn(layout: Layout, axis: number): number {
  return layout === "image" ? (imageAxes[axis] as number) : axis;
}

/** The axes of the file in the network's order. */
export function fileAxes(layout: Layout, rank: number): readonly number[] {
  return layout === "image" ? [0, 3, 1, 2] : Array.from({ length: rank }, (_, axis) => axis);
}

/** A shape of the file as the network has it. */
export function shapeIn(layout: Layout, shape: Shape): Shape {
  return layout === "image" ? fileAxes(layout, 4).map((axis) => shape[axis] as number) : shape;
}

/** A shape of the network as the file has it. */
export function shapeOutOf(layout: Layout, shape: Shape): Shape {
  return layout === "image" ? imageAxes.map((axis) => shape[axis] as number) : shape;
}

/** Operators that take and give images. */
const onImages: ReadonlySet<string> = new Set([
  "CONV_2D",
  "DEPTHWISE_CONV_2D",
  "TRANSPOSE_CONV",
  "AVERAGE_POOL_2D",
  "MAX_POOL_2D",
  "L2_POOL_2D",
  "RESIZE_BILINEAR",
  "RESIZE_NEAREST_NEIGHBOR",
  "SPACE_TO_DEPTH",
  "DEPTH_TO_SPACE",
  "LOCAL_RESPONSE_NORMALIZATION",
  "Convolution2DTransposeBias",
]);

/** Operators whose result need not lie as what they read. */
const rearranging: ReadonlySet<string> = new Set([
  "RESHAPE",
  "TRANSPOSE",
  "EXPAND_DIMS",
  "SQUEEZE",
  "BATCH_MATMUL",
  "PACK",
  "UNPACK",
  "GATHER",
  "GATHER_ND",
  "SHAPE",
]);

/**
 * How each tensor of four axes should lie, so that as little as possible has to be viewed in another way: tensors that
 * element-wise operators, concatenations and the like join lie alike; images where an operator on images reads or gives one of them.
 * @param rankOf the rank of a tensor
 */
export function layoutsOf(graph: TfliteGraph, rankOf: (tensor: number) => number): readonly Layout[] {
  const parents = graph.tensors.map((_, tensor) => tensor);
  const groupOf = (tensor: number): number => {
    let group = tensor;
    while (parents[group] !== group) {
      parents[group] = parents[parents[group] as number] as number;
      group = parents[group] as number;
    }
    return group;
  };
  const images = new Set<number>();
  for (const { type, custom, inputs, outputs } of graph.operators) {
    if (rearranging.has(type) || (custom && !onImages.has(type))) continue;
    const joined = [...inputs, ...outputs].filter((tensor) => tensor >= 0 && rankOf(tensor) === 4);
    const [first] = joined;
    if (first === undefined) continue;
    // The kernel of a convolution is no image, but nothing depends on how a stored tensor lies.
    for (const tensor of joined) parents[groupOf(tensor)] = groupOf(first);
    if (onImages.has(type)) images.add(first);
  }
  const imageGroups = new Set([...images].map(groupOf));
  return graph.tensors.map((_, tensor) => (rankOf(tensor) === 4 && imageGroups.has(groupOf(tensor)) ? "image" : "file"));
}
