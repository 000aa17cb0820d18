/** The project's files, for tests that read what is written there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param file relative to the project's root. */
export const read = (file: string) => readFileSync(join(root, file), "utf8");

/** All files of a folder and of those below it whose names end so, but for what was installed or built; relative to the root. */
export const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((entry) => join(folder, entry))
    .filter((entry) => entry.endsWith(ending) && !/node_modules|[\\/]dist[\\/]/.test(entry))
    .sort();
