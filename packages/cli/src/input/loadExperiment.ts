/** Reads an experiment file and all that it names: devices, spaces, tables and the dataset. */
import { dirname, resolve } from "node:path";
import {
  checkExperiment,
  type DatasetSpec,
  dataKeys,
  type Experiment,
  type ExperimentContext,
  InputError,
  type Problem,
  parseExperiment,
  parseSpaceYaml,
  pluginsOf,
} from "@archwright/core";
import { createTableReader, loadPlugin, readText, type TableReader } from "@archwright/engine";

import { type DatasetReport, inspectDataset, type RawDataset, readBackbone, resolveDatasetPaths } from "@archwright/runtimes";
import { shippedSpaces } from "./spaceArgs.ts";

import type { Workspace } from "./workspace.ts";

/** Tells what an experiment's tables and its dataset hold. Paths are absolute. */
export type DataReader = Pick<ExperimentContext, "tableHash" | "readDataset">;

export interface ReadOptions {
  /** Whose devices and shipped spaces the experiment may name. */
  readonly workspace: Pick<Workspace, "devices" | "shippedSpaces">;
  /** Told what was read of the dataset, where there is one, and given its images. */
  readonly onDataset?: (report: DatasetReport, raw: RawDataset) => void;
  /** Reads the experiment's tables, and keeps them for whoever needs them next. */
  readonly tables?: TableReader;
  /** Told to say what tables and dataset hold, in place of the files. */
  readonly data?: DataReader;
  /** Whether to load the plugins that the experiment names, which runs their code: only where the user asked for this experiment. */
  readonly plugins?: boolean;
}

/** Reads an experiment file and all that it names. @throws InputError with file, line and column. */
export async function loadExperiment(
  file: string,
  { seed, ...options }: ReadOptions & { readonly seed?: number | undefined },
): Promise<Experiment> {
  const experiment = await readExperiment(readText(file, "an experiment in YAML"), file, { ...options, plugins: true });
  return seed === undefined ? experiment : { ...experiment, seed };
}

/** Reads an experiment's text, which need not be in its file yet. @throws InputError with file, line and column. */
export function readExperiment(text: string, file: string, options: ReadOptions): Promise<Experiment> {
  return parseExperiment(text, file, contextOf(file, options));
}

/** What is wrong with an experiment's text, which need not be in its file yet; its names, files and data are looked up. */
export function problemsOfExperiment(text: string, file: string, options: ReadOptions): Promise<readonly Problem[]> {
  return checkExperiment(text, { file, context: contextOf(file, options) });
}

/** Loads the plugins that an experiment's file names, whatever else is in it. @throws InputError */
export async function loadPluginsNamedIn(file: string, { devices, shippedSpaces }: ReadOptions["workspace"]): Promise<void> {
  await pluginsOf(readText(file, "an experiment in YAML"), file, contextOf(file, { workspace: { devices, shippedSpaces }, plugins: true }));
}

function contextOf(file: string, { workspace, data, plugins = false, ...options }: ReadOptions): ExperimentContext {
  const directory = dirname(resolve(file));
  const path = (written: string) => resolve(directory, possiblePath(written));
  const { tableHash, readDataset } = data ?? filesOf(options);
  const deviceNames = workspace.devices.list().map(({ name }) => name);
  return {
    path,
    deviceNames,
    device: (name) => (deviceNames.includes(name) ? workspace.devices.read(name) : undefined),
    namedSpaces: shippedSpaces(workspace),
    readSpace: (spaceFile) => parseSpaceYaml(readText(spaceFile, "a search space in YAML"), spaceFile),
    readBackbone,
    tableHash,
    ...(plugins ? { loadPlugin: (written: string) => loadPlugin(written, directory) } : {}),
    readDataset: (written: DatasetSpec, trialMemoryBytes: number) => {
      for (const key of dataKeys) if (key in written) possiblePath(String(written[key as keyof DatasetSpec]));
      return readDataset(resolveDatasetPaths(written, directory), trialMemoryBytes);
    },
  };
}

function filesOf({ onDataset, tables = createTableReader() }: Pick<ReadOptions, "onDataset" | "tables">): DataReader {
  return {
    tableHash: tables.contentHash,
    readDataset: async (spec, trialMemoryBytes) => {
      const { shape: found, report, raw } = await inspectDataset(spec, { trialMemoryBytes });
      onDataset?.(report, raw);
      const { contentHash, input, ...shape } = found;
      const trainingImages = report.splits.train;
      return { spec, contentHash, input, trainingImages, task: { kind: "image-classification", ...shape } };
    },
  };
}

/** In double quotes YAML reads `"C:\new"` with a line break in it; no file is called so. @throws InputError */
function possiblePath(written: string): string {
  if (!/\p{Cc}/u.test(written)) return written;
  throw new InputError("the path contains a control character", {
    expected: "a path in single quotes, or without quotes: in double quotes a backslash begins an escape sequence",
  });
}
