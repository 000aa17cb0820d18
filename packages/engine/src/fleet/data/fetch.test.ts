import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type DataManifest, type Experiment, experimentHash } from "@archwright/core";
import { loadDataset } from "@archwright/runtimes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BlobStore } from "./blobStore.ts";
import {
  csvManifest,
  csvSpec,
  experimentWith,
  folderSpec,
  imageFiles,
  inPieces,
  memoryStore,
  refOf,
  splits,
  temporaryFolder,
} from "./data.fixture.ts";
import { isMemberName } from "./datasetFolder.ts";
import { fetchData } from "./fetch.ts";
import { packData } from "./pack.ts";

const rows = Array.from({ length: 40 }, (_, i) => `${i % 10},${i % 7},${i % 2}`).join("\n");
const elsewhere = experimentWith(csvSpec("/on/the/controller/images.csv"));

function datasetOf({ evaluator }: Experiment) {
  if (evaluator.kind !== "train") throw new Error("this experiment trains nothing");
  return evaluator.dataset;
}

async function fetchCsv(store: BlobStore, cacheFolder: string): Promise<string> {
  const spec = datasetOf(await fetchData(elsewhere, csvManifest(rows), { cacheFolder, stores: [store], retryMs: [] }));
  return spec.kind === "csv" ? spec.file : "";
}

describe("an experiment's data on another machine", () => {
  it("is the same dataset: CSV", async () => {
    const here = temporaryFolder({ "images.csv": rows });
    const experiment = experimentWith(csvSpec(join(here, "images.csv")));
    const { manifest } = await packData(experiment);
    expect(manifest).toEqual(csvManifest(rows));
    const original = await loadDataset(datasetOf(experiment));
    rmSync(here, { recursive: true });
    const fetched = await fetchData(experiment, manifest, { cacheFolder: temporaryFolder(), stores: [memoryStore(rows)] });
    expect((await loadDataset(datasetOf(fetched))).contentHash).toBe(original.contentHash);
    expect(experimentHash(fetched)).toBe(experimentHash(experiment));
  });

  it("is the same dataset: IDX, with one file used twice", async () => {
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 0, 1);
    const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6);
    const here = temporaryFolder({ images, labels });
    const [images_, labels_] = [join(here, "images"), join(here, "labels")];
    const experiment = experimentWith({
      ...{ kind: "idx", train_images: images_, train_labels: labels_, test_images: images_, test_labels: labels_ },
      ...splits,
    });
    const { manifest, bytes } = await packData(experiment);
    expect(bytes).toBe(images.length + labels.length);
    const store = memoryStore(images, labels);
    const spec = datasetOf(await fetchData(experiment, manifest, { cacheFolder: temporaryFolder(), stores: [store] }));
    if (spec.kind !== "idx") throw new Error(`a dataset of kind ${spec.kind} came back`);
    expect(store.asked).toHaveLength(2);
    expect([spec.train_images, spec.train_labels].map((file) => [...readFileSync(file)])).toEqual([[...images], [...labels]]);
    expect([spec.test_images, spec.test_labels]).toEqual([spec.train_images, spec.train_labels]);
  });

  it("is the same dataset: a folder, whose classes and images keep their names", async () => {
    const files = { ...imageFiles(["rose", "Tulpe äöü"]), "rose/again.png": "image rose/0.png" };
    const here = temporaryFolder({ ...files, "rose/notes.txt": "not an image", "readme.md": "no class" });
    const { manifest } = await packData(experimentWith(folderSpec(here)));
    expect(manifest.files.map(({ name }) => name).sort()).toEqual(Object.keys(files).sort());
    const options = { cacheFolder: temporaryFolder(), stores: [memoryStore(...Object.values(files))] };
    const spec = datasetOf(await fetchData(experimentWith(folderSpec("/elsewhere")), manifest, options));
    if (spec.kind !== "folder") throw new Error(`a dataset of kind ${spec.kind} came back`);
    const found = readdirSync(spec.path).flatMap((name) => readdirSync(join(spec.path, name)).map((file) => `${name}/${file}`));
    expect(Object.fromEntries(found.map((name) => [name, readFileSync(join(spec.path, name), "utf8")]))).toEqual(files);
    // Hard links: the dataset takes no more room than its contents.
    expect(statSync(join(spec.path, "rose/0.png")).nlink).toBe(3);
  });

  it("is nothing where the dataset is shipped, or accuracies come from a table", async () => {
    const digits = experimentWith({ kind: "digits" });
    const table = { ...digits, evaluator: { kind: "table", accuracy: { file: "/t.csv", column: "a", contentHash: "" } } } as const;
    for (const experiment of [digits, table]) {
      const { manifest } = await packData(experiment);
      expect(manifest.files).toEqual([]);
      expect(await fetchData(experiment, manifest, { cacheFolder: "/never/made", stores: [] })).toBe(experiment);
    }
    await expect(fetchData(table, csvManifest(rows), { cacheFolder: "/never/made", stores: [] })).rejects.toThrow("needs none");
  });
});

