/** The spool of a worker: its reports on disk, one file each, so that they survive the end of the program. */
import { mkdirSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAttemptId } from "../protocol/attempt.ts";
import { keptSeconds } from "../protocol/experimentStore.ts";

/** A report that is kept on disk until it is taken. */
export interface Spooled {
  /** Attempt. */
  readonly id: string;
  readonly report: string;
}

/** A disk that cannot be written costs this safety, and is said. */
export interface Spool {
  /** What an earlier start of the worker left; what is too old to be waited for is deleted. */
  read(): Promise<readonly Spooled[]>;
  write(spooled: Spooled): void;
  remove(id: string): void;
  /** Resolves when everything is on disk. */
  settled(): Promise<void>;
}

/** @param folder without one, nothing is kept on disk. */
export function createSpool(folder: string | undefined, onProblem: (message: string) => void): Spool {
  if (folder === undefined) return { read: async () => [], write: () => {}, remove: () => {}, settled: async () => {} };
  let last: Promise<void> = Promise.resolve();
  const then = (step: () => Promise<void>) => {
    last = last.then(step).catch((error: Error) => onProblem(error.message));
  };
  const fileOf = (id: string) => join(folder, `${encodeURIComponent(id)}.json`);
  const written = new Set<string>();

  return {
    async read() {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const spooled: Spooled[] = [];
        for (const name of await readdir(folder)) {
          if (!name.endsWith(".json")) continue;
          const file = join(folder, name);
          const id = decodeURIComponent(name.slice(0, -".json".length));
          if (!parseAttemptId(id) || Date.now() - (await stat(file)).mtimeMs > keptSeconds * 1000) {
            await rm(file, { force: true });
            continue;
          }
          written.add(id);
          spooled.push({ id, report: await readFile(file, "utf8") });
        }
        return spooled;
      } catch (error) {
        onProblem((error as Error).message);
        return [];
      }
    },
    write({ id, report }) {
      written.add(id);
      then(async () => {
        // Whole or not at all: a name that ends otherwise is never read.
        await writeFile(`${fileOf(id)}.part`, report, { mode: 0o600 });
        await rename(`${fileOf(id)}.part`, fileOf(id));
      });
    },
    remove(id) {
      if (written.delete(id)) then(() => rm(fileOf(id), { force: true }));
    },
    settled: () => last,
  };
}
