/** Reads images from a folder. */
import { join } from "node:path";
import { InputError, item } from "@archwright/core/base";
import { loadSharp } from "../../sharp.ts";
import type { ImageSource, Pixels } from "../source.ts";
import { pickImages } from "../source.ts";
import { type BadImage, decodeImage, type FolderSpec, type Sharp } from "./decode.ts";
import { type FolderImage, listFolder } from "./list.ts";

const CONCURRENT_DECODES = 16;
const LISTED = 10;

/** Finds the images of a folder with one folder a class, or one of these for each split; decodes only those asked for. @throws InputError */
export async function readFolderDataset(spec: FolderSpec): Promise<ImageSource> {
  const { classes, images, warnings } = await listFolder(spec.path);
  const sharp = await loadSharp<Sharp>("reading a folder of images", { file: spec.path });
  const [height, width] = spec.size;
  const ofSplit = (split: "validation" | "test") => {
    const found = Int32Array.from([...images.keys()].filter((image) => images[image]?.split === split));
    return images.some((image) => image.split === split) ? { [split]: found } : {};
  };
  return {
    file: spec.path,
    classes,
    labels: Int32Array.from(images, ({ label }) => label),
    own: { ...ofSplit("validation"), ...ofSplit("test") },
    channels: spec.channels,
    height,
    width,
    scale: 255,
    bytesPerPixel: 1,
    readingBytes: 0,
    warnings,
    classPlace: (label) => ({ file: join(spec.path, images.some(({ split }) => split) ? "train" : "", item(classes, label)) }),
    ...(warnings.some(({ problem }) => problem.includes("not read"))
      ? {
          hint: warnings
            .map(({ problem, place }) => `${place?.file}: ${problem}`)
            .slice(0, 3)
            .join("; "),
        }
      : {}),
    nameOf: (image) => images[image]?.name ?? "",
    read: (chosen) =>
      decodeAll(
        sharp,
        Array.from(chosen, (image) => images[image] as FolderImage),
        spec,
      ),
  };
}

async function decodeAll(sharp: Sharp, images: readonly FolderImage[], spec: FolderSpec): Promise<Pixels> {
  const size = spec.channels * spec.size[0] * spec.size[1];
  const values = new Uint8Array(images.length * size);
  const bad = new Map<number, BadImage>();
  for (let start = 0; start < images.length; start += CONCURRENT_DECODES) {
    await Promise.all(
      images.slice(start, start + CONCURRENT_DECODES).map(async ({ path }, i) => {
        const at = start + i;
        const wrong = await decodeImage(sharp, path, spec, values.subarray(at * size, (at + 1) * size));
        if (wrong) bad.set(at, wrong);
      }),
    );
  }
  const inOrder = [...bad].sort(([a], [b]) => a - b).map(([, image]) => image);
  refuseBad(inOrder, spec);
  const kept = Int32Array.from([...images.keys()].filter((image) => !bad.has(image)));
  return { values: kept.length === images.length ? values : pickImages(values, size, kept), kept };
}

/** @throws InputError that lists the images of another size and, unless they are left out, those that cannot be decoded. */
function refuseBad(bad: readonly BadImage[], spec: FolderSpec): void {
  const damaged = spec.skip_damaged ? [] : bad.filter(({ kind }) => kind === "damaged");
  const sized = bad.filter(({ kind }) => kind === "size");
  const list = (images: readonly BadImage[]) => {
    const rest = images.length > LISTED ? [`and ${images.length - LISTED} more`] : [];
    return [...images.slice(0, LISTED).map(({ path, problem }) => `${path} (${problem.trim()})`), ...rest].join("\n    ");
  };
  const [first] = damaged;
  if (first) {
    const one = damaged.length === 1;
    throw new InputError(
      one ? `the image cannot be decoded: ${first.problem}` : `${damaged.length} images cannot be decoded:\n    ${list(damaged)}`,
      {
        place: { file: one ? first.path : spec.path },
        expected: "undamaged images; skip_damaged leaves the others out",
        suggestion: "skip_damaged: true",
      },
    );
  }
  const [other] = sized;
  if (!other) return;
  const [height, width] = spec.size;
  throw new InputError(
    sized.length === 1 ? `the image is ${other.problem}` : `${sized.length} images are of another size:\n    ${list(sized)}`,
    {
      place: { file: sized.length === 1 ? other.path : spec.path },
      expected: `${height}×${width} (the dataset's size), or resize: cover or resize: stretch in the experiment`,
      suggestion: "resize: cover",
    },
  );
}
