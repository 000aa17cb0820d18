import { InputError } from "@archwright/core/base";
import { type DatasetSpec, datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "./dataset.ts";
import { assertSameData, describeInput } from "./inputDescription.ts";

const colours = {
  train: { channels: 3, height: 1, width: 1 } as ImageSet,
  mean: [0.15, 0.25, 0.35],
  std: [0.15, 0.15, 0.15],
  classes: ["a", "b"],
};
const folder = datasetSchema.parse({ kind: "folder", path: "/x", size: [1, 1], resize: "cover" });

describe("what a run keeps of its dataset", () => {
  it("is all that a raw image must go through", () => {
    const described = describeInput(folder, colours, 100);
    expect(described).toMatchObject({ layout: "NCHW", channels: 3, height: 1, width: 1, scale: 100, classes: ["a", "b"] });
    expect(described).toMatchObject({ colour: "RGB", resize: "cover" });
    expect(described).toMatchObject({ background: "#ffffff", mean: colours.mean, std: colours.std });
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
  });

  it("claims nothing that a table of pixels does not say", () => {
    const csv = datasetSchema.parse({ kind: "csv", file: "/x.csv", shape: [3, 1, 1] });
    expect(describeInput(csv, colours, 100)).toMatchObject({ colour: null, resize: "none", background: null });
    const grey = { ...colours, train: { ...colours.train, channels: 1 } };
    expect(describeInput(csv, grey, 100)).toMatchObject({ colour: "grey" });
  });

  it("tells where data lie that are no longer the same", () => {
    const stored = (dataset: DatasetSpec) => ({ kind: "train", dataset, datasetHash: "aaaa", training: {} as never }) as const;
    expect(() => assertSameData("aaaa", stored(folder))).not.toThrow();
    expect(() => assertSameData("bbbb", stored(folder))).toThrow(InputError);
    expect(() => assertSameData("bbbb", stored(folder))).toThrow(/^\/x: the dataset is not the one/);
    expect(() => assertSameData("bbbb", stored({ kind: "digits" }))).toThrow(/hash aaaa, not bbbb/);
  });
});
