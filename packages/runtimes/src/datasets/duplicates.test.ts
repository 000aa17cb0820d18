import fc from "fast-check";
import { expect, it } from "vitest";
import { type NamedImages, type SplitName, splitNames } from "./dataset.ts";
import { joinImages } from "./imageSet.ts";
import { findDuplicates } from "./inspect.ts";

interface Image {
  readonly pixel: number;
  readonly label: number;
}

const setOf = (split: string, images: readonly Image[]): NamedImages => ({
  copyImage: (index, target, at) => target.set([images[index]?.pixel as number, 1], at),
  nameOf: (index) => `${split}/${index}`,
  labels: Int32Array.from(images, ({ label }) => label),
  count: images.length,
  classes: 2,
  ...{ channels: 1, height: 1, width: 2 },
});

const images = fc.array(fc.record({ pixel: fc.nat(12), label: fc.nat(1) }), { maxLength: 8 });
const datasets = fc.record({ train: images, validation: images, test: images });
const sets = (found: Readonly<Record<SplitName, readonly Image[]>>) => ({
  train: setOf("train", found.train),
  validation: setOf("validation", found.validation),
  test: setOf("test", found.test),
});

it("finds the images that comparing all pairs finds", () => {
  fc.assert(
    fc.property(datasets, (found) => {
      const { across_splits, of_other_classes } = findDuplicates({ splits: sets(found), mean: [], std: [], classes: [], contentHash: "" });
      for (const [split, other] of [
        ["validation", "train"],
        ["test", "train"],
        ["test", "validation"],
      ] as const) {
        const shared = found[split].flatMap(({ pixel }, i) => {
          const twin = found[other].findIndex((one) => one.pixel === pixel);
          return twin < 0 ? [] : [{ image: `${split}/${i}`, equals: `${other}/${twin}` }];
        });
        const told = across_splits.find((pair) => pair.split === split && pair.other === other);
        expect(told?.images ?? 0).toBe(shared.length);
        expect(told?.examples ?? []).toEqual(shared.slice(0, 5));
      }
      const all = splitNames.flatMap((split) => found[split]);
      const contrary = all.filter(({ pixel, label }, i) => all.slice(0, i).some((one) => one.pixel === pixel && one.label !== label));
      expect(of_other_classes.images).toBe(contrary.length);
    }),
  );
});

it("joined sets hold the images of each, in order", () => {
  fc.assert(
    fc.property(datasets, (found) => {
      const joined = joinImages(splitNames.map((split) => sets(found)[split]));
      const all = splitNames.flatMap((split) => found[split].map((image, i) => ({ ...image, name: `${split}/${i}` })));
      const read = Array.from({ length: joined.count }, (_, i) => {
        const pixels = new Float32Array(3);
        joined.copyImage(i, pixels, 1);
        return { pixel: pixels[1], label: joined.labels[i], name: joined.nameOf(i) };
      });
      expect(read).toEqual(all);
    }),
  );
});
