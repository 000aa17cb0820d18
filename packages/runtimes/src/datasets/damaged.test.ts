import { checkInput, InputError } from "@archwright/core/base";
import { datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import { gzip, IMAGES, idxFile, idxPair, LABELS, temporaryFolder } from "./fixtures.ts";
import { datasetShape, loadDataset } from "./load.ts";

const pair = idxPair(40);
const files = { images: pair.images, labels: pair.labels };
const idx = { kind: "idx", train_images: "images", train_labels: "labels" };
const csvRows = Array.from({ length: 20 }, (_, i) => `${i % 10},${i % 7},${i % 2}`);
const withRow = (line: number, text: string) => csvRows.map((row, i) => (i === line - 1 ? text : row)).join("\n");
const csv = { kind: "csv", file: "data.csv", shape: [1, 1, 2], scale: 10 };

/** What is wrong, the files, the dataset, and what the message must say. */
const cases: readonly [string, Readonly<Record<string, string | Uint8Array>>, object, RegExp][] = [
  ["no such file", {}, idx, /labels: the file does not exist\n {2}expected: an IDX file of labels/],
  [
    "bad magic number",
    { ...files, images: pair.labels },
    idx,
    /images: the magic number is 0x00000801, not 0x00000803\n {2}expected: an IDX/,
  ],
  ["text instead of IDX", { ...files, labels: "0,1,2,0,1,2" }, idx, /labels: the magic number is 0x302c312c/],
  ["an empty file", { ...files, images: new Uint8Array() }, idx, /images: the file ends within its header/],
  ["a header cut off", { ...files, images: pair.images.subarray(0, 10) }, idx, /images: the file ends within its header/],
  [
    "truncated images",
    { ...files, images: pair.images.subarray(0, 200) },
    idx,
    /images: the file is truncated: 184 bytes.*\n.*240 bytes.*40 × 2 × 3/,
  ],
  ["bytes too many", { ...files, labels: Buffer.concat([pair.labels, pair.labels]) }, idx, /labels: the file is too long: 88 bytes/],
  ["no images", { images: idxFile(IMAGES, [0, 2, 3], []), labels: idxFile(LABELS, [0], []) }, idx, /the header says 0/],
  ["wrong counts", { ...files, labels: idxPair(39).labels }, idx, /images: there are 40 images but 39 labels in .*labels/],
  ["truncated gzip", { ...files, images: gzip(pair.images).subarray(0, 60) }, idx, /images: the gzip data is damaged/],
  ["a label beyond the classes", files, { ...idx, classes: ["a", "b"] }, /labels: label 2 of image 2 is not a class\n.*from 0 to 1/],
  [
    "a test label beyond the training labels",
    { ...files, t: idxPair(3).images, u: idxFile(LABELS, [3], [0, 7, 1]) },
    { ...idx, test_images: "t", test_labels: "u" },
    /u: label 7 of image 1 is not a class\n {2}expected: labels from 0 to 2/,
  ],
  [
    "test images of another size",
    { ...files, t: idxFile(IMAGES, [1, 2, 2], [1, 2, 3, 4]), u: idxFile(LABELS, [1], [0]) },
    { ...idx, test_images: "t", test_labels: "u" },
    /t: the test images are 2×2\n {2}expected: 2×3/,
  ],
  [
    "too few images",
    { images: idxPair(5).images, labels: idxPair(5).labels },
    idx,
    /images: the class '0' has only 2 images, and 2 other classes have too few\n.*at least 3 images/,
  ],
  ["one class only", { ...files, labels: idxFile(LABELS, [40], new Uint8Array(40)) }, idx, /all images have the same label/],
  ["an empty CSV", { "data.csv": "" }, csv, /data\.csv: the file has no images/],
  [
    "NaN pixel",
    { "data.csv": withRow(3, "4,NaN,1") },
    csv,
    /data\.csv:3:3: the pixel in field 2 is 'NaN'\n {2}expected: a number from 0 to 10/,
  ],
  ["a pixel missing", { "data.csv": withRow(12, "4,,1") }, csv, /data\.csv:12:3: the pixel in field 2 is empty/],
  ["a pixel beyond the scale", { "data.csv": withRow(7, "11,3,1") }, csv, /data\.csv:7:1: the pixel in field 1 is '11'/],
  ["a negative pixel", { "data.csv": withRow(7, "1,-3,1") }, csv, /data\.csv:7:3: the pixel in field 2 is '-3'/],
  [
    "a label that is no number",
    { "data.csv": withRow(20, "1,3,one") },
    csv,
    /data\.csv:20:5: the label in field 3 is 'one'\n.*from 0 to 65535/,
  ],
  [
    "a label beyond the classes",
    { "data.csv": withRow(2, "1,3,2") },
    { ...csv, classes: ["a", "b"] },
    /:2:5: the label .* is '2'\n.*one of a, b, or .* 0 to 1/,
  ],
  [
    "a short row",
    { "data.csv": withRow(5, "1,3") },
    csv,
    /data\.csv:5: the row has 2 fields\n {2}expected: 3: 1 × 1 × 2 pixels and a label/,
  ],
  ["a quote that never ends", { "data.csv": withRow(5, '1,"3,1') }, csv, /data\.csv(:\d+)?: not valid CSV/],
  [
    "a misspelt label column",
    { "data.csv": `a,b,label\n${csvRows.join("\n")}` },
    { ...csv, label_column: "lable" },
    /no column 'lable'[\s\S]*write instead: label_column: label/,
  ],
  [
    "a label column that is too far",
    { "data.csv": csvRows.join("\n") },
    { ...csv, label_column: 3 },
    /there is no column 3\n {2}expected: a label_column from 0 to 2/,
  ],
  ["no folder", {}, { kind: "folder", path: "flowers", size: [8, 8] }, /flowers: the folder does not exist/],
  [
    "a folder without classes",
    { "a.png": "" },
    { kind: "folder", path: ".", size: [8, 8] },
    /the folder has no folders in it\n {2}expected: a folder with one folder/,
  ],
];

describe("a damaged dataset", () => {
  it.each(cases)("%s", async (_, content, written, message) => {
    const folder = temporaryFolder(content);
    const spec = checkInput(datasetSchema, written);
    const error = await loadDataset(spec, folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    expect((error as InputError).place?.file.startsWith(folder)).toBe(true);
    // What describes a dataset before a run refuses the same.
    await expect(datasetShape(spec, folder)).rejects.toThrow((error as InputError).message);
  });
});

describe("a dataset entry", () => {
  it.each([
    ["digts", "write instead: digits"],
    [{ kind: "digits", limt: 5 }, "write instead: limit"],
    [{ ...idx, validation: 0.12 }, "multiple of 0.05"],
    [{ ...idx, test_images: "t" }, "test_images and test_labels go together"],
    [{ ...csv, classes: ["a", "a"] }, "two classes have the same name"],
    [{ kind: "folder", path: ".", size: [8, 8], channels: 2 }, "'channels'"],
  ])("%j is refused", (written, message) => {
    expect(() => checkInput(datasetSchema, written)).toThrow(message);
  });
});
