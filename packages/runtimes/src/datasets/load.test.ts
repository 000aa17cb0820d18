import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { checkInput, stableHash } from "@archwright/core/base";
import { type DatasetSpec, datasetSchema } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "./dataset.ts";
import { gzip, idxPair, sharp, temporaryFolder } from "./fixtures.ts";
import { datasetShape, loadDataset, resolveDatasetPaths } from "./load.ts";

const parse = (written: unknown): DatasetSpec => checkInput(datasetSchema, written);
const load = (written: unknown, folder = ".") => loadDataset(parse(written), folder);

/** All images of a set, normalised. */
function imagesOf(set: ImageSet): Float32Array {
  const size = set.channels * set.height * set.width;
  const images = new Float32Array(set.count * size);
  for (let i = 0; i < set.count; i++) set.copyImage(i, images, i * size);
  return images;
}

/** What training sees of a set. */
const contentOf = ({ copyImage, ...set }: ImageSet) => ({ ...set, images: imagesOf({ copyImage, ...set }) });

/** Image i of a set, as pixels in [0, 1] again. */
function pixels(set: ImageSet, i: number, { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] }): number[] {
  const area = set.height * set.width;
  const image = imagesOf(set).subarray(i * set.channels * area, (i + 1) * set.channels * area);
  return Array.from(image, (value, at) => {
    const channel = Math.floor(at / area);
    // Adding 0 turns -0 into 0.
    return Number((value * (std[channel] as number) + (mean[channel] as number)).toFixed(5)) + 0;
  });
}

function moments(set: ImageSet, channel: number): readonly [mean: number, variance: number] {
  const area = set.height * set.width;
  const values = Array.from(imagesOf(set)).filter((_, at) => Math.floor(at / area) % set.channels === channel);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length];
}

describe("digits", () => {
  const file = fileURLToPath(new URL("../../data/digits.csv.gz", import.meta.url));

  it("are the file that data/README.md names", () => {
    const readme = readFileSync(join(dirname(file), "README.md"), "utf8");
    expect(readme).toContain(stableHash(readFileSync(file)));
  });

  it("are split by position, as anyone can repeat", async () => {
    const data = await load("digits");
    const rows = gunzipSync(readFileSync(file)).toString().trim().split("\n");
    const phases = { train: (p: number) => p < 14, validation: (p: number) => p >= 14 && p < 17, test: (p: number) => p >= 17 };
    expect(rows).toHaveLength(1797);
    for (const split of ["train", "validation", "test"] as const) {
      const expected = rows.filter((_, i) => phases[split](i % 20)).map((row) => row.split(",").map(Number));
      const set = data[split];
      expect(set).toMatchObject({ count: expected.length, channels: 1, height: 8, width: 8, classes: 10 });
      expect([...set.labels]).toEqual(expected.map((row) => row[64]));
      expected.forEach((row, i) => {
        expect(pixels(set, i, data)).toEqual(row.slice(0, 64).map((pixel) => Number((pixel / 16).toFixed(5))));
      });
    }
    expect([data.train.count, data.validation.count, data.test.count]).toEqual([1260, 270, 267]);
    // As data/README.md says; computed once more with Python's statistics.fmean and pstdev.
    expect(data.mean[0]).toBeCloseTo(0.305385, 6);
    expect(data.std[0]).toBeCloseTo(0.376399, 6);
    const [mean, variance] = moments(data.train, 0);
    expect([mean, variance]).toEqual([expect.closeTo(0, 5), expect.closeTo(1, 5)]);
  });

  it("with a limit train on fewer, and keep the other splits", async () => {
    const [whole, limited] = await Promise.all([load("digits"), load({ kind: "digits", limit: 100 })]);
    expect(limited.train.count).toBe(100);
    expect(new Set(limited.train.labels).size).toBe(10);
    for (const split of ["validation", "test"] as const) {
      expect(limited[split].labels).toEqual(whole[split].labels);
      expect(pixels(limited[split], 0, limited)).toEqual(pixels(whole[split], 0, whole));
    }
    // The other training images are not read, so the normalisation does not know them.
    expect(moments(limited.train, 0)).toEqual([expect.closeTo(0, 5), expect.closeTo(1, 5)]);
    expect(limited.contentHash).not.toBe(whole.contentHash);
    expect((await load("digits")).contentHash).toBe(whole.contentHash);
  });
});

