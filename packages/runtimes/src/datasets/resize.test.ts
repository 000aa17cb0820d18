import { createRng } from "@archwright/core/base";
import { NetworkBuilder } from "@archwright/core/ir";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "./dataset.ts";
import { createResizer, imagesFor } from "./resize.ts";

interface Image {
  readonly pixels: readonly (readonly number[])[];
}

const resized = ({ pixels }: Image, height: number, width: number) => {
  const from = { height: pixels.length, width: pixels[0]?.length ?? 0 };
  const target = new Float32Array(height * width);
  createResizer(1, from, { height, width })(Float32Array.from(pixels.flat()), target, 0);
  return [...target];
};

/** Every pixel of the result as a weighted mean over all pixels of the image, straight from the definition. */
function slowly({ pixels }: Image, height: number, width: number): number[] {
  const triangle = (from: number, to: number, at: number, source: number) =>
    Math.max(0, 1 - Math.abs(source + 0.5 - (at + 0.5) * (from / to)) / Math.max(1, from / to));
  const result: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let [sum, weights] = [0, 0];
      pixels.forEach((line, i) => {
        line.forEach((pixel, j) => {
          const weight = triangle(pixels.length, height, row, i) * triangle(line.length, width, column, j);
          sum += weight * pixel;
          weights += weight;
        });
      });
      result.push(sum / weights);
    }
  }
  return result;
}

const side = fc.integer({ min: 1, max: 17 });
const cases = fc.record({ height: side, width: side, toHeight: side, toWidth: side, seed: fc.nat() });
const randomImage = (height: number, width: number, seed: number): Image => {
  const rng = createRng(seed);
  return { pixels: Array.from({ length: height }, () => Array.from({ length: width }, () => rng.next())) };
};

describe("resizing", () => {
  // torch 1.13: F.interpolate(x, size, mode="bilinear", align_corners=False, antialias=True) in float64, of (7 r + 3 c + 2 r c) mod 11.
  const image = {
    pixels: Array.from({ length: 5 }, (_, r) => Array.from({ length: 7 }, (_, c) => (7 * r + 3 * c + 2 * r * c) % 11)),
  };
  it.each([
    [2, 2, [4.465116, 5.046512, 6.267442, 4.662791]],
    [3, 4, [2.77551, 4.988571, 4.165714, 5.938776, 6.375661, 5.191111, 4.968889, 4.259259, 7.265306, 5.931429, 4.354286, 5.489796]],
    [5, 3, [2.571429, 5.764706, 4.428571, 4.214286, 3.235294, 6.785714, 6.642857, 5.235294, 4.428571, 8.285714, 4, 3.642857, 6, 6, 6]],
  ])("to %i x %i gives what PyTorch gives", (height, width, expected) => {
    resized(image, height, width).forEach((pixel, i) => {
      expect(pixel).toBeCloseTo(expected[i] as number, 5);
    });
    expect(resized(image, 6, 9).slice(9, 13)).toEqual([5.25, 2.75, 3.5, 5.166667].map((pixel) => expect.closeTo(pixel, 5)));
  });

  it("is the weighted mean that the definition says, in any size", () => {
    fc.assert(
      fc.property(cases, ({ height, width, toHeight, toWidth, seed }) => {
        const image = randomImage(height, width, seed);
        const expected = slowly(image, toHeight, toWidth);
        resized(image, toHeight, toWidth).forEach((pixel, i) => {
          expect(pixel).toBeCloseTo(expected[i] as number, 5);
        });
      }),
    );
  });

  it("leaves an image of the same size, and one of a single value, as it is", () => {
    const image = randomImage(6, 9, 1);
    expect(resized(image, 6, 9)).toEqual([...Float32Array.from(image.pixels.flat())]);
    expect(resized({ pixels: [[3, 3, 3]] }, 5, 2)).toEqual(new Array(10).fill(3));
  });
});

describe("the images that a network takes", () => {
  const network = (height: number, width: number) => {
    const b = new NetworkBuilder();
    return b.build(b.dense(b.globalAveragePool(b.input([1, 2, height, width])), 3));
  };
  const images: ImageSet = {
    labels: Int32Array.of(2, 0),
    count: 2,
    channels: 2,
    height: 4,
    width: 6,
    classes: 3,
    copyImage: (index, target, at) => target.fill(index, at, at + 24).fill(10 + index, at + 24, at + 48),
  };

  it("are the set itself where they have its size", () => {
    expect(imagesFor(network(4, 6), images)).toBe(images);
  });

  it("are resized channel by channel otherwise", () => {
    const smaller = imagesFor(network(2, 3), images);
    expect(smaller).toMatchObject({ height: 2, width: 3, channels: 2, count: 2, classes: 3, labels: images.labels });
    const target = new Float32Array(13).fill(-1);
    smaller.copyImage(1, target, 1);
    expect([...target]).toEqual([-1, 1, 1, 1, 1, 1, 1, 11, 11, 11, 11, 11, 11]);
  });
});
