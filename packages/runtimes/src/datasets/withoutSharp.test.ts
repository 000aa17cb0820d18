import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkInput } from "@archwright/core/base";
import { datasetSchema } from "@archwright/core/experiment";
import { expect, it, vi } from "vitest";
import { openPictureWriter } from "../pictures/index.ts";
import { temporaryFolder } from "./fixtures.ts";
import { loadDataset } from "./load.ts";

vi.mock("sharp", () => {
  throw new Error("Cannot find package 'sharp'");
});

it("without the optional package sharp, a folder of images says what to install", async () => {
  const folder = temporaryFolder();
  for (const name of ["apple", "pear"]) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < 20; i++) writeFileSync(join(folder, name, `${i}.png`), "");
  }
  const spec = checkInput(datasetSchema, { kind: "folder", path: folder, size: [8, 8] });
  await expect(loadDataset(spec)).rejects.toMatchObject({
    name: "InputError",
    message: expect.stringMatching(/needs the optional package 'sharp'[\s\S]*npm install sharp/),
  });
  // Every other kind goes on working.
  expect((await loadDataset({ kind: "digits" })).train.count).toBe(1260);
});

it("without it, pictures cannot be written, and the message says what to install", async () => {
  await expect(openPictureWriter()).rejects.toThrow(/writing pictures needs the optional package 'sharp'[\s\S]*npm install sharp/);
});
