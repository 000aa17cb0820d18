/** What the page of a run shows and what its reader chose: shared by the plot, the sliders and the tables. */
import { batch, signal } from "@preact/signals";
import type { PointsAnswer } from "../../../src/contract/index.ts";
import { get } from "../../data/api.ts";
import { BudgetFilter } from "../../data/budgets.ts";
import { firstAxes, onDevice } from "../../data/columns.ts";
import { FrontFinder, type FrontRows } from "../../data/front.ts";
import { type Column, PointTable } from "../../data/points.ts";
import { rememberInAddress } from "../../data/route.ts";

/** What is left within the limits. */
export interface Remaining {
  readonly within: number;
  /** Over the plot's axes, those with the best x first. */
  readonly front: FrontRows;
  /** Of the front of the experiment's own objectives, as the server has it. */
  readonly ownFront: FrontRows;
}

/** No more are pinned: more columns than these cannot be compared by eye. */
const mostPins = 6;

export class RunView {
  readonly run: string;
  readonly table = new PointTable();
  readonly filter = new BudgetFilter(this.table);
  readonly #finder = new FrontFinder();
  /** Counts up when trials were added or changed. */
  readonly data = signal(0);
  /** Counts up when limits have moved; `remaining` follows with the next frame. */
  readonly limits = signal(0);
  readonly remaining = signal<Remaining>({ within: 0, front: new Int32Array(0), ownFront: new Int32Array(0) });
  /** What remained when the limits were last still: for tables, which nobody reads while a slider moves. */
  readonly settled = signal<Remaining>(this.remaining.peek());
  #settling: ReturnType<typeof setTimeout> | undefined;
  readonly x = signal("");
  readonly y = signal("");
  readonly colour = signal("");
  readonly device = signal("");
  /** Numbers of trials. */
  readonly pins = signal<readonly number[]>([]);
  /** The row under the pointer or the keyboard's cursor, -1 for none. */
  readonly hovered = signal(-1);
  readonly loading = signal(true);
  readonly error = signal<unknown>(undefined);
  #cursor: string | undefined;
  #asking: Promise<void> | undefined;
  #askAgain = false;
  readonly #settings: URLSearchParams;
  #closed = new AbortController();

  /** @param settings of the address, as {@link remember} wrote them. */
  constructor(run: string, settings: URLSearchParams) {
    this.run = run;
    this.#settings = settings;
    this.colour.value = settings.get("colour") ?? "";
    this.device.value = settings.get("device") ?? "";
    this.pins.value = settings
      .getAll("pin")
      .map(Number)
      .filter((number) => Number.isInteger(number))
      .slice(0, mostPins);
  }

  /** Those of which anything is known; of scores that say the same in two ways, the first. */
  get columns(): readonly Column[] {
    const known = [...this.table.columns.values()].filter(({ isKnown }) => isKnown);
    const score = known.find(({ info }) => info.kind === "score");
    return known.filter(({ info }) => info.kind !== "score" || info.better === score?.info.better);
  }

  column(name: string): Column | undefined {
    return this.table.columns.get(name);
  }

  /** Asks for what is new, once more if asked while it asks. */
  load(): Promise<void> {
    this.#askAgain = true;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { signal: closed } = this.#closed;
    try {
      while (this.#askAgain) {
        this.#askAgain = false;
        const query: Record<string, string> = this.#cursor === undefined ? {} : { since: this.#cursor };
        const answer = await get<PointsAnswer>(["runs", this.run, "points"], { query, signal: closed });
        this.#cursor = answer.cursor;
        if (answer.more) this.#askAgain = true;
        this.#take(answer);
        this.error.value = undefined;
      }
      this.loading.value = false;
    } catch (error) {
      if (!closed.aborted) this.error.value = error;
    }
  }

