/** How images become the input of a trained network. */
import { type Network, NetworkError } from "../../ir/index.ts";

/**
 * How an image becomes the input of a trained network, and what its outputs are called: plain JSON, computed where the
 * dataset is read and stored with the run, so that a trained network can be used where the dataset is not.
 *
 * A raw value v of channel c becomes (v / scale − mean[c]) / std[c].
 */
export interface InputDescription {
  /** Order of the axes: batch, channels, rows, columns. */
  readonly layout: "NCHW";
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** What the channels are, in order; null where the dataset does not say (a CSV file of several channels). */
  readonly colour: "grey" | "RGB" | null;
  /** The raw value that means full intensity: 255 where pixels are bytes. */
  readonly scale: number;
  /** Of each channel over the training split, of pixels scaled to [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How images of another size become this one: not at all, cut to the middle, or stretched. */
  readonly resize: "none" | "cover" | "stretch";
  /** What transparent pixels are laid over; null where images cannot be transparent. */
  readonly background: string | null;
  /**
   * Where a network takes images of another size than the dataset's, that size: `resize` leads to it, and from there bilinear
   * interpolation with antialiasing to `height` and `width`.
   */
  readonly resizedFrom?: ImageSize;
  /** Names of the classes, in order of the network's outputs. */
  readonly classes: readonly string[];
}

/** Sides of an image, pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** The size of the images that a network takes, which is the task's or another where the space says so. @throws NetworkError */
export function imageSizeOf(network: Network): ImageSize {
  const shape = network.nodes.find(({ op }) => op.kind === "input")?.output.shape ?? [];
  const [, , height, width] = shape;
  if (shape.length !== 4 || height === undefined || width === undefined) throw new NetworkError("the network takes no images");
  return { height, width };
}

/** How an image becomes the input of this network, whose input may have another size than the dataset's images. */
export function inputOfNetwork(input: InputDescription, network: Network): InputDescription {
  const size = imageSizeOf(network);
  if (size.height === input.height && size.width === input.width) return input;
  return { ...input, ...size, resizedFrom: { height: input.height, width: input.width } };
}
