import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DeviceProfile, InputError, localDevice, nearestSpelling, parseDeviceProfile } from "@archwright/core";
import { folders, readText } from "./files.ts";

/** A device profile and whose it is. */
export interface LibraryDevice {
  readonly name: string;
  readonly origin: "shipped" | "yours";
  readonly file: string;
}

/** The device profiles that experiments may name: the shipped ones, and the user's own beside them. */
export function listDevices(): readonly LibraryDevice[] {
  const inFolder = (folder: string, origin: LibraryDevice["origin"]) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((entry) => /\.ya?ml$/.test(entry))
      .sort()
      .map((entry) => ({ name: entry.replace(/\.ya?ml$/, ""), origin, file: join(folder, entry) }));
  return [...inFolder(folders.shippedDevices, "shipped"), ...inFolder(folders.userDevices, "yours")];
}

/** @throws InputError where there is no such device, or its file is damaged. */
export function readDevice(name: string): DeviceProfile {
  const devices = listDevices();
  const found = devices.find((device) => device.name === name);
  if (!found) {
    const names = devices.map((device) => device.name);
    throw new InputError(`there is no device '${name}'`, {
      expected: `one of ${names.join(", ")}`,
      suggestion: nearestSpelling(name, names),
    });
  }
  return parseDeviceProfile(readText(found.file, "a device profile"), found.file);
}

/** Checks a profile and keeps it among the user's own. @throws InputError where it is invalid or its name is taken. */
export function addDevice(file: string): DeviceProfile {
  const text = readText(file, "a device profile in YAML");
  const profile = parseDeviceProfile(text, file);
  const taken = listDevices().find((device) => device.name === profile.name);
  if (taken || profile.name === localDevice.name) {
    throw new InputError(`the name '${profile.name}' is taken by a device that is ${taken?.origin ?? "built in"}`, {
      place: { file },
      expected: "a name of its own",
      suggestion: taken?.origin === "yours" ? `archwright device remove ${profile.name}` : `name: my-${profile.name}`,
    });
  }
  mkdirSync(folders.userDevices, { recursive: true });
  writeFileSync(join(folders.userDevices, `${profile.name}.yaml`), text);
  return profile;
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
