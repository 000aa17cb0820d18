import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Store } from "@archwright/core";
import { InputError } from "@archwright/core";
import { createDeviceLibrary, openStore, openStoreForReading } from "@archwright/engine";

/** A clone has the devices and spaces that are shipped in its root; building copies them into the package. */
const inClone = existsSync(new URL("../../tsconfig.json", import.meta.url));
const shipped = fileURLToPath(new URL(inClone ? "../../../../configs" : "../configs", import.meta.url));

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

/** The devices that commands may name. */
export const deviceLibrary = createDeviceLibrary({ shipped: folders.shippedDevices, own: folders.userDevices });

/** The store of commands that are not told another. */
export const defaultStore = join(folders.project, "store.db");

export const storeOption = {
  store: { type: "string", describe: "Store of runs and trials", default: defaultStore, defaultDescription: ".archwright/store.db" },
} as const;

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

function requireStore(file: string): void {
  if (!existsSync(file)) {
    throw new InputError("there is no store here", {
      place: { file },
      expected: "a store that 'archwright search' wrote",
      advice: "name the store with --store, or make one with 'archwright search'",
    });
  }
}
