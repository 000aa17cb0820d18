/** Pictures as PNG, by the optional package `sharp`. */
import { loadSharp } from "../sharp.ts";
import { enlarged, type Picture } from "./picture.ts";

/** The part of `sharp` used here. */
interface Encoder {
  resize(width: number, height: number): Encoder;
  toColourspace(space: "srgb"): Encoder;
  raw(): Encoder;
  png(): Encoder;
  toBuffer(): Promise<Uint8Array>;
}
type Sharp = (
  colours: Uint8Array,
  options: { readonly raw: { readonly width: number; readonly height: number; readonly channels: 3 } },
) => Encoder;

/** Makes pictures fit for people, and files of them. */
export interface PictureWriter {
  /** Small pictures with their pixels enlarged, large ones made smaller: so that the longer side is about 64 to 128 pixels. */
  thumbnail(picture: Picture): Promise<Picture>;
  png(picture: Picture): Promise<Uint8Array>;
}

const leastSide = 64;
const mostSide = 128;

/** @throws InputError where the optional package is not installed. */
export async function openPictureWriter(): Promise<PictureWriter> {
  const sharp = await loadSharp<Sharp>("writing pictures");
  const encode = ({ width, height, colours }: Picture) => sharp(colours, { raw: { width, height, channels: 3 } });
  return {
    thumbnail: async (picture) => {
      const side = Math.max(picture.width, picture.height);
      if (side <= mostSide) return enlarged(picture, Math.max(1, Math.floor(leastSide / side)));
      const [width, height] = [picture.width, picture.height].map((size) => Math.max(1, Math.round((size * mostSide) / side)));
      const small = await encode(picture)
        .resize(width as number, height as number)
        .toColourspace("srgb")
        .raw()
        .toBuffer();
      return { width: width as number, height: height as number, colours: small };
    },
    png: (picture) => encode(picture).png().toBuffer(),
  };
}
