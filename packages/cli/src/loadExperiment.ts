import { dirname, resolve } from "node:path";
import { type DatasetSpec, type Experiment, parseExperiment, parseSpaceYaml } from "@archwright/core";
import { datasetShape, resolveDatasetPaths } from "@archwright/runtimes";
import { listDevices, readDevice } from "./deviceLibrary.ts";
import { readText } from "./files.ts";
import { shippedSpaces } from "./spaceArgs.ts";

/** Reads an experiment file and all that it names. @throws InputError with file, line and column. */
export async function loadExperiment(file: string, overrides: { readonly seed?: number | undefined } = {}): Promise<Experiment> {
  const experiment = await readExperiment(readText(file, "an experiment in YAML"), file);
  return overrides.seed === undefined ? experiment : { ...experiment, seed: overrides.seed };
}

/** Reads an experiment's text, which need not be in its file yet. @throws InputError with file, line and column. */
export async function readExperiment(text: string, file: string): Promise<Experiment> {
  const directory = dirname(resolve(file));
  const path = (written: string) => resolve(directory, written);
  const deviceNames = listDevices().map(({ name }) => name);
  return parseExperiment(text, file, {
    path,
    deviceNames,
    device: (name) => (deviceNames.includes(name) ? readDevice(name) : undefined),
    namedSpaces: shippedSpaces(),
    readSpace: (spaceFile) => parseSpaceYaml(readText(spaceFile, "a search space in YAML"), spaceFile),
    readDataset: async (written: DatasetSpec) => {
      const spec = resolveDatasetPaths(written, directory);
      const { contentHash, input, ...shape } = await datasetShape(spec);
      return { spec, contentHash, input, task: { kind: "image-classification", ...shape } };
    },
  });
}