describe("idx", () => {
  const written = { kind: "idx", train_images: "a", train_labels: "b" };

  it("with test files: validation is drawn from the training files, within each class", async () => {
    const [train, test] = [idxPair(40), idxPair(10, 40)];
    const folder = temporaryFolder({ a: gzip(train.images), b: train.labels, c: test.images, d: gzip(test.labels) });
    const data = await load({ ...written, test_images: "c", test_labels: "d", validation: 0.1 }, folder);
    expect([data.train.count, data.validation.count, data.test.count]).toEqual([36, 4, 10]);
    expect(data.classes).toEqual(["0", "1", "2"]);
    const image = (i: number) => Array.from({ length: 6 }, (_, p) => Number((((7 * i + p) % 256) / 255).toFixed(5)));
    expect(new Set(data.validation.labels).size).toBe(3);
    const first = (set: ImageSet) =>
      Array.from({ length: set.count }, (_, i) => pixels(set, i, data)).map((found) => JSON.stringify(found));
    const given = Array.from({ length: 40 }, (_, i) => JSON.stringify(image(i)));
    expect([...first(data.train), ...first(data.validation)].sort()).toEqual(given.sort());
    expect(pixels(data.test, 9, data)).toEqual(image(49));
    expect([...data.test.labels]).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
  });

  it("without: all splits come from the training files, and gzip makes no difference", async () => {
    const pair = idxPair(60);
    const plain = await load(written, temporaryFolder({ a: pair.images, b: pair.labels }));
    const packed = await load({ ...written, classes: ["x", "y", "z"] }, temporaryFolder({ a: gzip(pair.images), b: gzip(pair.labels) }));
    expect([plain.train.count, plain.validation.count, plain.test.count]).toEqual([42, 9, 9]);
    expect(contentOf(packed.train)).toEqual(contentOf(plain.train));
    expect(packed.classes).toEqual(["x", "y", "z"]);
  });

  const fashion = process.env.ARCHWRIGHT_FASHION_MNIST ?? "/usr/share/datasets/fashion-mnist";
  it.skipIf(!existsSync(fashion))("reads Fashion-MNIST (skipped without ARCHWRIGHT_FASHION_MNIST, the folder of its files)", async () => {
    const data = await load(
      {
        kind: "idx",
        train_images: "train-images-idx3-ubyte.gz",
        train_labels: "train-labels-idx1-ubyte.gz",
        test_images: "t10k-images-idx3-ubyte.gz",
        test_labels: "t10k-labels-idx1-ubyte.gz",
        limit: 1000,
      },
      fashion,
    );
    expect([data.train.count, data.validation.count, data.test.count]).toEqual([1000, 9000, 10_000]);
    // The usual normalisation constants of Fashion-MNIST (all 60,000 training images): 0.2860, 0.3530.
    expect([data.mean[0], data.std[0]]).toEqual([expect.closeTo(0.286, 2), expect.closeTo(0.353, 2)]);
  });
});

describe("csv", () => {
  const row = (i: number) => `${i % 2 ? "dog" : "cat"},${[0, 1, 2, 3].map((p) => (i + p) % 10).join(",")}`;
  const rows = Array.from({ length: 40 }, (_, i) => row(i));
  const written = { kind: "csv", file: "images.csv", shape: [2, 1, 2], scale: 10, classes: ["cat", "dog"], validation: 0.05, test: 0.05 };

  it("finds the label by name, position, first or last, with names or numbers", async () => {
    const text = `${["kind,a,b,c,d", ...rows].join("\r\n")}\r\n`;
    const named = await load({ ...written, label_column: "kind" }, temporaryFolder({ "images.csv": text }));
    expect([named.train.count, named.validation.count, named.test.count]).toEqual([36, 2, 2]);
    expect(named.train).toMatchObject({ channels: 2, height: 1, width: 2, classes: 2 });
    const [mean, variance] = moments(named.train, 1);
    expect([mean, variance]).toEqual([expect.closeTo(0, 5), expect.closeTo(1, 5)]);
    const plain = rows.join("\n");
    const last = rows.map((line) => `${line.split(",").slice(1).join(",")},${line.startsWith("dog") ? 1 : 0}`).join("\n");
    for (const [content, options] of [
      [plain, { label_column: 0 }],
      [plain, { label_column: "first" }],
      [last, { label_column: "last" }],
      [last, {}],
    ] as const) {
      const data = await load({ ...written, ...options }, temporaryFolder({ "images.csv": gzip(content) }));
      expect(data.contentHash).toBe(named.contentHash);
      expect(contentOf(data.train)).toEqual(contentOf(named.train));
    }
  });

  it("only centres a channel that is constant", async () => {
    const text = Array.from({ length: 20 }, (_, i) => `5,5,${i % 3},${i % 2}`).join("\n");
    const data = await load({ ...written, shape: [1, 1, 3], classes: undefined }, temporaryFolder({ "images.csv": text }));
    expect(data.classes).toEqual(["0", "1"]);
    const constant = Array.from({ length: 20 }, (_, i) => `5,${i % 2}`).join("\n");
    const centred = await load({ ...written, shape: [1, 1, 1] }, temporaryFolder({ "images.csv": constant }));
    expect(centred.std).toEqual([1]);
    expect([...new Set(imagesOf(centred.train))].map(Math.abs)).toEqual([expect.closeTo(0, 6)]);
  });
});

