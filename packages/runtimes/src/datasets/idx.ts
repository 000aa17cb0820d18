import { InputError } from "@archwright/core/base";
import type { DatasetSpec } from "@archwright/core/experiment";
import { readBytes } from "./files.ts";
import { numberedClasses, type RawDataset, type RawImages } from "./raw.ts";

type IdxSpec = Extract<DatasetSpec, { kind: "idx" }>;

const kinds = {
  images: { magic: 0x0803, dimensions: 3, what: "an IDX file of images (unsigned bytes, [count, height, width]), plain or gzip" },
  labels: { magic: 0x0801, dimensions: 1, what: "an IDX file of labels (unsigned bytes, [count]), plain or gzip" },
} as const;
type Kind = keyof typeof kinds;

const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;

/** The sizes in an IDX header (LeCun: "THE IDX FILE FORMAT"): big-endian magic number, then one 32-bit size a dimension. */
function header(bytes: Uint8Array, file: string, kind: Kind): readonly number[] {
  const { magic, dimensions, what } = kinds[kind];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = 4 + 4 * dimensions;
  const found = bytes.length >= 4 ? view.getUint32(0) : undefined;
  if (found !== undefined && found !== magic) {
    throw new InputError(`the magic number is ${hex(found)}, not ${hex(magic)}`, { place: { file }, expected: what });
  }
  if (bytes.length < length) throw new InputError(`the file ends within its header`, { place: { file }, expected: what });
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (sizes.includes(0)) throw new InputError(`the header says ${sizes.join(" × ")}`, { place: { file }, expected: "sizes of at least 1" });
  return sizes;
}

async function readIdx(file: string, kind: Kind): Promise<{ sizes: readonly number[]; data: Uint8Array }> {
  const bytes = await readBytes(file, kinds[kind].what);
  const sizes = header(bytes, file, kind);
  const data = bytes.subarray(4 + 4 * sizes.length);
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (data.length !== expected) {
    throw new InputError(`the file is ${data.length < expected ? "truncated" : "too long"}: ${data.length} bytes after the header`, {
      place: { file },
      expected: `${expected} bytes, as its header says (${sizes.join(" × ")})`,
    });
  }
  return { sizes, data };
}

async function readLabels(file: string, classes: readonly string[] | undefined): Promise<Int32Array> {
  const labels = Int32Array.from((await readIdx(file, "labels")).data);
  const beyond = classes === undefined ? -1 : labels.findIndex((label) => label >= classes.length);
  if (classes !== undefined && beyond >= 0) {
    throw new InputError(`label ${labels[beyond]} of image ${beyond} is not a class`, {
      place: { file },
      expected: `labels from 0 to ${classes.length - 1}`,
    });
  }
  return labels;
}

async function readImages(imageFile: string, labelFile: string, labels: Int32Array): Promise<RawImages> {
  const { sizes, data } = await readIdx(imageFile, "images");
  const [count, height, width] = sizes as readonly [number, number, number];
  if (count !== labels.length) {
    throw new InputError(`there are ${count} images but ${labels.length} labels in ${labelFile}`, {
      place: { file: imageFile },
      expected: "one label for each image",
    });
  }
  return { pixels: data, scale: 255, labels, channels: 1, height, width };
}

/** Reads IDX files, the format of MNIST and Fashion-MNIST. @throws InputError naming the damaged file. */
export async function readIdxDataset(spec: IdxSpec): Promise<RawDataset> {
  const labels = await readLabels(spec.train_labels, spec.classes);
  const classes = spec.classes ?? numberedClasses(labels);
  const images = await readImages(spec.train_images, spec.train_labels, labels);
  if (spec.test_images === undefined || spec.test_labels === undefined) return { file: spec.train_images, images, classes };
  const test = await readImages(spec.test_images, spec.test_labels, await readLabels(spec.test_labels, classes));
  if (test.height !== images.height || test.width !== images.width) {
    throw new InputError(`the test images are ${test.height}×${test.width}`, {
      place: { file: spec.test_images },
      expected: `${images.height}×${images.width}, as the training images`,
    });
  }
  return { file: spec.train_images, images, test, classes };
}
