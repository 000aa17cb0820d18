/** What `init` may be told of the images to learn from, and the YAML that names them. */
import { readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { decodeText, guessSeparator, InputError, nearestSpelling } from "@archwright/core";

export const dataKinds = ["digits", "folder", "csv", "idx"] as const;
export type DataKind = (typeof dataKinds)[number];

/** Images to learn from. Without a path it is yet to be written into the file. */
export interface Data {
  readonly kind: DataKind;
  /** As typed: from the current folder. */
  readonly path?: string;
}

const written = "digits, a folder of images, a .csv file, an IDX file, or folder, csv or idx to write the path later";

/** Reads `--data`: `digits`, a path, a kind, or `KIND:PATH`. @throws InputError */
export function parseData(text: string): Data {
  const [, kind, path] = /^(digits|folder|csv|idx)(?::(.+))?$/.exec(text) ?? [];
  if (kind === "digits" && path === undefined) return { kind };
  if (kind !== undefined && kind !== "digits") return path === undefined ? { kind: kind as DataKind } : { kind: kind as DataKind, path };
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return { kind: "folder", path: text };
  if (/\.csv(\.gz)?$/i.test(text)) return { kind: "csv", path: text };
  if (/idx\d|\.idx/i.test(basename(text))) return { kind: "idx", path: text };
  throw new InputError(`'${text}' is not a dataset`, { expected: written, suggestion: nearestSpelling(text, [...dataKinds]) });
}

/** A name for the experiment. */
export function nameOf({ kind, path }: Data): string {
  const name = path === undefined ? kind : basename(path).replace(/\.(csv|idx|gz|[a-z\d]*ubyte).*$/i, "");
  return name.replace(/[^\w-]+/g, "-").replace(/^-+|-+$/g, "") || kind;
}

/** The key `dataset` of an experiment in this folder, with comments. @throws InputError where a CSV file cannot be understood. */
export function datasetYaml({ kind, path }: Data, folder: string): string {
  const file = (place: string) => JSON.stringify(isAbsolute(place) ? place : relative(folder, resolve(place)).replaceAll("\\", "/"));
  switch (kind) {
    case "digits":
      return `# 1,797 images of handwritten digits, 8×8 pixels, which come with the program. Your own: see 'kind: folder', 'csv', 'idx' in the docs.
dataset: digits`;
    case "folder":
      return `# A folder that has one folder of images for each class.
dataset:
  kind: folder
  path: ${path === undefined ? "images # where it is, from this file" : file(path)}
  size: [32, 32] # height and width that networks see
  resize: cover # cover cuts images of another shape, stretch distorts them, none refuses them`;
    case "csv": {
      const columns = path === undefined ? undefined : csvColumns(path);
      return `# One image a row: its pixels, channel by channel and row by row, and a column with the label.
dataset:
  kind: csv
  file: ${path === undefined ? "images.csv # where it is, from this file" : file(path)}
  label_column: ${columns === undefined ? "last # or first, or the column's name" : JSON.stringify(columns.label)}
  shape: ${columns === undefined ? "[1, 28, 28] # channels, height, width" : `[${columns.shape.join(", ")}] # channels, height, width`}
  scale: 255 # the pixel value that means full intensity`;
    }
    case "idx": {
      const images = path === undefined ? "train-images-idx3-ubyte.gz" : path;
      return `# MNIST's format, plain or gzip. Images for validation and test are held out.
dataset:
  kind: idx
  train_images: ${file(path === undefined ? join(folder, images) : images)}
  train_labels: ${file(path === undefined ? join(folder, labelsOf(images)) : labelsOf(images))}`;
    }
  }
}

/** MNIST's own names: the labels lie beside the images. */
function labelsOf(images: string): string {
  return images.replace(/images(?=[^/\\]*$)/, "labels").replace(/idx3(?=[^/\\]*$)/, "idx1");
}

/** Which column holds the label, and the shape of the image that the others make up. */
function csvColumns(path: string): { readonly label: string; readonly shape: readonly [number, number, number] } {
  const bytes = readCsv(path);
  const text = decodeText(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes, path);
  const cells = (text.split("\n", 1)[0] as string).trim().split(guessSeparator(text));
  const named = cells.find((cell) => /^"?(label|class|target|y)"?$/i.test(cell))?.replaceAll('"', "");
  const header = cells.some((cell) => Number.isNaN(Number(cell)));
  const label = named ?? (header ? (cells.at(-1) as string) : "last");
  const pixels = cells.length - 1;
  for (const channels of [1, 3]) {
    const side = Math.sqrt(pixels / channels);
    if (side >= 1 && Number.isInteger(side)) return { label, shape: [channels, side, side] };
  }
  throw new InputError(`its rows have ${cells.length} cells, which are not a square image and a label`, {
    place: { file: path, line: 1 },
    expected: "the pixels of a square image of 1 or 3 channels, and a label, separated by commas, semicolons or tabs",
    suggestion: "--data csv",
    advice: "write the shape into the file yourself",
  });
}

function readCsv(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      place: { file: path },
      expected: "a CSV file of images",
    });
  }
}
