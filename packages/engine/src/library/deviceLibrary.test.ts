import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "@archwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDeviceLibrary, type DeviceLibrary } from "./deviceLibrary.ts";

const shipped = fileURLToPath(new URL("../../../../configs/devices", import.meta.url));
const board = readFileSync(join(shipped, "stm32f746.yaml"), "utf8");
const forceCommand = "archwright device add mine.yaml --force";
let folder: string;
let library: DeviceLibrary;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archwright-library-"));
  library = createDeviceLibrary({ shipped, own: join(folder, "devices") });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file with the profile of a device of this name. */
function profileFile(name: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, board.replace(/^name: .*$/m, `name: ${name}`));
  return file;
}

test("the shipped devices are there without a folder of one's own", () => {
  expect(library.list().map(({ name }) => name)).toContain("stm32f746");
  expect(library.list().every(({ origin }) => origin === "shipped")).toBe(true);
  expect(library.read("stm32f746").name).toBe("stm32f746");
});

test("a profile that was added is listed, read, and removed again", () => {
  expect(library.add(profileFile("mine"), { force: false, forceCommand }).name).toBe("mine");
  expect(library.list().at(-1)).toEqual({ name: "mine", kind: "profile", origin: "yours", file: join(folder, "devices", "mine.yaml") });
  expect(library.read("mine").name).toBe("mine");
  library.remove("mine");
  expect(library.list().map(({ name }) => name)).not.toContain("mine");
  expect(() => library.remove("mine")).toThrow(InputError);
});

test("a name is taken once: one's own device is replaced by force, a shipped one never", () => {
  const file = profileFile("mine");
  library.add(file, { force: false, forceCommand });
  expect(() => library.add(file, { force: false, forceCommand })).toThrow(/is taken.*\n.*\n.*archwright device add mine.yaml --force/);
  library.add(file, { force: true, forceCommand });
  expect(() => library.add(profileFile("stm32f746"), { force: true, forceCommand })).toThrow(/is taken by a device that is shipped/);
  expect(() => library.checkFreeForFit("mine")).toThrow(InputError);
  expect(() => library.checkFreeForFit("mine-2")).not.toThrow();
  expect(() => library.remove("stm32f746")).toThrow(/is shipped with the program and stays/);
});

test("an unknown name names those that there are", () => {
  expect(() => library.read("stm32f764", ["local"])).toThrow(/there is no device 'stm32f764'.*\n.*local.*stm32f746/);
});

test("a folder that is a file is said to be none", () => {
  writeFileSync(join(folder, "devices"), "");
  expect(() => library.list()).toThrow(/the folder of devices cannot be read \(ENOTDIR\)/);
});
