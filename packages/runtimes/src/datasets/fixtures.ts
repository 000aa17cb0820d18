/** Small datasets for tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

/** A new folder with these files in it, which goes when the test ends. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "archwright-datasets-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** An IDX file: magic number, sizes, data. */
export function idxFile(magic: number, sizes: readonly number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + data.length);
  const view = new DataView(bytes.buffer);
  [magic, ...sizes].forEach((value, i) => {
    view.setUint32(4 * i, value);
  });
  bytes.set(data, 4 + 4 * sizes.length);
  return bytes;
}

export const IMAGES = 0x0803;
export const LABELS = 0x0801;

/** Images of 2×3 pixels, where pixel p of image i is (7 · i + p) mod 256, and labels i mod 3. */
export function idxPair(count: number, offset = 0): { readonly images: Uint8Array; readonly labels: Uint8Array } {
  const pixels = Array.from({ length: count * 6 }, (_, at) => (7 * (Math.floor(at / 6) + offset) + (at % 6)) % 256);
  return {
    images: idxFile(IMAGES, [count, 2, 3], pixels),
    labels: idxFile(
      LABELS,
      [count],
      Array.from({ length: count }, (_, i) => (i + offset) % 3),
    ),
  };
}

export const gzip = (bytes: Uint8Array | string): Uint8Array => gzipSync(bytes);

/** The part of sharp that writes test images; its own types may be absent, as the package is optional. */
type Painter = (options: { readonly create: object }) => { png(): { toBuffer(): Promise<Uint8Array> } };
const optionalPackage: string = "sharp";
export const sharp: Painter | undefined = await import(optionalPackage).then(
  (module) => module.default,
  () => undefined,
);
