/** Image files to pixels of one size, by the optional package `sharp`. */
import type { DatasetSpec } from "@archwright/core/experiment";

export type FolderSpec = Extract<DatasetSpec, { kind: "folder" }>;

/** The part of `sharp` used here. The package is optional, so its own types may be absent where this is compiled. */
interface Decoder {
  autoOrient(): Decoder;
  resize(width: number, height: number, options: { readonly fit: "cover" | "fill" }): Decoder;
  flatten(options: { readonly background: string }): Decoder;
  toColourspace(space: "srgb" | "b-w"): Decoder;
  raw(options: { readonly depth: "uchar" }): Decoder;
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array;
    readonly info: { readonly width: number; readonly height: number; readonly channels: number };
  }>;
}
export type Sharp = (file: string, options?: { readonly failOn: "truncated" }) => Decoder;

/** What is wrong with an image. */
export interface BadImage {
  readonly path: string;
  readonly kind: "damaged" | "size";
  readonly problem: string;
}

/** Decodes one image into [channels, height, width]. @returns what is wrong with it, where something is. */
export async function decodeImage(sharp: Sharp, path: string, spec: FolderSpec, into: Uint8Array): Promise<BadImage | undefined> {
  const [height, width] = spec.size;
  const oriented = sharp(path, { failOn: "truncated" }).autoOrient();
  const sized = spec.resize === "none" ? oriented : oriented.resize(width, height, { fit: spec.resize === "cover" ? "cover" : "fill" });
  const decoder = sized
    .flatten({ background: spec.background })
    .toColourspace(spec.channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" });
  let decoded: Awaited<ReturnType<Decoder["toBuffer"]>>;
  try {
    decoded = await decoder.toBuffer({ resolveWithObject: true });
  } catch (error) {
    return { path, kind: "damaged", problem: (error as Error).message };
  }
  const { data, info } = decoded;
  if (info.height !== height || info.width !== width) return { path, kind: "size", problem: `${info.height}×${info.width}` };
  if (info.channels !== spec.channels) throw new Error(`sharp gave ${info.channels} channels of ${path}, not ${spec.channels}`);
  const area = height * width;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < spec.channels; channel++) {
      into[channel * area + pixel] = data[pixel * spec.channels + channel] ?? 0;
    }
  }
  return undefined;
}
