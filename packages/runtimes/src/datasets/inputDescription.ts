/** What is stored of a dataset with a run: how its images become a network's input, and which images they were. */
import { InputError } from "@archwright/core/base";
import { type DatasetSpec, dataKeys, type InputDescription, type TrainSpec } from "@archwright/core/experiment";
import type { Dataset } from "./dataset.ts";

/** @param scale the pixel value that means full intensity. */
export function describeInput(
  spec: DatasetSpec,
  { train: { channels, height, width }, mean, std, classes }: Pick<Dataset, "train" | "mean" | "std" | "classes">,
  scale: number,
): InputDescription {
  const folder = spec.kind === "folder";
  return {
    layout: "NCHW",
    channels,
    height,
    width,
    colour: channels === 1 ? "grey" : folder ? "RGB" : null,
    scale,
    mean,
    std,
    resize: folder ? spec.resize : "none",
    background: folder ? spec.background : null,
    classes,
  };
}

/** @throws InputError where the data that was found now is not what the run began with. */
export function assertSameData(found: string, { dataset, datasetHash }: Pick<TrainSpec, "dataset" | "datasetHash">): void {
  if (found === datasetHash) return;
  const paths: Readonly<Partial<Record<string, unknown>>> = dataset;
  const file = dataKeys.map((key) => paths[key]).find((path) => typeof path === "string");
  throw new InputError("the dataset is not the one that the search began with", {
    ...(file === undefined ? {} : { place: { file } }),
    expected: `images, labels and splits with the hash ${datasetHash}, not ${found}: put back what was changed since, or start a new search`,
  });
}
