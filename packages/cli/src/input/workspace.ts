/** Where a command works: the folder of the project, and what this installation of the program brings. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createDeviceLibrary, type DeviceLibrary } from "@archwright/engine";

/** Folders and files that commands use without being told, as absolute paths, and the devices in them. */
export interface Workspace {
  /** What the project keeps between commands: the store, the user's own devices, learned models. */
  readonly kept: string;
  /** The store of commands that are not told another. */
  readonly store: string;
  readonly ownDevices: string;
  /** Learned models of latency that took long; they may be deleted. */
  readonly models: string;
  readonly shippedSpaces: string;
  /** The devices that commands and experiments may name. */
  readonly devices: DeviceLibrary;
}

/** @param folder the project's: things are kept in `.archwright` in it. */
export function workspaceIn(folder: string): Workspace {
  const kept = resolve(folder, ".archwright");
  const shipped = shippedFolder();
  const ownDevices = join(kept, "devices");
  return {
    kept,
    store: join(kept, "store.db"),
    ownDevices,
    models: join(kept, "models"),
    shippedSpaces: join(shipped, "spaces"),
    devices: createDeviceLibrary({ shipped: join(shipped, "devices"), own: ownDevices }),
  };
}

/** A clone has what is shipped in its root; building copies it into the package. */
function shippedFolder(): string {
  const inClone = existsSync(new URL("../../tsconfig.json", import.meta.url));
  return fileURLToPath(new URL(inClone ? "../../../../configs" : "../configs", import.meta.url));
}