describe("the cache", () => {
  it("is asked first", async () => {
    const [store, cacheFolder] = [memoryStore(rows), temporaryFolder()];
    const file = await fetchCsv(store, cacheFolder);
    expect(await fetchCsv(memoryStore(), cacheFolder)).toBe(file);
    expect(store.asked).toHaveLength(1);
    expect(readdirSync(join(cacheFolder, "incoming"))).toEqual([]);
  });

  it.each([
    ["changed", (file: string) => writeFileSync(file, rows.replace("3", "4"))],
    ["cut off", (file: string) => writeFileSync(file, rows.slice(1))],
    ["a folder", (file: string) => mkdirSync(join(file, "x"), { recursive: true })],
    ["a link to the right content", (file: string) => symlinkSync(join(temporaryFolder({ rows }), "rows"), file)],
    ["gone", () => undefined],
  ])("fetches anew what is %s", async (_, damage) => {
    const [store, cacheFolder] = [memoryStore(rows), temporaryFolder()];
    const file = await fetchCsv(store, cacheFolder);
    rmSync(file);
    damage(file);
    expect(await fetchCsv(store, cacheFolder)).toBe(file);
    expect(lstatSync(file).isFile()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe(rows);
    expect(store.asked).toHaveLength(2);
  });

  it("is shared by workers that start at once", async () => {
    const files = imageFiles(["a", "b"], 30);
    const { manifest } = await packData(experimentWith(folderSpec(temporaryFolder(files))));
    const cacheFolder = temporaryFolder();
    const fetch = () =>
      fetchData(experimentWith(folderSpec("/elsewhere")), manifest, { cacheFolder, stores: [memoryStore(...Object.values(files))] });
    const [first, ...others] = (await Promise.all(Array.from({ length: 6 }, fetch))).map(datasetOf);
    expect(others.every((spec) => JSON.stringify(spec) === JSON.stringify(first))).toBe(true);
    if (first?.kind !== "folder") throw new Error("no folder came back");
    for (const [name, content] of Object.entries(files)) expect(readFileSync(join(first.path, name), "utf8")).toBe(content);
    expect(readdirSync(join(cacheFolder, "incoming"))).toEqual([]);
  });

  it("makes a dataset's folder anew where anything in it was added, lost, changed or replaced by a link", async () => {
    const files = imageFiles(["a", "b"]);
    const { manifest } = await packData(experimentWith(folderSpec(temporaryFolder(files))));
    const options = { cacheFolder: temporaryFolder(), stores: [memoryStore(...Object.values(files))] };
    const fetch = async () => {
      const spec = datasetOf(await fetchData(experimentWith(folderSpec("/elsewhere")), manifest, options));
      return spec.kind === "folder" ? spec.path : "";
    };
    const folder = await fetch();
    const inode = () => lstatSync(folder).ino;
    const untouched = inode();
    await fetch();
    expect(inode()).toBe(untouched);
    const outside = temporaryFolder({ "0.png": "from outside" });
    const put = (name: string, content: string) => writeFileSync(join(folder, name), content);
    const remove = (name: string) => rmSync(join(folder, name), { recursive: true });
    const damages = [
      () => put("a/21.png", "one more"),
      () => remove("a/3.png"),
      () => {
        remove("a/3.png");
        put("a/3.png", "image a/4.png");
      },
      () => {
        remove("b/0.png");
        symlinkSync(join(outside, "0.png"), join(folder, "b/0.png"));
      },
      () => {
        remove("b");
        symlinkSync(outside, join(folder, "b"));
      },
      () => {
        remove("");
        symlinkSync(outside, folder);
      },
    ];
    for (const damage of damages) {
      damage();
      expect(await fetch()).toBe(folder);
      expect(lstatSync(folder).isDirectory()).toBe(true);
      for (const name of ["a", "b"]) expect(readdirSync(join(folder, name))).toHaveLength(20);
      for (const [name, content] of Object.entries(files)) expect(readFileSync(join(folder, name), "utf8")).toBe(content);
    }
    expect(readFileSync(join(outside, "0.png"), "utf8")).toBe("from outside");
  });

  it("removes what an ended process left half written, but not what is being written", async () => {
    const cacheFolder = temporaryFolder({ "incoming/old": "half", "incoming/new": "half" });
    utimesSync(join(cacheFolder, "incoming/old"), 1e9, 1e9);
    await fetchCsv(memoryStore(rows), cacheFolder);
    expect(readdirSync(join(cacheFolder, "incoming"))).toEqual(["new"]);
  });

  it("says where it cannot be written", async () => {
    const cacheFolder = join(temporaryFolder({ file: "not a folder" }), "file");
    await expect(fetchCsv(memoryStore(rows), cacheFolder)).rejects.toThrow(/the cache cannot be written \(\w+\)[\s\S]*expected/);
  });
});

describe("what is not trusted", () => {
  const lying = (content: Uint8Array): BlobStore => ({ name: "a liar", open: async () => inPieces(content) });

  it.each([
    ["too short", rows.slice(1), /a liar: only 238 of 239 bytes came/],
    ["too long", `${rows}0`, /a liar: more than 239 bytes came/],
    ["other", rows.replace("3", "4"), /a liar: other bytes came than the hash promises/],
  ])("content that is %s is refused, and the next store is asked", async (_, content, said) => {
    const cacheFolder = temporaryFolder();
    const options = { cacheFolder, retryMs: [] };
    const liar = lying(Buffer.from(content));
    await expect(fetchData(elsewhere, csvManifest(rows), { ...options, stores: [liar] })).rejects.toThrow(said);
    expect(existsSync(join(cacheFolder, "blobs"))).toBe(false);
    await fetchData(elsewhere, csvManifest(rows), { ...options, stores: [liar, memoryStore(rows)] });
  });

  it("endless content is not taken to its end", async () => {
    let sent = 0;
    const endless = async function* () {
      for (;;) {
        sent += 64;
        yield new Uint8Array(64);
      }
    };
    const store: BlobStore = { name: "endless", open: async () => endless() };
    await expect(fetchCsv(store, temporaryFolder())).rejects.toThrow("more than");
    expect(sent).toBeLessThan(rows.length + 128);
  });

  it("names that lead out of the dataset's folder are refused, and nothing is written anywhere", async () => {
    const outside = temporaryFolder();
    const names = ["../x", "a/../x", "a/..", "../../x/y", "/etc/passwd", `${outside}/x`, "a", "a/b/c", "a//b", "/b", "a/", ".a/b", "a/.b"];
    for (const name of [...names, "a\\..\\b", "c:/x", "a/b:stream", "a/b\0", "a/\n", `a/${"x".repeat(256)}`]) {
      expect(isMemberName(name)).toBe(false);
      const manifest: DataManifest = { version: 1, files: [{ key: "path", name, ...refOf("x") }] };
      const options = { cacheFolder: join(outside, "cache"), stores: [memoryStore("x")] };
      await expect(fetchData(experimentWith(folderSpec("/elsewhere")), manifest, options)).rejects.toMatchObject({ code: "data" });
    }
    expect(readdirSync(outside)).toEqual(["cache"]);
    expect(readdirSync(join(outside, "cache")).sort()).toEqual(["blobs", "incoming"]);
  });

  it("whatever the name, it is refused or leads to just one place below the folder", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "/", ".", "\\", "\0", "é", " ", ":") }), (name) => {
        if (!isMemberName(name)) return;
        expect(join("/root", name)).toBe(`/root/${name}`);
      }),
    );
  });

  it.each([
    ["not a manifest", { files: [] }, /damaged/],
    ["of another version", { version: 2, files: [] }, /damaged/],
    ["with a hash that is a path", { version: 1, files: [{ key: "file", name: "x", sha256: "../../x", bytes: 1 }] }, /files\[0\]\.sha256/],
    ["with other fields", { ...csvManifest(rows), command: "rm" }, /unknown key 'command'/],
    ["with too few files", { version: 1, files: [] }, /names none, and the dataset \(csv\) needs file/],
    ["with a file twice", { version: 1, files: [...csvManifest(rows).files, ...csvManifest(rows).files] }, /names file/],
    ["of another dataset", { version: 1, files: [{ ...csvManifest(rows).files[0], key: "path" }] }, /names path/],
  ])("a list of files that is %s", async (_, manifest, message) => {
    const options = { cacheFolder: temporaryFolder(), stores: [memoryStore(rows)] };
    const failed = fetchData(elsewhere, manifest as DataManifest, options);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ name: "DataError", code: "data" });
  });

  it("a folder that names one image twice", async () => {
    const file = { key: "path", name: "a/x.png", ...refOf("x") } as const;
    const options = { cacheFolder: temporaryFolder(), stores: [memoryStore("x")] };
    const manifest: DataManifest = { version: 1, files: [file, file] };
    await expect(fetchData(experimentWith(folderSpec("/elsewhere")), manifest, options)).rejects.toThrow("the same name");
  });
});

