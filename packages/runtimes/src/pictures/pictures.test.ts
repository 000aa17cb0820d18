import { checkInput } from "@archwright/core/base";
import { datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import { sharp, temporaryFolder } from "../datasets/fixtures.ts";
import { inspectDataset } from "../datasets/load.ts";
import { stripes } from "../training/stripes.fixture.ts";
import { enlarged, openPictureWriter, type Picture, pictureOf, sheetOf } from "./index.ts";

const plain = (width: number, height: number, colour: number): Picture => ({
  width,
  height,
  colours: new Uint8Array(3 * width * height).fill(colour),
});
const pixel = ({ width, colours }: Picture, x: number, y: number) => [...colours.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];

describe("pictures", () => {
  it("show one channel in grey and three in colour, cut to what can be shown", () => {
    const images = { ...stripes(1, 1), channels: 1, height: 1, width: 2 };
    const grey = pictureOf({ ...images, copyImage: (_, target) => target.set([0.5, 7]) }, 0);
    expect([pixel(grey, 0, 0), pixel(grey, 1, 0)]).toEqual([
      [128, 128, 128],
      [255, 255, 255],
    ]);
    const colour = pictureOf({ ...images, channels: 3, copyImage: (_, target) => target.set([0, 1, 0.2, -1, 0.4, 0.6]) }, 0);
    expect([pixel(colour, 0, 0), pixel(colour, 1, 0)]).toEqual([
      [0, 51, 102],
      [255, 0, 153],
    ]);
  });

  it("stand in rows on white, with space between", () => {
    const sheet = sheetOf([[plain(2, 3, 0), plain(2, 3, 9)], [plain(2, 3, 5)]]);
    expect([sheet.width, sheet.height]).toEqual([6, 8]);
    const row = (y: number) => Array.from({ length: 6 }, (_, x) => pixel(sheet, x, y)[0]);
    expect([row(2), row(3), row(7)]).toEqual([
      [0, 0, 255, 255, 9, 9],
      [255, 255, 255, 255, 255, 255],
      [5, 5, 255, 255, 255, 255],
    ]);
  });

  it("are enlarged pixel by pixel", () => {
    const large = enlarged({ width: 2, height: 1, colours: Uint8Array.of(1, 2, 3, 4, 5, 6) }, 3);
    expect([large.width, large.height]).toEqual([6, 3]);
    expect([pixel(large, 2, 2), pixel(large, 3, 0)]).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it.skipIf(!sharp)("become PNG that is read as the same pixels, and thumbnails of a moderate size", async () => {
    const writer = await openPictureWriter();
    const image = (seed: number): Picture => ({
      width: 4,
      height: 4,
      colours: Uint8Array.from({ length: 48 }, (_, i) => (i * seed) % 256),
    });
    const folder = temporaryFolder(
      Object.fromEntries(
        await Promise.all(
          ["a", "b"].flatMap((name, label) =>
            [1, 2, 3].map(async (i) => [`${name}/${i}.png`, await writer.png(image(3 * i + label))] as const),
          ),
        ),
      ),
    );
    const spec = checkInput(datasetSchema, { kind: "folder", path: folder, size: [4, 4] });
    const { train, test } = (await inspectDataset(spec)).raw.splits;
    expect(test.nameOf(0)).toMatch(/^a\/[123]\.png$/);
    for (let index = 0; index < train.count; index++) {
      const [, name, i] = /^(.)\/(.)\.png$/.exec(train.nameOf(index)) ?? [];
      expect(pictureOf(train, index)).toEqual(image(3 * Number(i) + (name === "a" ? 0 : 1)));
    }
    const side = async (width: number, height: number) => {
      const { width: wide, height: high, colours } = await writer.thumbnail(plain(width, height, 100));
      expect(new Uint8Array(colours)).toEqual(new Uint8Array(3 * wide * high).fill(100));
      return [wide, high];
    };
    expect([await side(8, 8), await side(28, 28), await side(100, 50), await side(300, 150)]).toEqual([
      [64, 64],
      [56, 56],
      [100, 50],
      [128, 64],
    ]);
  });
});
