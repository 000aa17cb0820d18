/** What `init` may be told of the images to learn from, and the YAML that names them. */
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { InputError, nearestSpelling } from "@archwright/core";
import { csvColumns, type Data, dataKinds, labelsBeside, recogniseData, squareImage } from "../input/dataFile.ts";

const written = "digits, a folder of images, a .csv file, an IDX file, or folder, csv or idx to write the path later";

/** Reads `--data`: `digits`, a path, a kind, or `KIND:PATH`. @throws InputError */
export function parseData(text: string): Data {
  const data = recogniseData(text);
  if (data) return data;
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
      const columns = path === undefined ? undefined : squareColumns(path);
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
  train_labels: ${file(path === undefined ? join(folder, labelsBeside(images)) : labelsBeside(images))}`;
    }
  }
}

/** Which column holds the label, and the shape of the image that the others make up. */
function squareColumns(path: string): { readonly label: string; readonly shape: readonly [number, number, number] } {
  const { label, pixels } = csvColumns(path);
  const shape = squareImage(pixels);
  if (shape) return { label, shape };
  throw new InputError(`its rows have ${pixels + 1} cells, which are not a square image and a label`, {
    place: { file: path, line: 1 },
    expected: "the pixels of a square image of 1 or 3 channels, and a label, separated by commas, semicolons or tabs",
    suggestion: "--data csv",
    advice: "write the shape into the file yourself",
  });
}
