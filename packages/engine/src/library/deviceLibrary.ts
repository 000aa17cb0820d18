/** The device library: shipped profiles, and the user's own profiles and fitted devices, in two folders on disk. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type DeviceProfile,
  type DeviceSpec,
  type FittedDevice,
  InputError,
  type LibraryDevice,
  libraryKinds,
  nearestSpelling,
  parseDeviceProfile,
} from "@archwright/core";
import { describeSystemError, makeFolder, readText, writeFile } from "../files/index.ts";

/** A device and whose it is. */
export interface LibraryEntry {
  readonly name: string;
  readonly kind: DeviceSpec["kind"];
  readonly origin: "shipped" | "yours";
  readonly file: string;
}

/** Where the devices lie. A folder that is not there holds none. */
export interface DeviceFolders {
  /** Shipped with the program; never written. */
  readonly shipped: string;
  /** The user's own; made when the first device is kept. */
  readonly own: string;
}

/** The devices that experiments may name. What other processes change in the folders is seen by the next call. */
export interface DeviceLibrary {
  /** The shipped devices, then the user's own, each in order of file name. @throws InputError where a folder cannot be read. */
  list(): readonly LibraryEntry[];
  /**
   * @param besides names of devices that the caller knows and that are not in the library, for the message.
   * @throws InputError where there is no such device, or its file is damaged.
   */
  read(name: string, besides?: readonly string[]): LibraryDevice;
  /**
   * Checks a profile and keeps it among the user's own.
   * @throws InputError where it is invalid or its name is taken; with `force` one of the user's own is replaced.
   */
  add(file: string, options: AddOptions): DeviceProfile;
  /** The same of a text. @param file the name that messages give to it. */
  addText(text: string, file: string, options: AddOptions): DeviceProfile;
  /** Refuses a name that a fitted device cannot have: only another fitted device may be replaced. @throws InputError */
  checkFreeForFit(name: string): void;
  /** Keeps a fitted device among the user's own, in place of an earlier one of its name. @throws InputError as `checkFreeForFit` does. */
  keepFitted(device: FittedDevice): void;
  /** Removes one of the user's own devices. @throws InputError where there is none of this name, or it is a shipped one. */
  remove(name: string): void;
}

export interface AddOptions {
  readonly force: boolean;
  /** How the user replaces the device that has this name, for the message. */
  readonly forceCommand: string;
}

export function createDeviceLibrary(folders: DeviceFolders): DeviceLibrary {
  const list = () => [...entriesOf(folders.shipped, "shipped"), ...entriesOf(folders.own, "yours")];
  const find = (name: string) => list().find((device) => device.name === name);

  function keep(entry: string, text: string): void {
    makeFolder(folders.own);
    writeFile(join(folders.own, entry), text);
  }

  function addText(text: string, file: string, { force, forceCommand }: AddOptions): DeviceProfile {
    const profile = parseDeviceProfile(text, file);
    const taken = find(profile.name);
    const yours = taken?.origin === "yours";
    if (taken && !(yours && force)) {
      throw new InputError(`the name '${profile.name}' is taken by a device that is ${taken.origin}`, {
        place: { file },
        expected: yours ? "a name of its own, or --force to replace the device" : "a name of its own",
        suggestion: yours ? forceCommand : `name: my-${profile.name}`,
      });
    }
    if (taken) rmSync(taken.file);
    keep(`${profile.name}.yaml`, text);
    return profile;
  }

  function checkFreeForFit(name: string): void {
    const taken = find(name);
    if (taken === undefined || taken.kind === "fitted") return;
    throw new InputError(`the name '${name}' is taken by a profile that is ${taken.origin}`, {
      expected: "a name of its own",
      suggestion: `my-${name}`,
    });
  }

  return {
    list,
    read(name, besides = []) {
      const found = find(name);
      if (found) return readLibraryDevice(found);
      const names = [...besides, ...list().map((device) => device.name)];
      throw new InputError(`there is no device '${name}'`, {
        expected: `one of ${names.join(", ")}`,
        suggestion: nearestSpelling(name, names),
      });
    },
    add: (file, options) => addText(readText(file, "a device profile in YAML"), file, options),
    addText,
    checkFreeForFit,
    keepFitted(device) {
      checkFreeForFit(device.name);
      keep(`${device.name}.fitted.json`, `${JSON.stringify(device)}\n`);
    },
    remove(name) {
      const found = find(name);
      if (found?.origin === "yours") {
        rmSync(found.file);
        return;
      }
      const own = list()
        .filter((device) => device.origin === "yours")
        .map((device) => device.name);
      throw new InputError(found ? `'${name}' is shipped with the program and stays` : `there is no device '${name}'`, {
        expected: own.length === 0 ? "one of your own devices; you have none" : `one of your own devices: ${own.join(", ")}`,
        suggestion: nearestSpelling(name, own),
      });
    },
  };
}

/** @throws InputError where the device's file is damaged. */
export function readLibraryDevice({ file, kind }: LibraryEntry): LibraryDevice {
  const files = libraryKinds.find((row) => row.kind === kind);
  if (!files) throw new Error(`the library keeps no devices of the kind '${kind}'`);
  return files.parse(readText(file, "a device"), file);
}

/** The devices of a folder, in order of file name. */
function entriesOf(folder: string, origin: LibraryEntry["origin"]): LibraryEntry[] {
  return namesIn(folder)
    .sort()
    .flatMap((entry) =>
      libraryKinds
        .filter(({ ending }) => ending.test(entry))
        .map(({ ending, kind }) => ({ name: entry.replace(ending, ""), kind, origin, file: join(folder, entry) })),
    );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new InputError(`the folder of devices cannot be read ${describeSystemError(error)}`, {
      place: { file: folder },
      expected: "a folder",
    });
  }
}
