/** How images are laid out for a model. */
import { InputError } from "@archwright/core/base";

/** A size that a model fixes, or undefined where it takes any. */
export type OpenSize = number | undefined;

/** Sizes of one image. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** How a model takes images. */
export interface InputForm {
  /** Of one image, as the model's input has it after the batch. */
  readonly shape: readonly number[];
  /** Where the channels stand; of flat inputs and of one channel this is the same. */
  readonly order: "channels first" | "channels last";
}

const fits = (open: readonly OpenSize[], shape: readonly number[]) =>
  open.length === shape.length && shape.every((size, i) => open[i] === undefined || open[i] === size);
const shown = (open: readonly OpenSize[]) => `[${["batch", ...open.map((size) => size ?? "any")].join(", ")}]`;

/**
 * The form in which images of a size fit a model: channels first, else channels last, else without the axis of one channel, else flat.
 * @param open of the model's input without the batch.
 * @throws InputError where they do not fit.
 */
export function inputFormFor(open: readonly OpenSize[], { channels, height, width }: ImageShape): InputForm {
  const forms: readonly InputForm[] = [
    { shape: [channels, height, width], order: "channels first" },
    { shape: [height, width, channels], order: "channels last" },
    ...(channels === 1 ? [{ shape: [height, width], order: "channels first" } as const] : []),
    { shape: [channels * height * width], order: "channels first" },
  ];
  const form = forms.find(({ shape }) => fits(open, shape));
  if (form) return form;
  throw new InputError(`the model takes ${shown(open)}, and the images are ${channels}×${height}×${width} (channels × height × width)`, {
    expected: "images of the size that the model takes",
    advice: "a dataset of kind 'folder' is read in any size, with the keys 'size' and 'channels'",
  });
}

/** The size of images that a model fixes; undefined where it leaves something open, or takes flat inputs. */
export function imageShapeOf(open: readonly OpenSize[]): ImageShape | undefined {
  const [a, b, c] = open;
  if (open.length === 2 && a !== undefined && b !== undefined) return { channels: 1, height: a, width: b };
  if (open.length !== 3 || a === undefined || b === undefined || c === undefined) return undefined;
  const last = a !== 1 && a !== 3 && (c === 1 || c === 3);
  return last ? { channels: c, height: a, width: b } : { channels: a, height: b, width: c };
}

/** Puts the channels of an image last: [channels, area] to [area, channels]. */
export function channelsLast(image: Float32Array, channels: number, into: Float32Array): void {
  const area = image.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < area; at++) into[at * channels + channel] = image[channel * area + at] as number;
  }
}
