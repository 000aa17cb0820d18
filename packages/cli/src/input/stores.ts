/** The store of runs that a command is told to use, or the project's own. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InputError, type Run, type Store } from "@archwright/core";
import { openStore, openStoreForReading } from "@archwright/engine";
import type { Workspace } from "./workspace.ts";

/** The option of every command that reads or writes runs. */
export function storeOption({ store }: Workspace) {
  return {
    store: { type: "string", describe: "Store of runs and trials", default: store, defaultDescription: ".archwright/store.db" },
  } as const;
}

/** Opens the store of runs; its folder is made where it is missing. @throws InputError where it is damaged. */
export function storeAt(file: string): Store {
  return openStore(resolve(file));
}

/** Opens a store to read it; it must be there already. @throws InputError where it is not, or cannot be read. */
export function storeToRead(file: string): Store {
  requireStore(file);
  return openStoreForReading(resolve(file));
}

/** Opens a store to change what is in it; it must be there already. @throws InputError where it is not, or is damaged. */
export function existingStore(file: string): Store {
  requireStore(file);
  return storeAt(file);
}

/** Where the evaluations of a run that is carried out here keep what an interruption must not cost: beside its store. */
export function evaluationsFolder(store: string, { id }: Run): string {
  return `${resolve(store)}-evaluations-${id}`;
}

function requireStore(file: string): void {
  if (!existsSync(file)) {
    throw new InputError("there is no store at this path", {
      place: { file },
      expected: "a store that 'archwright search' wrote",
      advice: "name the store with --store, or make one with 'archwright search'",
    });
  }
}