if (!sharp) console.warn("skipped: folders of images, because the optional package sharp is not installed");

describe.skipIf(!sharp)("folder", () => {
  /** Two classes of 20 images; the red of image i is 10 · i, its green is 100, its blue says the class. */
  async function imageFolder(size: readonly [height: number, width: number] = [2, 3]): Promise<string> {
    const folder = temporaryFolder();
    for (const [label, name] of ["apple", "pear"].entries()) {
      mkdirSync(join(folder, name));
      for (let i = 0; i < 20; i++) {
        const background = { r: 10 * i, g: 100, b: 200 * label };
        const image = sharp?.({ create: { height: size[0], width: size[1], channels: 3, background } });
        writeFileSync(join(folder, name, `${String(i).padStart(2, "0")}.png`), (await image?.png().toBuffer()) ?? "");
      }
      writeFileSync(join(folder, name, "notes.txt"), "not an image");
    }
    return folder;
  }

  it("splits each class for itself", async () => {
    const outer = temporaryFolder();
    renameSync(await imageFolder(), join(outer, "images"));
    const data = await load({ kind: "folder", path: "images", size: [2, 3] }, outer);
    expect(data.classes).toEqual(["apple", "pear"]);
    expect([data.train.count, data.validation.count, data.test.count]).toEqual([28, 6, 6]);
    expect([...data.test.labels]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(data.test).toMatchObject({ channels: 3, height: 2, width: 3, classes: 2 });
    const plane = (value: number) => Array(6).fill(Number((value / 255).toFixed(5)));
    const [red] = pixels(data.test, 4, data);
    expect(pixels(data.test, 4, data)).toEqual([...plane((red ?? 0) * 255), ...plane(100), ...plane(200)]);
  });

  it("makes images grey and of one size where it is told to", async () => {
    const folder = await imageFolder([6, 8]);
    for (const resize of ["cover", "stretch"]) {
      const data = await load({ kind: "folder", path: ".", size: [3, 3], channels: 1, resize }, folder);
      expect(data.train).toMatchObject({ count: 28, channels: 1, height: 3, width: 3 });
    }
    await expect(load({ kind: "folder", path: ".", size: [3, 3] }, folder)).rejects.toThrow(
      /40 images are of another size[\s\S]*00\.png \(6×8\)[\s\S]*and 30 more[\s\S]*resize: cover/,
    );
  });

  it("names the image that is damaged, of another size, or missing", async () => {
    const spec = { kind: "folder", path: ".", size: [2, 3] };
    const damaged = await imageFolder();
    writeFileSync(join(damaged, "pear", "07.png"), readFileSync(join(damaged, "pear", "07.png")).subarray(0, 60));
    await expect(load(spec, damaged)).rejects.toThrow(/pear.07\.png: the image cannot be decoded/);
    const mixed = await imageFolder();
    const image = sharp?.({ create: { height: 5, width: 3, channels: 3, background: "red" } });
    writeFileSync(join(mixed, "apple", "03.png"), (await image?.png().toBuffer()) ?? "");
    await expect(load(spec, mixed)).rejects.toThrow(/apple.03\.png: the image is 5×3\n {2}expected: 2×3/);
    mkdirSync(join(mixed, "cherry"));
    await expect(load(spec, mixed)).rejects.toThrow(/cherry: the class 'cherry' has no images\n {2}expected: at least 3/);
  });
});

describe("datasetShape and resolveDatasetPaths", () => {
  it("agree with the dataset that is loaded", async () => {
    const pair = idxPair(40);
    const folder = temporaryFolder({ a: pair.images, b: pair.labels });
    for (const written of ["digits", { kind: "idx", train_images: "a", train_labels: "b" }]) {
      const spec = resolveDatasetPaths(parse(written), folder);
      const { contentHash, train, mean, std, classes } = await loadDataset(spec);
      const { channels, height, width } = train;
      const found = await datasetShape(spec);
      expect(found).toMatchObject({ channels, height, width, classes: train.classes, contentHash });
      expect(found.input).toMatchObject({ layout: "NCHW", channels, height, width, mean, std, classes, colour: "grey" });
    }
  });
});
