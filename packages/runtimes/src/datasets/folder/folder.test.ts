import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkInput } from "@archwright/core/base";
import { datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import { sharp, temporaryFolder } from "../fixtures.ts";
import { inspectDataset, loadDataset } from "../load.ts";

const spec = (keys: object = {}) => checkInput(datasetSchema, { kind: "folder", path: ".", size: [2, 2], ...keys });

async function png(background: object): Promise<Uint8Array> {
  const made = await sharp?.({ create: { height: 2, width: 2, channels: 4, background } })
    .png()
    .toBuffer();
  return made ?? new Uint8Array();
}

/** Images `0.png` … of each of the classes: files by name. */
async function classesOf(names: readonly string[], counts: readonly number[] = [], alpha = 1): Promise<Record<string, Uint8Array>> {
  const files = names.flatMap((name, label) =>
    Array.from(
      { length: counts[label] ?? 10 },
      async (_, i) => [`${name}/${i}.png`, await png({ r: 10 * i, g: 90 * label, b: 7, alpha })] as const,
    ),
  );
  return Object.fromEntries(await Promise.all(files));
}

const report = async (files: Record<string, string | Uint8Array>, keys: object = {}) =>
  (await inspectDataset(spec(keys), { baseDir: temporaryFolder(files) })).report;
const said = (warnings: readonly { readonly problem: string }[]) => warnings.map(({ problem }) => problem).join("\n");

describe.skipIf(!sharp)("a folder of images", () => {
  it("says what in it is not read, and leaves litter out without a word", async () => {
    const files = {
      ...(await classesOf(["a", "b"])),
      ...{ "a/more/1.png": "x", "a/more/deeper/2.png": "x", "b/photo.heic": "x", "b/scan.bmp": "x", "b/notes.txt": "x", "loose.png": "x" },
      ...{ "__MACOSX/a/._1.png": "x", "a/Thumbs.db": "x", "a/.hidden.png": "x", ".cache/1.png": "x", "desktop.ini": "x" },
    };
    const { warnings, classes } = await report(files);
    expect(classes.map(({ name, images }) => [name, images])).toEqual([
      ["a", 10],
      ["b", 10],
    ]);
    const text = said(warnings);
    expect(text).toContain("1 folder in it is not read: more");
    expect(text).toContain("3 files in it are not read (1 with .txt, 1 with .heic, 1 with .bmp): notes.txt, photo.heic, scan.bmp");
    expect(text).toContain("1 file in it is not read (1 with .png): loose.png");
    expect(text).not.toMatch(/MACOSX|Thumbs|hidden|cache|desktop/);
  });

  it.each([
    [["train", "val", "test"], [20, 20, 20], "validation and test as the files say"],
    [["Train", "validation"], [17, 20, 3], "validation as the files say; test drawn within each class, split_seed 0"],
    [["train", "test"], [17, 3, 20], "test as the files say; validation drawn within each class, split_seed 0"],
  ])("with folders %j reads them as the splits", async (folders, [train, validation, test], by) => {
    const found = await report(await classesOf(folders.flatMap((folder) => [`${folder}/a`, `${folder}/b`])));
    expect(found.classes.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(found.splits).toEqual({ train, validation, test });
    expect(found.split_by).toBe(by);
  });

  it("may have classes that are called as splits", async () => {
    expect((await report(await classesOf(["test", "train"]))).classes.map(({ name }) => name)).toEqual(["test", "train"]);
  });

  it("is refused where a split lacks a class or has one more, and warns where shares are far off", async () => {
    const lacking = await classesOf(["train/a", "train/b", "test/a"]);
    await expect(report(lacking)).rejects.toThrow(/test: there is no folder 'b'/);
    await expect(report({ ...lacking, ...(await classesOf(["test/b", "test/c"])) })).rejects.toThrow(
      /'c' is not a class of the training images/,
    );
    await expect(report({ ...lacking, "test/b/notes.txt": "x" })).rejects.toThrow(/the test split has no image of the class 'b'/);
    const uneven = await classesOf(["train/a", "train/b", "test/a", "test/b"], [25, 25, 3, 25]);
    expect(said((await report(uneven)).warnings)).toContain("other shares in test than in train: 'b' has 89 % and 50 %");
  });

  it("has white where images are transparent, or the background that is asked for", async () => {
    const clear = await classesOf(["a", "b"], [], 0);
    const mean = async (keys: object) => (await loadDataset(spec(keys), temporaryFolder(clear))).mean;
    expect(await mean({})).toEqual([1, 1, 1]);
    expect(await mean({ background: "#ff0000" })).toEqual([1, 0, 0]);
    expect(await mean({ background: "black" })).toEqual([0, 0, 0]);
    expect((await report(clear)).background).toBe("#ffffff");
    expect(() => spec({ background: null })).toThrow('a colour in quotes, such as "#ffffff"');
  });

  it("lists all that is damaged: ten and a count; skip_damaged leaves it out and counts it", async () => {
    const files: Record<string, string | Uint8Array> = await classesOf(["a", "b"], [20, 20]);
    for (let i = 0; i < 12; i++) files[`a/${i}.png`] = "no image";
    const message = await report(files).catch((error: Error) => error.message);
    expect(message).toContain("12 images cannot be decoded");
    expect(String(message).match(/a.\d+\.png/g)).toHaveLength(10);
    expect(message).toMatch(/and 2 more[\s\S]*write instead: skip_damaged: true/);
    files["a/11.png"] = files["a/12.png"] as Uint8Array;
    const folder = temporaryFolder(files);
    // Files without any content, and links to nothing, are damaged too.
    writeFileSync(join(folder, "a/10.png"), "");
    const { report: kept } = await inspectDataset(spec({ skip_damaged: true }), { baseDir: folder });
    expect(kept.left_out.damaged).toHaveLength(11);
    expect(kept.images).toBe(29);
    expect(kept.classes[0]?.images).toBe(9);
  });

  it("does not decode what a limit leaves out", async () => {
    const files: Record<string, string | Uint8Array> = await classesOf(["a", "b"], [20, 20]);
    const found = await report(files, { limit: 4 });
    expect(found).toMatchObject({ images: 16, splits: { train: 4 }, left_out: { limit: 24 }, memory: { images_bytes: 16 * 12 } });
  });

  it("inside one folder more says its path", async () => {
    await expect(report(await classesOf(["photos/a", "photos/b"]))).rejects.toThrow(/one folder only[\s\S]*write instead: path: .*photos/);
  });
});
