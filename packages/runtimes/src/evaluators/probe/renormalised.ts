/** Images as a network trained elsewhere takes them. */
import { floatAt, item } from "@archwright/core/base";
import type { ImageSet } from "../../datasets/index.ts";

/** Of each channel, of pixels scaled to [0, 1]: `normalised = (pixel − mean) / std`. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The images of a set with another normalisation than their own. */
export function renormalised(images: ImageSet, own: Normalisation, wanted: Normalisation): ImageSet {
  const area = images.height * images.width;
  const channels = own.mean.map((mean, channel) => ({
    factor: item(own.std, channel) / item(wanted.std, channel),
    offset: (mean - item(wanted.mean, channel)) / item(wanted.std, channel),
  }));
  return {
    ...images,
    copyImage: (index, target, at) => {
      images.copyImage(index, target, at);
      channels.forEach(({ factor, offset }, channel) => {
        const start = at + channel * area;
        for (let i = start; i < start + area; i++) target[i] = floatAt(target, i) * factor + offset;
      });
    },
  };
}
