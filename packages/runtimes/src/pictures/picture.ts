/** Images of a dataset as pictures for people. */
import type { ImageSet } from "../datasets/dataset.ts";

/** Colours of a picture's pixels: [height, width, 3], bytes of red, green and blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly colours: Uint8Array;
}

/** The first three channels as red, green and blue; of fewer than three, the first in grey. @param images pixels in [0, 1]. */
export function pictureOf(images: ImageSet, index: number): Picture {
  const { channels, height, width } = images;
  const area = height * width;
  const pixels = new Float32Array(channels * area);
  images.copyImage(index, pixels, 0);
  const colours = new Uint8Array(3 * area);
  for (let at = 0; at < area; at++) {
    for (let colour = 0; colour < 3; colour++) {
      const value = pixels[(channels < 3 ? 0 : colour * area) + at] as number;
      colours[3 * at + colour] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
  return { width, height, colours };
}

/** Space between the pictures of a sheet, in pixels. */
const gap = 2;
const paper = 255;

/** Pictures in rows on white, at their own sizes. @param rows of pictures of one size; rows may differ in length. */
export function sheetOf(rows: readonly (readonly Picture[])[]): Picture {
  const [first] = rows.flat();
  if (first === undefined) throw new RangeError("a sheet needs a picture");
  const columns = Math.max(...rows.map(({ length }) => length));
  const width = columns * (first.width + gap) - gap;
  const height = rows.length * (first.height + gap) - gap;
  const colours = new Uint8Array(3 * width * height).fill(paper);
  for (const [row, pictures] of rows.entries()) {
    for (const [column, picture] of pictures.entries()) {
      const corner = row * (first.height + gap) * width + column * (first.width + gap);
      for (let line = 0; line < picture.height; line++) {
        const from = 3 * line * picture.width;
        colours.set(picture.colours.subarray(from, from + 3 * picture.width), 3 * (corner + line * width));
      }
    }
  }
  return { width, height, colours };
}

/** Each pixel as a square of pixels. @param times a whole number. */
export function enlarged({ width, height, colours }: Picture, times: number): Picture {
  const wide = width * times;
  const large = new Uint8Array(3 * wide * height * times);
  for (let y = 0; y < height * times; y++) {
    for (let x = 0; x < wide; x++) {
      const from = 3 * (Math.floor(y / times) * width + Math.floor(x / times));
      for (let colour = 0; colour < 3; colour++) large[3 * (y * wide + x) + colour] = colours[from + colour] as number;
    }
  }
  return { width: wide, height: height * times, colours: large };
}
