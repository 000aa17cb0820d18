/** The shapes that stand for trials, as the places of their pixels around the middle. */

/** Offsets from the middle pixel, in a picture of one width: those that are covered, and those at the edge that are half covered. */
export interface Stamp {
  readonly full: Int32Array;
  readonly half: Int32Array;
  /** No pixel is farther from the middle, in x or y. */
  readonly reach: number;
}

export interface Stamps {
  /** Within the limits and feasible. */
  readonly disc: Stamp;
  /** Feasible, of an earlier stage of training. */
  readonly ring: Stamp;
  /** Over the experiment's budget, or failed: told apart by shape, not by colour alone. */
  readonly cross: Stamp;
  /** Outside the limits that are set on the page. */
  readonly dot: Stamp;
  /** On the front, and its edge in the colour of the ground. */
  readonly front: Stamp;
  readonly halo: Stamp;
}

/** The largest reach of all stamps at any scale. */
export const margin = 16;

/**
 * @param width of the picture, in pixels.
 * @param count trials that are shown: the more, the smaller they are.
 * @param scale pixels of the picture to one of the style sheet.
 */
export function stampsFor(width: number, count: number, scale: number): Stamps {
  const radius = scale * (count > 30_000 ? 1.4 : count > 5000 ? 2 : count > 600 ? 3 : 4);
  // Half covered pixels are read as well as written: so many trials go without.
  const inside = (test: (x: number, y: number) => boolean) => stamp(width, test, count <= 30_000);
  const disc = (r: number) => inside((x, y) => x * x + y * y <= r * r);
  const thin = Math.max(1, 0.9 * scale);
  return {
    disc: disc(radius),
    ring: inside((x, y) => Math.abs(Math.hypot(x, y) - radius) <= thin / 1.5),
    cross: inside((x, y) => Math.abs(Math.abs(x) - Math.abs(y)) <= thin / 1.3 && Math.max(Math.abs(x), Math.abs(y)) <= radius),
    dot: disc(Math.max(0.8, radius / 2)),
    front: stamp(width, (x, y) => x * x + y * y <= (4 * scale) ** 2, true),
    halo: stamp(width, (x, y) => x * x + y * y <= (5.5 * scale) ** 2, true),
  };
}

/** Covers a pixel as far as of its four quarters lie inside: all, or half where some do. */
function stamp(width: number, inside: (x: number, y: number) => boolean, soft: boolean): Stamp {
  const [full, half]: [number[], number[]] = [[], []];
  let reach = 0;
  for (let y = -margin; y <= margin; y++) {
    for (let x = -margin; x <= margin; x++) {
      const quarters = [-0.25, 0.25].flatMap((dy) => [-0.25, 0.25].map((dx) => inside(x + dx, y + dy))).filter(Boolean).length;
      if (quarters === 0) continue;
      if (quarters >= 3) full.push(y * width + x);
      else if (soft) half.push(y * width + x);
      reach = Math.max(reach, Math.abs(x), Math.abs(y));
    }
  }
  return { full: Int32Array.from(full), half: Int32Array.from(half), reach };
}
