import { dirname, resolve } from "node:path";
import { type DatasetSpec, type Experiment, parseExperiment, parseSpaceYaml } from "@archwright/core";
import { datasetShape, resolveDatasetPaths } from "@archwright/runtimes";
import { listDevices, readDevice } from "./deviceLibrary.ts";
import { readText } from "./files.ts";

/** Reads an experiment file and all that it names. @throws InputError with file, line and column. */
export async function loadExperiment(file: string, overrides: { readonly seed?: number | undefined } = {}): Promise<Experiment> {
  const text = readText(file, "an experiment in YAML");
  const directory = dirname(resolve(file));
  const path = (written: string) => resolve(directory, written);
  const deviceNames = listDevices().map(({ name }) => name);
  const experiment = await parseExperiment(text, file, {
    path,
    deviceNames,
    device: (name) => (deviceNames.includes(name) ? readDevice(name) : undefined),
    readSpace: (spaceFile) => parseSpaceYaml(readText(spaceFile, "a search space in YAML"), spaceFile),
    readDataset: async (written: DatasetSpec) => {
      const spec = resolveDatasetPaths(written, directory);
      const { contentHash, input, ...shape } = await datasetShape(spec);
      return { spec, contentHash, input, task: { kind: "image-classification", ...shape } };
    },
  });
  return overrides.seed === undefined ? experiment : { ...experiment, seed: overrides.seed };
}
