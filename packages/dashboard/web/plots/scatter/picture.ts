/** The plot's state between frames: axes, view, what lies where; draws when asked, once a frame. */
import { shownUnit } from "../../data/columns.ts";
import { extentOf, standing } from "../../data/points.ts";
import type { RunView } from "../../pages/run/view.ts";
import { mixed, pixelOf, rampOf, rampSize } from "../colours.ts";
import { laidOut, moved, type Span, spanOf, ticksOf, usuallyLogarithmic, valueAt, zoomed } from "../scale.ts";
import { type ErrorBar, type Palette, Raster } from "./raster.ts";

export interface Axis {
  readonly name: string;
  readonly logarithmic: boolean;
  readonly span: Span;
}

/** More intervals than these would hide the trials. */
const mostBars = 150;

export class Picture {
  readonly #view: RunView;
  readonly #raster: Raster;
  readonly #canvas: HTMLCanvasElement;
  #palette: Palette | undefined;
  #values: { x: Float64Array; y: Float64Array } = { x: new Float64Array(0), y: new Float64Array(0) };
  #shade: Uint8Array | undefined;
  /** In pixels of the page. */
  width = 0;
  height = 0;
  x: Axis = { name: "", logarithmic: false, span: { from: 0, to: 1 } };
  y: Axis = { name: "", logarithmic: false, span: { from: 0, to: 1 } };
  /** The ends of the third column's values, where it colours. */
  shades: readonly [number, number] | undefined;
  /** Compared trials outside of the view. */
  unseen = 0;
  /** Whether the reader moved the view: then new trials leave it where it is. */
  isMoved = false;
  showBars = true;
  #chosenLog: { readonly x?: boolean; readonly y?: boolean } = {};

  constructor(view: RunView, canvas: HTMLCanvasElement) {
    this.#view = view;
    this.#canvas = canvas;
    this.#raster = new Raster(canvas);
  }

  /** Takes up new trials, other columns or another kind of axis. */
  layOut(): void {
    const { table } = this.#view;
    const same = this.x.name === this.#view.x.value && this.y.name === this.#view.y.value;
    if (!same) {
      this.isMoved = false;
      this.#chosenLog = {};
    }
    this.x = this.#axis("x", this.#view.x.value);
    this.y = this.#axis("y", this.#view.y.value);
    const values = ({ name, logarithmic }: Axis) => {
      const own = this.#view.column(name)?.values ?? new Float64Array(table.number.length).fill(Number.NaN);
      return logarithmic ? own.map((value) => laidOut(value, true)) : own;
    };
    this.#values = { x: values(this.x), y: values(this.y) };
    this.#layOutShades();
    this.#place();
  }

  #axis(axis: "x" | "y", name: string): Axis {
    const { table } = this.#view;
    const column = this.#view.column(name);
    const before = this[axis];
    const other = this.#view.column(axis === "x" ? this.#view.y.value : this.#view.x.value);
    // Only trials that have both numbers are drawn; those that are compared fill the view.
    const drawn = (row: number) => !Number.isNaN(other?.values[row] ?? Number.NaN);
    const compared = (row: number) => table.standing[row] === standing.compared && drawn(row);
    const extent =
      column &&
      (extentOf(column.values, table.count, compared) ??
        extentOf(column.values, table.count, drawn) ??
        extentOf(column.values, table.count));
    const known = extent ?? [0, 1];
    const logarithmic = (this.#chosenLog[axis] ?? (column?.info.kind !== "score" && usuallyLogarithmic(known))) && known[0] > 0;
    const keeps = this.isMoved && before.name === name && before.logarithmic === logarithmic;
    return { name, logarithmic, span: keeps ? before.span : spanOf(known, logarithmic) };
  }