describe("a file that nobody has", () => {
  it("is named, with its hash and length, what each store said, and what to do", async () => {
    const broken: BlobStore = {
      name: "the folder /mnt",
      open: async () => {
        throw new Error("it is away");
      },
    };
    const { sha256 } = refOf(rows);
    const failed = fetchData(elsewhere, csvManifest(rows), {
      ...{ cacheFolder: temporaryFolder(), stores: [memoryStore(), broken], retryMs: [1, 1] },
    });
    await expect(failed).rejects.toMatchObject({
      code: "data",
      message: expect.stringMatching(
        new RegExp(
          `"images.csv" \\(file of the dataset, 239B, sha256 ${sha256}\\)\n {2}memory: does not have it\n {2}the folder /mnt: it is away\n {2}what to do:`,
        ),
      ),
    });
    const none = fetchData(elsewhere, csvManifest(rows), { cacheFolder: temporaryFolder(), stores: [] });
    await expect(none).rejects.toThrow("no store to ask");
  });

  it("is asked for again only where a store could not be asked", async () => {
    let times = 0;
    const flaky: BlobStore = {
      name: "flaky",
      open: async (ref) => {
        if (++times < 3) throw new Error("not yet");
        return memoryStore(rows).open(ref);
      },
    };
    const without = memoryStore();
    await fetchData(elsewhere, csvManifest(rows), { cacheFolder: temporaryFolder(), stores: [without, flaky], retryMs: [1, 1] });
    expect([times, without.asked.length]).toEqual([3, 1]);
  });
});

describe("packing", () => {
  it("refuses names that other machines could not take, and files that are gone", async () => {
    const odd = temporaryFolder(imageFiles(["a", "b:c"]));
    await expect(packData(experimentWith(folderSpec(odd)))).rejects.toThrow(/cannot be sent to other machines/);
    await expect(packData(experimentWith(csvSpec("/nowhere/x.csv")))).rejects.toThrow(
      /\/nowhere\/x\.csv: the file cannot be read \(ENOENT\)/,
    );
  });
});