  #take(answer: PointsAnswer): void {
    const stage = this.table.stageCompared;
    const rows = this.table.apply(answer);
    // What to show is chosen once there is something: before the first trial no column is known.
    const first = this.x.value === "" && this.columns.length > 0;
    if (rows.length === 0 && !first && answer.front === null) return;
    batch(() => {
      if (first) this.#begin();
      this.filter.refresh();
      if (first || this.table.stageCompared !== stage) this.#sort();
      else this.#finder.update(this.table, rows);
      this.recompute();
      this.data.value++;
    });
  }

  #begin(): void {
    const infos = this.columns.map(({ info }) => info);
    const usual = firstAxes(infos);
    const chosen = (key: "x" | "y") => {
      const written = this.#settings.get(key);
      return written !== null && this.table.columns.has(written) ? written : usual[key];
    };
    this.x.value = chosen("x");
    this.y.value = chosen("y");
    if (!this.table.columns.has(this.colour.value)) this.colour.value = this.#settings.has("colour") ? "" : usual.colour;
    const devices = infos.flatMap(({ device }) => (device === null ? [] : [device]));
    if (!devices.includes(this.device.value)) this.device.value = this.column(this.x.value)?.info.device ?? devices[0] ?? "";
    for (const text of this.#settings.getAll("limit")) {
      const at = text.lastIndexOf(":");
      const limit = Number(text.slice(at + 1));
      if (at > 0 && Number.isFinite(limit)) this.filter.set(text.slice(0, at), limit);
    }
  }

  #sort(): void {
    const [x, y] = [this.column(this.x.value), this.column(this.y.value)];
    if (x && y) this.#finder.sort(this.table, x, y);
  }

  /** Finds what is left within the limits. O(n) */
  recompute(): void {
    this.filter.apply();
    const own = this.table.front.flatMap((number) => this.table.rowOf(number) ?? []);
    this.remaining.value = {
      within: this.filter.within(),
      front: this.#finder.find(this.filter.outside),
      ownFront: Int32Array.from(own.filter((row) => this.filter.outside[row] === 0)),
    };
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.settled.value = this.remaining.value;
    }, 100);
  }

  setAxis(axis: "x" | "y", name: string): void {
    this.show(axis, name);
    this.remember();
  }

  /** Sets an axis without writing it into the address. */
  show(axis: "x" | "y", name: string): void {
    batch(() => {
      this[axis].value = name;
      this.#sort();
      this.recompute();
    });
  }

  setColour(name: string): void {
    this.colour.value = name;
    this.remember();
  }

  /** Shows the same numbers of another device, wherever those of one are shown. */
  setDevice(device: string): void {
    const infos = this.columns.map(({ info }) => info);
    batch(() => {
      this.device.value = device;
      this.x.value = onDevice(infos, this.x.value, device);
      this.y.value = onDevice(infos, this.y.value, device);
      this.colour.value = onDevice(infos, this.colour.value, device);
      this.#sort();
      this.recompute();
    });
    this.remember();
  }

  /** Moves a limit at once; what is left is found once a frame. */
  setLimit(name: string, limit: number | undefined): void {
    this.filter.set(name, limit);
    this.limits.value++;
  }

  clearLimits(): void {
    for (const name of [...this.filter.limits.keys()]) this.filter.set(name, undefined);
    this.limits.value++;
    this.remember();
  }

  /** @returns whether it is pinned now. */
  togglePin(number: number): boolean {
    const on = !this.pins.value.includes(number);
    this.pins.value = on ? [...this.pins.value, number].slice(-mostPins) : this.pins.value.filter((other) => other !== number);
    this.remember();
    return on;
  }

  /** Writes the reader's choices into the address. */
  remember(): void {
    const settings = new URLSearchParams({ x: this.x.value, y: this.y.value });
    settings.set("colour", this.colour.value);
    if (this.device.value !== "") settings.set("device", this.device.value);
    for (const [name, limit] of this.filter.limits) settings.append("limit", `${name}:${limit}`);
    for (const number of this.pins.value) settings.append("pin", String(number));
    rememberInAddress(settings);
  }

  close(): void {
    clearTimeout(this.#settling);
    this.#closed.abort();
  }
}
