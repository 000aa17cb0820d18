import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type DeviceProfile,
  type FittedDevice,
  InputError,
  nearestSpelling,
  parseDeviceProfile,
  parseFittedDevice,
} from "@archwright/core";
import { folders, readText } from "./input/files.ts";
import { makeFolder, writeOutput } from "./output/outputFile.ts";
import { quoted } from "./shell/invocation.ts";
import { describeSystemError } from "./shell/systemErrors.ts";

/** A device and whose it is. */
export interface LibraryDevice {
  readonly name: string;
  readonly kind: "profile" | "fitted";
  readonly origin: "shipped" | "yours";
  readonly file: string;
}

const endings = [
  { ending: /\.ya?ml$/, kind: "profile" },
  { ending: /\.fitted\.json$/, kind: "fitted" },
] as const;

/** The devices that experiments may name: the shipped profiles, and the user's own profiles and fitted devices beside them. */
export function listDevices(): readonly LibraryDevice[] {
  const inFolder = (folder: string, origin: LibraryDevice["origin"]) =>
    entriesOf(folder)
      .sort()
      .flatMap((entry) =>
        endings
          .filter(({ ending }) => ending.test(entry))
          .map(({ ending, kind }) => ({ name: entry.replace(ending, ""), kind, origin, file: join(folder, entry) })),
      );
  return [...inFolder(folders.shippedDevices, "shipped"), ...inFolder(folders.userDevices, "yours")];
}

/** A folder that is not there holds none. @throws InputError where it cannot be read. */
function entriesOf(folder: string): string[] {
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

/**
 * @param besides names of devices that the command knows and that are not in the library.
 * @throws InputError where there is no such device, or its file is damaged.
 */
export function readDevice(name: string, besides: readonly string[] = []): DeviceProfile | FittedDevice {
  const devices = listDevices();
  const found = devices.find((device) => device.name === name);
  if (!found) {
    const names = [...besides, ...devices.map((device) => device.name)];
    throw new InputError(`there is no device '${name}'`, {
      expected: `one of ${names.join(", ")}`,
      suggestion: nearestSpelling(name, names),
    });
  }
  return readLibraryDevice(found);
}

/** @throws InputError where the device's file is damaged. */
export function readLibraryDevice({ file, kind }: LibraryDevice): DeviceProfile | FittedDevice {
  const text = readText(file, "a device");
  return kind === "fitted" ? parseFittedDevice(text, file) : parseDeviceProfile(text, file);
}

/**
 * Checks a profile and keeps it among the user's own.
 * @throws InputError where it is invalid or its name is taken; with `force` one of the user's own is replaced.
 */
export function addDevice(file: string, force: boolean): DeviceProfile {
  const text = readText(file, "a device profile in YAML");
  const profile = parseDeviceProfile(text, file);
  const taken = listDevices().find((device) => device.name === profile.name);
  const yours = taken?.origin === "yours";
  if (taken && !(yours && force)) {
    throw new InputError(`the name '${profile.name}' is taken by a device that is ${taken.origin}`, {
      place: { file },
      expected: yours ? "a name of its own, or --force to replace the device" : "a name of its own",
      suggestion: yours ? `archwright device add ${quoted(file)} --force` : `name: my-${profile.name}`,
    });
  }
  if (taken) rmSync(taken.file);
  keep(`${profile.name}.yaml`, text);
  return profile;
}

/** Refuses a name that a fitted device cannot have: only another fitted device may be replaced. @throws InputError */
export function checkFreeForFit(name: string): void {
  const taken = listDevices().find((device) => device.name === name);
  if (taken === undefined || taken.kind === "fitted") return;
  throw new InputError(`the name '${name}' is taken by a profile that is ${taken.origin}`, {
    expected: "a name of its own",
    suggestion: `my-${name}`,
  });
}

/** Keeps a fitted device among the user's own, in place of an earlier one of its name. */
export function keepFittedDevice(device: FittedDevice): void {
  checkFreeForFit(device.name);
  keep(`${device.name}.fitted.json`, `${JSON.stringify(device)}\n`);
}

function keep(entry: string, text: string): void {
  makeFolder(folders.userDevices);
  writeOutput(join(folders.userDevices, entry), text, { force: true });
}

/** Removes one of the user's own devices. @throws InputError where there is none of this name, or it is a shipped one. */
export function removeDevice(name: string): void {
  const found = listDevices().find((device) => device.name === name);
  if (found?.origin === "yours") {
    rmSync(found.file);
    return;
  }
  const own = listDevices()
    .filter((device) => device.origin === "yours")
    .map((device) => device.name);
  throw new InputError(found ? `'${name}' is shipped with the program and stays` : `there is no device '${name}'`, {
    expected: own.length === 0 ? "one of your own devices; you have none" : `one of your own devices: ${own.join(", ")}`,
    suggestion: nearestSpelling(name, own),
  });
}
