/** Datasets as people name them: by a name or the path of a file or folder, whose kind is seen from it. */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { decodeText, guessSeparator, InputError } from "@archwright/core";

export const dataKinds = ["digits", "folder", "csv", "idx"] as const;
export type DataKind = (typeof dataKinds)[number];

/** Images to learn from, or to judge by. */
export interface Data {
  readonly kind: DataKind;
  /** As typed: from the current folder. Absent of digits, and where it is yet to be written. */
  readonly path?: string;
}

/** What `digits`, a path, a kind, or `KIND:PATH` stands for; undefined where it is none of these. */
export function recogniseData(text: string): Data | undefined {
  const [, kind, path] = /^(digits|folder|csv|idx)(?::(.+))?$/.exec(text) ?? [];
  if (kind === "digits" && path === undefined) return { kind };
  if (kind !== undefined && kind !== "digits") return path === undefined ? { kind: kind as DataKind } : { kind: kind as DataKind, path };
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return { kind: "folder", path: text };
  if (/\.csv(\.gz)?$/i.test(text)) return { kind: "csv", path: text };
  if (/idx\d|\.idx/i.test(basename(text))) return { kind: "idx", path: text };
  return undefined;
}

/** The file of labels that lies beside a file of images, by MNIST's own names. */
export function labelsBeside(images: string): string {
  return images.replace(/images(?=[^/\\]*$)/, "labels").replace(/idx3(?=[^/\\]*$)/, "idx1");
}

/** Which column of a CSV file holds the label, and how many others there are. @throws InputError where it cannot be read. */
export function csvColumns(path: string): { readonly label: string; readonly pixels: number } {
  const text = decodeText(readCsv(path), path);
  const separator = guessSeparator(text);
  const [cells = [], next = []] = text.split("\n", 2).map((line) => line.trim().split(separator));
  const named = cells.find((cell) => /^"?(label|class|target|y)"?$/i.test(cell))?.replaceAll('"', "");
  const isText = (row: readonly string[], column: number) => Number.isNaN(Number(row[column]));
  const texts = [...cells.keys()].filter((column) => isText(cells, column));
  // A single text at an end of the first two rows is a label; other texts of the first row are the names of columns.
  const end = ([0, cells.length - 1] as const).find((column) => texts.length === 1 && texts[0] === column && isText(next, column));
  const unnamed = texts.length === 0 ? "last" : end === undefined ? (cells.at(-1) as string) : end === 0 ? "first" : "last";
  return { label: named ?? unnamed, pixels: cells.length - 1 };
}

/** Channels, height and width of a square image of 1 or 3 channels; undefined where that many pixels are none. */
export function squareImage(pixels: number): readonly [channels: number, height: number, width: number] | undefined {
  for (const channels of [1, 3]) {
    const side = Math.sqrt(pixels / channels);
    if (side >= 1 && Number.isInteger(side)) return [channels, side, side];
  }
  return undefined;
}

function readCsv(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  } catch (error) {
    throw new InputError(`cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      place: { file: path },
      expected: "a CSV file of images",
    });
  }
}
