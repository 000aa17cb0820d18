/**
 * Draws trials into the pixels of a canvas, by the processor alone. A picture of 100,000 trials takes a few milliseconds, where
 * as many shapes would take a browser without a graphics card seconds.
 */
import { standing } from "../../data/points.ts";
import { halfOf, type Pixel } from "../colours.ts";
import { margin, type Stamp, type Stamps, stampsFor } from "./stamps.ts";

export interface Palette {
  readonly ground: Pixel;
  readonly grid: Pixel;
  readonly dim: Pixel;
  readonly plain: Pixel;
  readonly infeasible: Pixel;
  readonly front: Pixel;
  readonly unknown: Pixel;
  /** From the least to the largest value of the third column. */
  readonly ramp: Uint32Array;
}

/** What is drawn of the trials, by row. */
export interface Marks {
  /** 0 for trials within all limits. */
  readonly outside: Uint8Array;
  /** Place in the palette's ramp, 255 where unknown; absent where nothing is coloured. */
  readonly shade: Uint8Array | undefined;
}

/** An interval of a trial, in pixels of the picture; those of x lie level. */
export interface ErrorBar {
  readonly level: boolean;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** `ax, bx, ay, by`: a laid-out x lies at `ax * x + bx`, in pixels of the picture. */
export type Map4 = readonly [number, number, number, number];

export class Raster {
  readonly #context: CanvasRenderingContext2D;
  #width = 0;
  #height = 0;
  #scale = 1;
  /** Larger than the canvas by a margin on each side, so that no stamp needs to be cut. */
  #image: ImageData;
  #pixels: Uint32Array;
  #ground: Uint32Array;
  #stride = 0;
  /** By row: the place of its middle in the picture, -1 where it is outside of the view or unknown. */
  #place = new Int32Array(0);
  /** The rows in the view, by how they stand. */
  #rows: readonly Int32Array[] = [];
  #laidOut: { readonly x: Float64Array; readonly y: Float64Array; readonly map: Map4 };
  #stamps: Stamps;
  #stampsOf = 0;

  /** @throws Error where the browser gives no canvas to draw on. */
  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("this browser draws no canvas");
    this.#context = context;
    this.#image = new ImageData(1, 1);
    this.#pixels = this.#ground = new Uint32Array(1);
    this.#stamps = stampsFor(1, 0, 1);
    this.#laidOut = { x: new Float64Array(0), y: new Float64Array(0), map: [0, 0, 0, 0] };
  }

