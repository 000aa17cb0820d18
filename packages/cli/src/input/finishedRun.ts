/** Finds the finished run of an experiment whose tables or dataset can no longer be read: showing it takes none of them. */
import {
  canonicalJson,
  continuing,
  deviceKindOf,
  type Experiment,
  evaluatorKindOf,
  experimentHash,
  InputError,
  type Json,
  type Run,
  type Store,
  type TableColumn,
} from "@archwright/core";
import type { ResumeOptions, RunSummary } from "@archwright/engine";
import { type DataReader, loadExperiment, type ReadOptions } from "./loadExperiment.ts";

/**
 * The run that `--resume` means, if it is done and its final report complete.
 * @param file the experiment's YAML. Each stored run is asked whether it is of this experiment, supposing that the data is
 * as the run found it.
 */
export async function finishedRun(
  store: Store,
  file: string,
  resume: ResumeOptions,
  options: Pick<ReadOptions, "workspace"> & { readonly seed?: number | undefined },
): Promise<Run | undefined> {
  const runs = resume.run === undefined ? store.runs() : store.runs().filter(({ id }) => id === resume.run);
  const same: Run[] = [];
  for (const run of runs) {
    const experiment = await supposing(run.experiment, file, options);
    if (experiment?.seed !== run.seed) continue;
    if (experimentHash(continuing(run.experiment, experiment)) === experimentHash(run.experiment)) same.push(run);
  }
  // The data is needed where there is something left to do.
  const run = same.findLast(({ status }) => status !== "done") ?? same.at(-1);
  if (run?.status !== "done") return undefined;
  const { missing = [] } = run.summary as unknown as RunSummary;
  return missing.length === 0 ? run : undefined;
}

/** The experiment of a file with the data of a stored one; undefined where the file names other data, or is wrong. */
async function supposing(stored: Experiment, file: string, options: Parameters<typeof finishedRun>[3]): Promise<Experiment | undefined> {
  try {
    return await loadExperiment(file, { ...options, data: dataOf(stored) });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function dataOf({ evaluator, devices, task }: Experiment): DataReader {
  const row = evaluatorKindOf(evaluator);
  const columns: readonly TableColumn[] = [
    ...(row.columns?.(evaluator) ?? []),
    ...devices.flatMap((device) => deviceKindOf(device).columns?.(device) ?? []),
  ];
  const dataset = row.dataset?.(evaluator);
  return {
    tableHash: (file, column) => {
      const known = columns.find((one) => one.file === file && one.column === column);
      if (known === undefined) throw new InputError(`the run knows no column '${column}' of this table`, { place: { file } });
      return known.contentHash;
    },
    readDataset: async (spec) => {
      const same = dataset && canonicalJson(spec as unknown as Json) === canonicalJson(dataset.spec as unknown as Json);
      if (!same) throw new InputError("the run knows no such dataset");
      return { ...dataset, spec, task };
    },
  };
}
