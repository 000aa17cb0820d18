/** The file in which a training that was interrupted is found again. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Checkpointing } from "../training/checkpoint.ts";
import { writeWhole } from "./wholeFile.ts";

export interface CheckpointFile extends Checkpointing {
  /** The training has its outcome. */
  remove(): void;
}

const extension = ".checkpoint";
/** After this nobody is expected to continue a training. */
const keptMs = 7 * 24 * 3_600_000;

/**
 * @param folder made once there is something to save, so that short trainings leave no trace.
 * @param digest names the training, so that it finds its own file and no other: see `trainingDigest`.
 */
export function openCheckpointFile(folder: string, digest: string, seconds: number): CheckpointFile {
  const file = join(folder, `${digest}${extension}`);
  const from = tryTo(() => readFileSync(file));
  return {
    ...(from === undefined ? {} : { from }),
    every: { seconds },
    // Without a checkpoint training goes on as well: a full disk fails no candidate.
    save: (bytes) => {
      tryTo(() => mkdirSync(folder, { recursive: true }));
      tryTo(() => writeWhole(file, bytes));
    },
    remove: () => {
      for (const left of [file, `${file}.new`]) tryTo(() => rmSync(left, { force: true }));
      // Only where it is empty.
      tryTo(() => rmdirSync(folder));
    },
  };
}

/** Removes what trainings left that were ended for good: by a limit, or with a search that nobody resumed. */
export function removeOldCheckpoints(folder: string, now = Date.now()): void {
  for (const name of tryTo(() => readdirSync(folder)) ?? []) {
    const file = join(folder, name);
    if (!name.includes(extension)) continue;
    tryTo(() => {
      if (now - statSync(file).mtimeMs > keptMs) rmSync(file);
    });
  }
}

/** Undefined where the file system refuses. */
function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