  #layOutShades(): void {
    const { table } = this.#view;
    const column = this.#view.column(this.#view.colour.value);
    const compared = (row: number) => table.standing[row] === standing.compared;
    const extent = column && extentOf(column.values, table.count, compared);
    this.shades = extent;
    if (!column || !extent) {
      this.#shade = undefined;
      return;
    }
    const logarithmic = usuallyLogarithmic(extent);
    const [from, to] = [laidOut(extent[0], logarithmic), laidOut(extent[1], logarithmic)];
    const shade = new Uint8Array(table.number.length);
    for (let row = 0; row < table.count; row++) {
      const at = (laidOut(column.values[row] ?? Number.NaN, logarithmic) - from) / (to - from || 1);
      shade[row] = Number.isNaN(at) ? 255 : Math.round(Math.max(0, Math.min(1, at)) * (rampSize - 1));
    }
    this.#shade = shade;
  }

  setLogarithmic(axis: "x" | "y", on: boolean): void {
    this.#chosenLog = { ...this.#chosenLog, [axis]: on };
    this.isMoved = false;
    this.layOut();
  }

  /** Reads the colours of the style sheet again. */
  setColours(): void {
    const [surface, accent] = [pixelOf("--surface"), pixelOf("--accent")];
    this.#palette = {
      ground: surface,
      grid: mixed(surface, pixelOf("--line"), 0.7),
      dim: mixed(surface, pixelOf("--line-strong"), 0.35),
      plain: mixed(surface, accent, 0.6),
      infeasible: mixed(surface, pixelOf("--warning"), 0.55),
      front: accent,
      unknown: pixelOf("--line-strong"),
      ramp: rampOf([pixelOf("--ramp-least"), pixelOf("--ramp-middle"), pixelOf("--ramp-most")]),
    };
    this.#place();
  }

  get ramp(): Uint32Array {
    return this.#palette?.ramp ?? new Uint32Array(0);
  }

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    [this.width, this.height] = [width, height];
    this.#place();
  }

  get #scale(): number {
    // Finer pixels are four times the work; where trials lie in heaps nobody sees them.
    return this.#view.table.count > 20_000 ? 1 : Math.min(2, Math.max(1, devicePixelRatio));
  }

  #place(): void {
    if (this.width === 0 || !this.#palette) return;
    const scale = this.#scale;
    const [width, height] = [Math.round(this.width * scale), Math.round(this.height * scale)];
    this.#raster.resize(width, height, scale);
    this.#raster.setGround(
      this.#palette,
      this.ticks("x").map(({ share }) => Math.round(share * (width - 1))),
      this.ticks("y").map(({ share }) => Math.round((1 - share) * (height - 1))),
    );
    const { x, y } = this.#values;
    const [ax, ay] = [(width - 1) / (this.x.span.to - this.x.span.from), -(height - 1) / (this.y.span.to - this.y.span.from)];
    const { count, standing: standings } = this.#view.table;
    this.unseen = this.#raster.place(count, standings, x, y, this.#palette.dim, [
      ax,
      -ax * this.x.span.from,
      ay,
      height - 1 - ay * this.y.span.from,
    ]);
  }

  /** Round values, and at which share of the axis they lie. */
  ticks(axis: "x" | "y"): readonly { readonly share: number; readonly value: number }[] {
    const { span, logarithmic } = this[axis];
    const most = Math.max(2, Math.floor((axis === "x" ? this.width : this.height) / (axis === "x" ? 90 : 48)));
    return ticksOf(span, logarithmic, this.unit(axis).factor, most)
      .map(({ at, value }) => ({ share: (at - span.from) / (span.to - span.from), value }))
      .filter(({ share }) => share >= 0 && share <= 1);
  }

  /** How values of an axis are shown. */
  unit(axis: "x" | "y"): { readonly factor: number; readonly unit: string } {
    const { span, logarithmic, name } = this[axis];
    const info = this.#view.column(name)?.info;
    const largest = Math.max(Math.abs(valueAt(span.from, logarithmic)), Math.abs(valueAt(span.to, logarithmic)));
    return info ? shownUnit(info, largest) : { factor: 1, unit: "" };
  }

  draw(): void {
    if (this.width === 0 || !this.#palette) return;
    const { filter, remaining } = this.#view;
    const marks = { outside: filter.outside, shade: this.#shade };
    this.#raster.draw(
      marks,
      this.#palette,
      remaining.value.front,
      remaining.value.ownFront,
      this.showBars ? this.#bars(remaining.value.front) : [],
    );
    // For whoever drives the page by program: a frame with these limits is on the screen.
    this.#canvas.dataset.within = String(remaining.value.within);
    this.#canvas.dataset.front = String(remaining.value.front.length);
  }

  /** The 95 % intervals and deviations of the front's trials and of those pinned, where there are some. */
  #bars(front: Int32Array): readonly ErrorBar[] {
    const pinned = this.#view.pins.value.flatMap((number) => this.#view.table.rowOf(number) ?? []);
    if (front.length > mostBars) return this.#barsOf(pinned);
    return this.#barsOf([...new Set([...front, ...pinned])]);
  }

  #barsOf(rows: readonly number[]): readonly ErrorBar[] {
    const scale = this.#scale;
    return rows.flatMap((row) =>
      (["x", "y"] as const).flatMap((axis) => {
        const interval = intervalOf(this.#view, this[axis].name, row);
        const [left, top] = this.#raster.pixelOf(row);
        if (!interval || !Number.isFinite(left) || !Number.isFinite(top)) return [];
        const [from, to] = interval.map((value) => this.#along(axis, laidOut(value, this[axis].logarithmic)) * scale) as [number, number];
        return Number.isNaN(from + to) ? [] : [{ level: axis === "x", at: axis === "x" ? top : left, from, to }];
      }),
    );
  }

  /** Where a laid-out value lies, in pixels of the page from the left or the top. */
  #along(axis: "x" | "y", at: number): number {
    const { span } = this[axis];
    const share = (at - span.from) / (span.to - span.from);
    return axis === "x" ? share * (this.width - 1) : (1 - share) * (this.height - 1);
  }

  /** Where a trial lies, in pixels of the page; undefined where it is unknown or outside of the view. */
  positionOf(row: number): { readonly left: number; readonly top: number } | undefined {
    const [left, top] = this.#raster.pixelOf(row).map((pixel) => pixel / this.#scale);
    if (left === undefined || top === undefined || !(left >= 0 && left <= this.width && top >= 0 && top <= this.height)) return undefined;
    return { left, top };
  }

  /** Whether trials of a standing are drawn. */
  shows(wanted: number): boolean {
    return this.#raster.seen(wanted) > 0;
  }

  /** The trial nearest to a place, those on the front first; -1 where none is near. */
  nearest(left: number, top: number, reach = 12): number {
    const { table, filter, remaining } = this.#view;
    const scale = this.#scale;
    let [found, least] = [-1, (reach * scale) ** 2];
    const look = (row: number, favour: number) => {
      const [x, y] = this.#raster.pixelOf(row);
      const distance = ((x - left * scale) ** 2 + (y - top * scale) ** 2) * favour;
      if (distance < least) [found, least] = [row, distance];
    };
    for (const row of remaining.value.front) look(row, 0.25);
    for (let row = 0; row < table.count; row++) look(row, filter.outside[row] === 0 ? 1 : 4);
    return found;
  }

  /** Around a place, in shares of the width and height from the lower left. */
  zoom(times: number, shareX = 0.5, shareY = 0.5): void {
    this.#move({ x: zoomed(this.x.span, shareX, times), y: zoomed(this.y.span, shareY, times) });
  }

  pan(shareX: number, shareY: number): void {
    this.#move({ x: moved(this.x.span, shareX), y: moved(this.y.span, shareY) });
  }

  /** Shows what lies between two places, in pixels of the page. */
  showBox(box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }): void {
    const along = ({ from, to }: Span, share: number) => from + share * (to - from);
    this.#move({
      x: { from: along(this.x.span, box.left / this.width), to: along(this.x.span, box.right / this.width) },
      y: { from: along(this.y.span, 1 - box.bottom / this.height), to: along(this.y.span, 1 - box.top / this.height) },
    });
  }

  reset(): void {
    this.isMoved = false;
    this.layOut();
  }

  #move({ x, y }: { readonly x: Span; readonly y: Span }): void {
    this.isMoved = true;
    this.x = { ...this.x, span: x };
    this.y = { ...this.y, span: y };
    this.#place();
  }
}

/** The ends of what is known of a value: its 95 % interval, or a deviation over seeds to both sides. */
export function intervalOf(view: RunView, name: string, row: number): readonly [number, number] | undefined {
  const column = view.column(name);
  const [low, high, sd, value] = [column?.low?.[row], column?.high?.[row], column?.sd?.[row], column?.values[row]];
  if (low !== undefined && high !== undefined && !Number.isNaN(low + high)) return [low, high];
  if (sd !== undefined && value !== undefined && !Number.isNaN(sd)) return [value - sd, value + sd];
  return undefined;
}
