import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
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
  const spec = { kind: "folder", path: folder, channels: 3, resize: "none", validation: 0.15, test: 0.15 } as const;
  await expect(loadDataset({ ...spec, size: [8, 8] })).rejects.toMatchObject({
    name: "InputError",
    message: expect.stringMatching(/needs the optional package 'sharp'[\s\S]*npm install sharp/),
  });
  // Every other kind goes on working.
  expect((await loadDataset({ kind: "digits" })).train.count).toBe(1260);
});
