/** The style sheet's colours as numbers for what is drawn in pixels. */

/** A colour as a pixel of an opaque canvas: 0xAABBGGRR on every machine that browsers run on. */
export type Pixel = number;

/** The colour of a custom property as it is now, light or dark. */
export function pixelOf(property: string): Pixel {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const [r = 0, g = 0, b = 0] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
  probe.remove();
  return packed(r, g, b);
}

/** From 0 to 255 each. */
export function packed(r: number, g: number, b: number): Pixel {
  return (0xff000000 | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}

/** Half of each, by component; of two opaque pixels it is opaque. */
export function halfOf(a: Pixel, b: Pixel): Pixel {
  return (((a & 0xfefefefe) >>> 1) + ((b & 0xfefefefe) >>> 1) + (a & b & 0x01010101)) >>> 0;
}

/** `share` of `b`, the rest of `a`. */
export function mixed(a: Pixel, b: Pixel, share: number): Pixel {
  const at = (shift: number) => ((a >>> shift) & 255) * (1 - share) + ((b >>> shift) & 255) * share;
  return packed(at(0), at(8), at(16));
}

export const rampSize = 64;

/** Colours from the first to the last of these, evenly. */
export function rampOf(stops: readonly Pixel[]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: rampSize }, (_, i) => {
    const at = (i / (rampSize - 1)) * (stops.length - 1);
    const from = Math.min(Math.floor(at), stops.length - 2);
    return mixed(stops[from] ?? 0, stops[from + 1] ?? 0, at - from);
  });
}

/** `rgb(…)` for what is drawn by the browser. */
export const cssOf = (pixel: Pixel): string => `rgb(${pixel & 255} ${(pixel >>> 8) & 255} ${(pixel >>> 16) & 255})`;
