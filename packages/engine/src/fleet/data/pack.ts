/** Lists an experiment's files with SHA-256 and length. */
import { InputError } from "@archwright/core/base";
import { type DataManifest, type Experiment, evaluatorKindOf, type ManifestFile } from "@archwright/core/experiment";
import { listDataFiles } from "@archwright/runtimes";
import { isMemberName } from "./datasetFolder.ts";
import { digestFile } from "./digest.ts";
import { eachOf } from "./eachOf.ts";

/** What a controller tells its workers of an experiment's files, and where it has them itself. */
export interface PackedData {
  readonly manifest: DataManifest;
  /** Paths on this machine, by hash. */
  readonly sources: ReadonlyMap<string, string>;
  /** Of all contents, each counted once. */
  readonly bytes: number;
}

/**
 * The files that workers need for an experiment, by content: those of its dataset, none for `digits`. Tables and fitted
 * devices are looked up by the controller and never reach a worker. Links in a user's own dataset are followed: what
 * goes out is the content.
 * @throws InputError where a file cannot be read, or has a name that some machine could not take.
 */
export async function packData(experiment: Experiment): Promise<PackedData> {
  const { evaluator } = experiment;
  const dataset = evaluatorKindOf(evaluator).dataset?.(evaluator).spec;
  const listed = dataset ? await listDataFiles(dataset) : [];
  const sources = new Map<string, string>();
  let bytes = 0;
  const files = await eachOf(listed, async ({ key, name, path }): Promise<ManifestFile> => {
    if (key === "path" && !isMemberName(name)) {
      throw new InputError("a file of this name cannot be sent to other machines", {
        place: { file: path },
        expected: 'no character of \\ : * ? " < > | and no control character in names of classes and images',
      });
    }
    const ref = await digestFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new InputError(`the file cannot be read (${error.code})`, { place: { file: path }, expected: "a file of the dataset" });
    });
    if (!sources.has(ref.sha256)) bytes += ref.bytes;
    sources.set(ref.sha256, path);
    return { key, name, ...ref };
  });
  return { manifest: { version: 1, files }, sources, bytes };
}

/** Up to this much of an experiment's data goes through Redis, which keeps it in memory. */
export const defaultRedisLimitBytes = 64 * 2 ** 20;