  /** @param width,height in pixels of the picture, of which `scale` are one of the page. */
  resize(width: number, height: number, scale: number): void {
    if (width === this.#width && height === this.#height && scale === this.#scale) return;
    [this.#width, this.#height, this.#scale] = [width, height, scale];
    this.#context.canvas.width = width;
    this.#context.canvas.height = height;
    this.#stride = width + 2 * margin;
    this.#image = new ImageData(this.#stride, height + 2 * margin);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    this.#ground = new Uint32Array(this.#pixels.length);
    this.#stampsOf = -1;
  }

  /** Sets the ground with its lines. @param xs,ys where lines stand and lie, in pixels. */
  setGround({ ground, grid }: Palette, xs: readonly number[], ys: readonly number[]): void {
    this.#ground.fill(ground);
    for (const x of xs) this.#line(this.#ground, false, x, -margin, this.#height + margin - 1, grid, 1);
    for (const y of ys) this.#line(this.#ground, true, y, -margin, this.#width + margin - 1, grid, 1);
  }

  /**
   * Says where trials lie, and draws them pale upon the ground that was set before. NaN lies nowhere.
   * @returns how many of the compared trials lie outside of the view.
   */
  place(count: number, standings: Uint8Array, x: Float64Array, y: Float64Array, dim: Pixel, [ax, bx, ay, by]: Map4) {
    this.#laidOut = { x, y, map: [ax, bx, ay, by] };
    if (this.#place.length < count) this.#place = new Int32Array(Math.max(count, 2 * this.#place.length));
    if (this.#stampsOf !== count) {
      this.#stamps = stampsFor(this.#stride, count, this.#scale);
      this.#stampsOf = count;
    }
    const [place, width, height, stride] = [this.#place, this.#width, this.#height, this.#stride];
    const seenRows: [number[], number[], number[], number[]] = [[], [], [], []];
    let outside = 0;
    for (let row = 0; row < count; row++) {
      const left = Math.round(ax * (x[row] as number) + bx);
      const top = Math.round(ay * (y[row] as number) + by);
      const own = standings[row] as number;
      if (left >= 0 && left < width && top >= 0 && top < height) {
        const at = (top + margin) * stride + left + margin;
        place[row] = at;
        seenRows[own]?.push(row);
        put(this.#ground, at, this.#stamps.dot, dim);
      } else {
        place[row] = -1;
        if (own === standing.compared && !Number.isNaN(left + top)) outside++;
      }
    }
    this.#rows = seenRows.map((rows) => Int32Array.from(rows));
    return outside;
  }

  /** How many trials of a standing lie in the view. */
  seen(wanted: number): number {
    return this.#rows[wanted]?.length ?? 0;
  }

  /** Where a trial's middle lies, in pixels of the picture, be it in the view or not. */
  pixelOf(row: number): readonly [number, number] {
    const {
      x,
      y,
      map: [ax, bx, ay, by],
    } = this.#laidOut;
    return [ax * (x[row] ?? Number.NaN) + bx, ay * (y[row] ?? Number.NaN) + by];
  }

  /**
   * Draws everything anew. Trials outside of the limits are part of the ground, and covered by those within: a frame draws the latter only.
   * @param front rows on the front, from the best x on: they are joined as a staircase.
   * @param others rows that are drawn large as well.
   */
  draw({ outside, shade }: Marks, palette: Palette, front: Int32Array, others: Int32Array, bars: readonly ErrorBar[]): void {
    this.#pixels.set(this.#ground);
    const { disc, ring, cross, halo, front: large } = this.#stamps;
    for (const [rows, stamp, colour] of [
      [this.#rows[standing.failed], cross, palette.infeasible],
      [this.#rows[standing.infeasible], cross, palette.infeasible],
      [this.#rows[standing.earlier], ring, palette.unknown],
    ] as const) {
      if (rows) this.#stampAll(rows, outside, stamp, colour);
    }
    const compared = this.#rows[standing.compared];
    if (compared && shade) this.#stampShaded(compared, outside, disc, palette, shade);
    else if (compared) this.#stampAll(compared, outside, disc, palette.plain);
    this.#staircase(front, palette.front);
    for (const { level, at, from, to } of bars) this.#line(this.#pixels, level, at, from, to, palette.front, this.#scale);
    for (const row of [...others, ...front]) {
      const at = this.#place[row] ?? -1;
      if (at < 0) continue;
      put(this.#pixels, at, halo, palette.ground);
      put(this.#pixels, at, large, shade ? shadeOf(palette, shade[row] ?? 255) : palette.front);
    }
    this.#context.putImageData(this.#image, -margin, -margin, margin, margin, this.#width, this.#height);
  }

  #stampAll(rows: Int32Array, outside: Uint8Array, stamp: Stamp, colour: Pixel): void {
    const [place, pixels] = [this.#place, this.#pixels];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (outside[row] === 0) put(pixels, place[row] as number, stamp, colour);
    }
  }

  #stampShaded(rows: Int32Array, outside: Uint8Array, stamp: Stamp, palette: Palette, shade: Uint8Array): void {
    const [place, pixels] = [this.#place, this.#pixels];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (outside[row] === 0) put(pixels, place[row] as number, stamp, shadeOf(palette, shade[row] as number));
    }
  }

  /** The edge of what the front dominates: from each of its trials along its y to the next one's x. */
  #staircase(front: Int32Array, colour: Pixel): void {
    const thick = Math.max(1, Math.round(1.5 * this.#scale));
    let before: readonly [number, number] | undefined;
    for (const row of front) {
      const [x, y] = this.pixelOf(row);
      if (before) {
        this.#line(this.#pixels, true, before[1], before[0], x, colour, thick);
        this.#line(this.#pixels, false, x, before[1], y, colour, thick);
      }
      before = [x, y];
    }
  }

  /** A level or upright line, cut at the picture's edge. */
  #line(pixels: Uint32Array, level: boolean, at: number, from: number, to: number, colour: Pixel, thick: number): void {
    const [along, across] = level ? [this.#width, this.#height] : [this.#height, this.#width];
    const first = Math.max(-margin, Math.round(Math.min(from, to)));
    const last = Math.min(along + margin - 1, Math.round(Math.max(from, to)));
    for (let t = 0; t < thick; t++) {
      const place = Math.round(at) + t - Math.floor(thick / 2);
      if (place < -margin || place >= across + margin) continue;
      for (let step = first; step <= last; step++) {
        const [x, y] = level ? [step, place] : [place, step];
        pixels[(y + margin) * this.#stride + x + margin] = colour;
      }
    }
  }
}

const shadeOf = (palette: Palette, shade: number): Pixel => (shade === 255 ? palette.unknown : (palette.ramp[shade] ?? palette.unknown));

function put(pixels: Uint32Array, at: number, { full, half }: Stamp, colour: Pixel): void {
  for (let i = 0; i < full.length; i++) pixels[at + (full[i] as number)] = colour;
  for (let i = 0; i < half.length; i++) {
    const place = at + (half[i] as number);
    pixels[place] = halfOf(pixels[place] as number, colour);
  }
}
