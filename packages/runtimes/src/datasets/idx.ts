/** Reads images from IDX files, as MNIST comes in. */
import { formatQuantity, InputError } from "@archwright/core/base";
import type { DatasetSpec } from "@archwright/core/experiment";
import { readBytes } from "./files.ts";
import { classesOfNumbers, type FoundClasses, listed } from "./labels.ts";
import { type ImageSource, upTo } from "./source.ts";

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

/** `47040000 bytes (44.9MiB)`: exact, because one byte too many matters, and readable. */
function bytesInWords(count: number): string {
  return `${count} bytes${count < 1024 ? "" : ` (${formatQuantity(count, "memory")})`}`;
}

async function readIdx(file: string, kind: Kind): Promise<{ sizes: readonly number[]; data: Uint8Array }> {
  const bytes = await readBytes(file, kinds[kind].what);
  const sizes = header(bytes, file, kind);
  const data = bytes.subarray(4 + 4 * sizes.length);
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (data.length !== expected) {
    throw new InputError(
      `the file is ${data.length < expected ? "truncated" : "too long"}: ${bytesInWords(data.length)} after the header`,
      {
        place: { file },
        expected: `${bytesInWords(expected)}, as its header says (${sizes.join(" × ")})`,
      },
    );
  }
  return { sizes, data };
}

async function readLabels(file: string): Promise<Uint8Array> {
  return (await readIdx(file, "labels")).data;
}

/** Labels as numbers of classes. @throws InputError where one is not a class */
function toClasses(labels: Uint8Array, file: string, { classes, classOf }: FoundClasses): Int32Array {
  return Int32Array.from(labels, (label, image) => {
    const found = classOf.get(String(label));
    if (found !== undefined) return found;
    throw new InputError(`label ${label} of image ${image} is not a class`, {
      place: { file },
      expected: classOf.get("0") === 0 ? `labels from 0 to ${classes.length - 1}` : `labels of the training images: ${listed(classes)}`,
    });
  });
}

function listedClasses(classes: readonly string[]): FoundClasses {
  return { classes, classOf: new Map(classes.map((_, label) => [String(label), label])), warnings: [] };
}

interface IdxImages {
  readonly data: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

async function readImages(imageFile: string, labelFile: string, labels: Uint8Array): Promise<IdxImages> {
  const { sizes, data } = await readIdx(imageFile, "images");
  const [count, height, width] = sizes as readonly [number, number, number];
  if (count !== labels.length) {
    throw new InputError(`there are ${count} images but ${labels.length} labels in ${labelFile}`, {
      place: { file: imageFile },
      expected: "one label for each image",
    });
  }
  return { data, count, height, width };
}

/** Reads IDX files, the format of MNIST and Fashion-MNIST. @throws InputError naming the damaged file. */
export async function readIdxDataset(spec: IdxSpec): Promise<ImageSource> {
  const file = spec.train_images;
  const written = await readLabels(spec.train_labels);
  const found = spec.classes === undefined ? classesOfNumbers(written, { file: spec.train_labels }, "") : listedClasses(spec.classes);
  const labels = toClasses(written, spec.train_labels, found);
  const images = await readImages(file, spec.train_labels, written);
  const test = await readTest(spec, images, found);
  const size = images.height * images.width;
  return {
    file,
    classes: found.classes,
    labels: Int32Array.from([...labels, ...(test?.labels ?? [])]),
    own: test === undefined ? {} : { test: upTo(test.count).map((image) => images.count + image) },
    channels: 1,
    height: images.height,
    width: images.width,
    scale: 255,
    bytesPerPixel: 1,
    readingBytes: images.data.length + (test?.data.length ?? 0),
    warnings: found.warnings,
    nameOf: (image) => (image < images.count ? `image ${image}` : `image ${image - images.count} of the test files`),
    read: async (chosen) => {
      const values = new Uint8Array(chosen.length * size);
      chosen.forEach((image, i) => {
        const [data, at] = image < images.count ? [images.data, image] : [test?.data as Uint8Array, image - images.count];
        values.set(data.subarray(at * size, (at + 1) * size), i * size);
      });
      return { values, kept: chosen.map((_, i) => i) };
    },
  };
}

async function readTest(
  { test_images, test_labels }: IdxSpec,
  images: IdxImages,
  found: FoundClasses,
): Promise<(IdxImages & { readonly labels: Int32Array }) | undefined> {
  if (test_images === undefined || test_labels === undefined) return undefined;
  const written = await readLabels(test_labels);
  const labels = toClasses(written, test_labels, found);
  const test = await readImages(test_images, test_labels, written);
  if (test.height !== images.height || test.width !== images.width) {
    throw new InputError(`the test images are ${test.height}×${test.width}`, {
      place: { file: test_images },
      expected: `${images.height}×${images.width}, as the training images`,
    });
  }
  return { ...test, labels };
}
