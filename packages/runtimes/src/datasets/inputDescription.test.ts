import { InputError } from "@archwright/core/base";
import { type DatasetSpec, datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import { assertSameData, describeInput } from "./inputDescription.ts";

const colours = {
  file: "x",
  images: { pixels: Uint8Array.of(0, 10, 20, 30, 40, 50), scale: 100, labels: Int32Array.of(0, 1), channels: 3, height: 1, width: 1 },
  classes: ["a", "b"],
};
const both = Int32Array.of(0, 1);
const folder = datasetSchema.parse({ kind: "folder", path: "/x", size: [1, 1], resize: "cover" });

describe("what a run keeps of its dataset", () => {
  it("is all that a raw image must go through", () => {
    const described = describeInput(folder, colours, both);
    expect(described).toMatchObject({ layout: "NCHW", channels: 3, height: 1, width: 1, scale: 100, classes: ["a", "b"] });
    expect(described).toMatchObject({ colour: "RGB", resize: "cover" });
    expect(described.background).toEqual(expect.any(String));
    for (const [channel, mean] of [0.15, 0.25, 0.35].entries()) {
      expect(described.mean[channel]).toBeCloseTo(mean, 12);
      expect(described.std[channel]).toBeCloseTo(0.15, 12);
    }
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
  });

  it("claims nothing that a table of pixels does not say", () => {
    const csv = datasetSchema.parse({ kind: "csv", file: "/x.csv", shape: [3, 1, 1] });
    expect(describeInput(csv, colours, both)).toMatchObject({ colour: null, resize: "none", background: null });
    const grey = { ...colours, images: { ...colours.images, channels: 1 } };
    expect(describeInput(csv, grey, both)).toMatchObject({ colour: "grey" });
  });

  it("tells where data lie that are no longer the same", () => {
    const stored = (dataset: DatasetSpec) => ({ kind: "train", dataset, datasetHash: "aaaa", training: {} as never }) as const;
    expect(() => assertSameData("aaaa", stored(folder))).not.toThrow();
    expect(() => assertSameData("bbbb", stored(folder))).toThrow(InputError);
    expect(() => assertSameData("bbbb", stored(folder))).toThrow(/^\/x: the dataset is not the one/);
    expect(() => assertSameData("bbbb", stored({ kind: "digits" }))).toThrow(/hash aaaa, not bbbb/);
  });
});
