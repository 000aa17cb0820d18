import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Store } from "@archwright/core";
import { InputError } from "@archwright/core";
import { openStore } from "@archwright/engine";

/** A clone has the devices and spaces that are shipped in its root; building copies them into the package. */
const inClone = existsSync(new URL("../tsconfig.json", import.meta.url));
const shipped = fileURLToPath(new URL(inClone ? "../../../configs" : "./configs", import.meta.url));

/** Where things lie. The project folder is the current one. */
export const folders = {
  /** What the project keeps between commands: the store, the user's own devices, learned models. */
  project: resolve(".archwright"),
  userDevices: resolve(".archwright", "devices"),
  /** Learned models of latency that took long; they may be deleted. */
  models: resolve(".archwright", "models"),
  shippedDevices: join(shipped, "devices"),
  shippedSpaces: join(shipped, "spaces"),
} as const;

/** The store of commands that are not told another. */
export const defaultStore = join(folders.project, "store.db");

export const storeOption = {
  store: { type: "string", describe: "Store of runs and trials", default: defaultStore, defaultDescription: ".archwright/store.db" },
} as const;

/** Opens the store of runs; its folder is made where it is missing. @throws InputError where it is damaged. */
export function storeAt(file: string): Store {
  return openStore(resolve(file));
}

/** Opens a store that must be there already: reading from one that does not exist is a slip of the pen. */
export function existingStore(file: string): Store {
  if (!existsSync(file)) {
    throw new InputError("there is no store here", {
      place: { file },
      expected: "a store that 'archwright search' wrote",
      suggestion: "--store FILE, or run a search first",
    });
  }
  return storeAt(file);
}

/** Reads a text file. @throws InputError naming it. */
export function readText(file: string, expected: string): string {
  return readBytes(file, expected).toString("utf8");
}

/** Reads a file. @throws InputError naming it. */
export function readBytes(file: string, expected: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(code === "ENOENT" ? "the file does not exist" : `the file cannot be read (${code})`, {
      place: { file },
      expected,
    });
  }
}

/** Writes a command's result to the file that the user named. @throws InputError where it cannot be written. */
export function writeOutput(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new InputError(`cannot be written (${(error as NodeJS.ErrnoException).code})`, {
      place: { file },
      expected: "a file in a folder that exists and may be written to",
    });
  }
}
