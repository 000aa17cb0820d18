import { checkInput, createRng } from "@archwright/core/base";
import { datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import { IMAGES, idxFile, LABELS, temporaryFolder } from "./fixtures.ts";
import { inspectDataset, loadDataset } from "./load.ts";

const rng = createRng(1);
const pixel = () => rng.int(256);
/** Rows of two pixels and a label. */
const rows = (labels: readonly (string | number)[], value: () => number = pixel, separator = ",") =>
  labels.map((label) => [value(), value(), label].join(separator)).join("\n");
const repeat = (count: number, label: (i: number) => string | number) => Array.from({ length: count }, (_, i) => label(i));
const inspect = async (text: string | Uint8Array, keys: object = {}, trialMemoryBytes?: number) => {
  const baseDir = temporaryFolder({ "d.csv": text });
  const spec = checkInput(datasetSchema, { kind: "csv", file: "d.csv", shape: [1, 1, 2], ...keys });
  return (await inspectDataset(spec, { baseDir, ...(trialMemoryBytes === undefined ? {} : { trialMemoryBytes }) })).report;
};
const problems = async (...args: Parameters<typeof inspect>) => (await inspect(...args)).warnings.map(({ problem }) => problem).join("\n");

describe("splits of a file whose order says the class", () => {
  it.each([
    ["rows that cycle through 20 classes", repeat(1000, (i) => i % 20)],
    ["rows sorted by class", repeat(1000, (i) => Math.floor(i / 50))],
  ])("hold every class, in equal shares: %s", async (_, labels) => {
    const { classes, splits } = await inspect(rows(labels));
    expect(splits).toEqual({ train: 700, validation: 150, test: 150 });
    for (const { validation, test } of classes) expect([validation, test].every((count) => count === 7 || count === 8)).toBe(true);
  });

  it("hold every class where an IDX file of training images is sorted and brings test files", async () => {
    const labels = idxFile(LABELS, [100], repeat(100, (i) => Math.floor(i / 10)) as number[]);
    const images = idxFile(IMAGES, [100, 1, 2], repeat(200, pixel) as number[]);
    const baseDir = temporaryFolder({ a: images, b: labels });
    const data = await loadDataset(
      checkInput(datasetSchema, { kind: "idx", train_images: "a", train_labels: "b", test_images: "a", test_labels: "b" }),
      baseDir,
    );
    expect(new Set(data.validation.labels).size).toBe(10);
    expect(data.validation.count).toBe(15);
  });

  it("are others with another split_seed, and known by the content hash", async () => {
    const baseDir = temporaryFolder({ "d.csv": rows(repeat(60, (i) => i % 2)) });
    const hash = async (split_seed: number) =>
      (await loadDataset(checkInput(datasetSchema, { kind: "csv", file: "d.csv", shape: [1, 1, 2], split_seed }), baseDir)).contentHash;
    expect(await hash(0)).toBe(await hash(0));
    expect(await hash(1)).not.toBe(await hash(0));
  });

  it("are refused where a class has too few images, and it is said which", async () => {
    const labels = [...repeat(40, (i) => i % 2), 2, 2];
    await expect(inspect(rows(labels))).rejects.toThrow(/the class '2' has only 2 images\n.*at least 3 images of each class/);
  });

  it("are refused where a limit leaves a class out", async () => {
    await expect(inspect(rows(repeat(100, (i) => i % 10)), { limit: 4 })).rejects.toThrow(/train split has no image[\s\S]*limit: 10/);
  });
});

describe("labels", () => {
  it("from 1 are noticed: there are as many classes as labels that occur", async () => {
    const { classes, warnings } = await inspect(rows(repeat(60, (i) => (i % 3) + 1)));
    expect(classes.map(({ name }) => name)).toEqual(["1", "2", "3"]);
    expect(warnings[0]).toMatchObject({ problem: expect.stringContaining("no image has the label 0"), write: 'classes: ["1", "2", "3"]' });
    // What it says to write can be written.
    expect(await problems(rows(repeat(60, (i) => (i % 3) + 1)), { classes: ["1", "2", "3"] })).toBe("");
  });

  it("that are far apart are refused before 65,001 classes are built", async () => {
    await expect(inspect(rows(repeat(60, (i) => [3, 700, 65000][i % 3] as number)))).rejects.toThrow(
      /only 3 different labels occur[\s\S]*write instead: classes: \["3", "700", "65000"\]/,
    );
  });

  it("of text become classes, in order", async () => {
    const { classes } = await inspect(rows(repeat(60, (i) => ["dog", "cat", "emu"][i % 3] as string)));
    expect(classes.map(({ name, images }) => [name, images])).toEqual([
      ["cat", 20],
      ["dog", 20],
      ["emu", 20],
    ]);
  });

  it("that are real numbers are refused", async () => {
    await expect(inspect(rows(repeat(60, (i) => i / 7)))).rejects.toThrow(/d\.csv:2:\d+: the label in field 3 is '0\.14.*real number/);
  });

  it("in a pixel's column are noticed", async () => {
    const skewed = repeat(600, (i) => (i % 2 ? 0 : 1 + (Math.floor(i / 2) % 60)));
    expect(await problems(rows(skewed))).toContain("does label_column point at a pixel?");
    await expect(inspect(rows(repeat(200, () => pixel())))).rejects.toThrow(/different labels: \d+, in rows: 200.*label_column/);
    const named = `pixel0,pixel1,label\n${rows(repeat(60, (i) => i % 2))}`;
    await expect(inspect(named, { label_column: "pixel1" })).rejects.toThrow("write instead: label_column: label");
    await expect(inspect(named, { label_column: 0, header: true })).rejects.toThrow("write instead: label_column: label");
  });

  it("behind a header that was not announced: it says to announce it", async () => {
    await expect(inspect(`a,b,label\n${rows(repeat(60, (i) => i % 2))}`)).rejects.toThrow("write instead: header: true");
  });
});

describe("pixels", () => {
  const labels = repeat(60, (i) => i % 2);

  it.each([
    [() => rng.next(), "scale: 1"],
    [() => rng.int(17), "scale: 16"],
  ])("of another scale are noticed", async (value, write) => {
    expect((await inspect(rows(labels, value))).warnings).toContainEqual(expect.objectContaining({ write }));
    expect(await problems(rows(labels, value), { scale: Number(write.slice(7)) })).not.toContain("full intensity");
  });

  it("that are all the same are noticed", async () => {
    expect(await problems(rows(labels, () => 7))).toContain("all images are equal");
    expect(await problems(`9,9,0\n${rows(labels)}`)).toMatch(/of one colour, without any content: line 1\b/);
  });

  it("take a byte each, and those that a limit leaves out take none", async () => {
    const text = rows(repeat(200, (i) => i % 2));
    expect((await inspect(text)).memory.images_bytes).toBe(400);
    const limited = await inspect(text, { limit: 20 });
    expect(limited).toMatchObject({ images: 80, left_out: { limit: 120 }, memory: { images_bytes: 160 } });
  });

  it("that do not fit a trial's memory are refused", async () => {
    const text = rows(repeat(200, (i) => i % 2));
    await expect(inspect(text, {}, 150 * 2 ** 20 + 100)).rejects.toThrow(
      /200 images of 1×1×2 take 400B[\s\S]*limits.trial_memory[\s\S]*write instead: limits: \{ trial_memory: 256MiB \}/,
    );
    await inspect(text, {}, 2 ** 30);
  });
});

describe("a CSV as other programs write it", () => {
  const labels = repeat(60, (i) => i % 2);

  it.each([
    [";", "semicolons"],
    ["\t", "tabs"],
  ])("with %j between fields is read, and that is said", async (separator, name) => {
    expect(await problems(rows(labels, pixel, separator))).toBe(`the fields are separated by ${name}`);
  });

  it("with other separators says what they may be", async () => {
    await expect(inspect(rows(labels, pixel, " "))).rejects.toThrow(/1 field, if commas separate them[\s\S]*semicolons or tabs/);
  });

  it("in UTF-16 is read, and in Latin 1 is refused with the line", async () => {
    const text = rows(repeat(60, (i) => (i % 2 ? "hélas" : "olé")));
    expect((await inspect(Buffer.from(`\ufeff${text}`, "utf16le"))).classes.map(({ name }) => name)).toEqual(["hélas", "olé"]);
    await expect(inspect(Buffer.from(text, "latin1"))).rejects.toThrow(/d\.csv:1: the text is not UTF-8[\s\S]*iconv/);
  });
});

it("the shipped digits have nothing to be warned of", async () => {
  const { report } = await inspectDataset({ kind: "digits" });
  expect(report).toMatchObject({ dataset: "digits", images: 1797, splits: { train: 1260, validation: 270, test: 267 }, warnings: [] });
});
