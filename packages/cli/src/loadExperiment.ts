import { dirname, resolve } from "node:path";
import { type DatasetSpec, dataKeys, type Experiment, InputError, parseExperiment, parseSpaceYaml } from "@archwright/core";
import { datasetShape, resolveDatasetPaths } from "@archwright/runtimes";
import { listDevices, readDevice } from "./deviceLibrary.ts";
import { readText } from "./files.ts";

/** Reads an experiment file and all that it names. @throws InputError with file, line and column. */
export async function loadExperiment(file: string, overrides: { readonly seed?: number | undefined } = {}): Promise<Experiment> {
  const text = readText(file, "an experiment in YAML");
  const directory = dirname(resolve(file));
  const path = (written: string) => resolve(directory, possiblePath(written));
  const deviceNames = listDevices().map(({ name }) => name);
  const experiment = await parseExperiment(text, file, {
    path,
    deviceNames,
    device: (name) => (deviceNames.includes(name) ? readDevice(name) : undefined),
    readSpace: (spaceFile) => parseSpaceYaml(readText(spaceFile, "a search space in YAML"), spaceFile),
    readDataset: async (written: DatasetSpec) => {
      for (const key of dataKeys) if (key in written) possiblePath(String(written[key as keyof DatasetSpec]));
      const spec = resolveDatasetPaths(written, directory);
      const { contentHash, ...shape } = await datasetShape(spec);
      return { spec, contentHash, task: { kind: "image-classification", ...shape } };
    },
  });
  return overrides.seed === undefined ? experiment : { ...experiment, seed: overrides.seed };
}

/** In double quotes YAML reads `"C:\new"` with a line break in it; no file is called so. @throws InputError */
function possiblePath(written: string): string {
  if (!/\p{Cc}/u.test(written)) return written;
  throw new InputError("the path holds a character that no path has", {
    expected: "a path in single quotes, or without quotes: in double quotes a backslash has a meaning of its own",
  });
}
