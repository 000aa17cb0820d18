import { existsSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Store } from "@archwright/core";
import { InputError } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { describeSystemError } from "./systemErrors.ts";

/** Where things lie. The project folder is the current one. */
export const folders = {
  /** What the project keeps between commands: the store, the user's own devices, learned models. */
  project: resolve(".archwright"),
  userDevices: resolve(".archwright", "devices"),
  /** Learned models of latency that took long; they may be deleted. */
  models: resolve(".archwright", "models"),
  shippedDevices: fileURLToPath(new URL("../../../configs/devices", import.meta.url)),
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

/** Opens a store that must be there already: a missing store is an error, not an empty one. */
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
  const bytes = readBytes(file, expected);
  try {
    return bytes.toString("utf8");
  } catch (error) {
    throw new InputError(`the file cannot be read ${describeSystemError(error)}`, { place: { file }, expected });
  }
}

/** Reads a file. @throws InputError naming it. */
export function readBytes(file: string, expected: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "the file does not exist" : `the file cannot be read ${describeSystemError(error)}`;
    // A path as Windows writes it, on a system where a backslash is a letter like others.
    const suggestion = code === "ENOENT" && sep === "/" && file.includes("\\") ? file.replaceAll("\\", "/") : undefined;
    throw new InputError(problem, { place: { file }, expected, suggestion });
  }
}
