import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { InputError } from "@archwright/core/base";
import type { DatasetSpec } from "@archwright/core/experiment";
import type { RawDataset } from "./raw.ts";
import { splitBounds } from "./splits.ts";

type FolderSpec = Extract<DatasetSpec, { kind: "folder" }>;

/** The part of `sharp` used here. The package is optional, so its own types may be absent where this is compiled. */
interface Decoder {
  autoOrient(): Decoder;
  resize(width: number, height: number, options: { readonly fit: "cover" | "fill" }): Decoder;
  flatten(): Decoder;
  toColourspace(space: "srgb" | "b-w"): Decoder;
  raw(options: { readonly depth: "uchar" }): Decoder;
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array;
    readonly info: { readonly width: number; readonly height: number; readonly channels: number };
  }>;
}
type Sharp = (file: string, options?: { readonly failOn: "truncated" }) => Decoder;

const extensions = new Set([".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".avif"]);
const CONCURRENT_DECODES = 16;

async function loadSharp(folder: string): Promise<Sharp> {
  const name: string = "sharp";
  try {
    const module = (await import(name)) as { readonly default: Sharp };
    return module.default;
  } catch (error) {
    throw new InputError(`reading a folder of images needs the optional package 'sharp': ${(error as Error).message}`, {
      place: { file: folder },
      expected: "'sharp' to be installed: npm install sharp",
    });
  }
}

async function entries(folder: string, expected: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === "ENOENT" ? "the folder does not exist" : `the folder cannot be read: ${error.message}`;
    throw new InputError(problem, { place: { file: folder }, expected });
  });
  return names.filter((name) => !name.startsWith(".")).sort((a, b) => (a < b ? -1 : 1));
}

/** Names of the classes: the folder's own folders, in order of their names. @throws InputError where there are fewer than two. */
async function folderClasses(path: string): Promise<readonly string[]> {
  const expected = "a folder with one folder of images for each class";
  const names = await entries(path, expected);
  const kinds = await Promise.all(names.map((name) => stat(join(path, name))));
  const classes = names.filter((_, i) => kinds[i]?.isDirectory());
  if (classes.length < 2) {
    throw new InputError(`the folder has ${classes.length === 0 ? "no folders" : "one folder only"} in it`, {
      place: { file: path },
      expected,
    });
  }
  return classes;
}

/** The images of each class, in order of their names. */
async function listImages(spec: FolderSpec, classes: readonly string[]): Promise<readonly (readonly string[])[]> {
  const needed = splitBounds(spec)[1] + 1;
  const list = async (name: string) => {
    const folder = join(spec.path, name);
    const files = await entries(folder, "a folder of images");
    const images = files.filter((file) => extensions.has(extname(file).toLowerCase()));
    if (images.length < needed) {
      throw new InputError(`the class '${name}' has ${images.length === 0 ? "no images" : `only ${images.length}`}`, {
        place: { file: folder },
        expected: `at least ${needed} images (${[...extensions].join(", ")}), so that every split has some`,
      });
    }
    return images.map((file) => join(folder, file));
  };
  return Promise.all(classes.map(list));
}

/** The images that a folder's classes hold, in the order in which they are read. @throws InputError */
export async function listFolder(
  spec: FolderSpec,
): Promise<{ readonly classes: readonly string[]; readonly byClass: readonly (readonly string[])[] }> {
  const classes = await folderClasses(spec.path);
  return { classes, byClass: await listImages(spec, classes) };
}

/** Decodes one image into [channels, height, width]. */
async function decode(sharp: Sharp, file: string, spec: FolderSpec, into: Uint8Array): Promise<void> {
  const [height, width] = spec.size;
  const oriented = sharp(file, { failOn: "truncated" }).autoOrient();
  const sized = spec.resize === "none" ? oriented : oriented.resize(width, height, { fit: spec.resize === "cover" ? "cover" : "fill" });
  const decoder = sized
    .flatten()
    .toColourspace(spec.channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" });
  const { data, info } = await decoder.toBuffer({ resolveWithObject: true }).catch((error: Error) => {
    throw new InputError(`the image cannot be decoded: ${error.message}`, { place: { file }, expected: "an undamaged image" });
  });
  if (info.height !== height || info.width !== width) {
    throw new InputError(`the image is ${info.height}×${info.width}`, {
      place: { file },
      expected: `${height}×${width} (the dataset's size), or resize: cover or resize: stretch in the experiment`,
      suggestion: "resize: cover",
    });
  }
  if (info.channels !== spec.channels) throw new Error(`sharp gave ${info.channels} channels of ${file}, not ${spec.channels}`);
  const area = height * width;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < spec.channels; channel++) {
      into[channel * area + pixel] = data[pixel * spec.channels + channel] as number;
    }
  }
}

/** Reads a folder of images per class; each class is split for itself, in order of file name. @throws InputError naming the file. */
export async function readFolderDataset(spec: FolderSpec): Promise<RawDataset> {
  const { classes, byClass } = await listFolder(spec);
  const sharp = await loadSharp(spec.path);
  const files = byClass.flat();
  const [height, width] = spec.size;
  const size = spec.channels * height * width;
  const pixels = new Uint8Array(files.length * size);
  for (let start = 0; start < files.length; start += CONCURRENT_DECODES) {
    const batch = files.slice(start, start + CONCURRENT_DECODES);
    await Promise.all(batch.map((file, i) => decode(sharp, file, spec, pixels.subarray((start + i) * size, (start + i + 1) * size))));
  }
  return {
    file: spec.path,
    images: {
      pixels,
      scale: 255,
      labels: Int32Array.from(byClass.flatMap((images, label) => images.map(() => label))),
      channels: spec.channels,
      height,
      width,
    },
    positions: Int32Array.from(byClass.flatMap((images) => [...images.keys()])),
    classes,
  };
}
