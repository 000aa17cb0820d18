/** The numbers of all trials of a run as columns in memory, kept up to date from a store. */
import { type BlockColumn, laterFlags, type Store, statusCodes, type TrialBlock } from "../../experiment/index.ts";

/** Columns grow by doubling, from this many trials on. */
const leastCapacity = 1024;

/**
 * Follows a run: each {@link update} reads what was written since the last one. The row of a trial is its number; a row without a trial
 * has status 0. Numbers are 64-bit floats, NaN where unknown. About a hundred bytes a trial, and 32 for each cost of a device.
 */
export class TrialColumns {
  readonly #store: Pick<Store, "blocks">;
  readonly #run: string;
  readonly #columns = new Map<string, BlockColumn>();
  #capacity = leastCapacity;
  #rows = 0;
  #count = 0;
  #cursor = 0;
  #later = 0;

  constructor(store: Pick<Store, "blocks">, run: string) {
    this.#store = store;
    this.#run = run;
  }

  /** One above the highest number of a trial. */
  get rows(): number {
    return this.#rows;
  }

  /** How many trials there are. */
  get count(): number {
    return this.#count;
  }

  /** What was read: `RunCursor.trials`. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether any trial was retrained. */
  get retrained(): boolean {
    return (this.#later & laterFlags.retrainings) !== 0;
  }

  /**
   * Reads what was written since the last call.
   * @param parts at most so many answers of the store, of some 65,000 trials each; all of them where it is not given.
   * @returns whether there is more to read.
   */
  update(parts = Number.POSITIVE_INFINITY): boolean {
    for (let part = 0; part < parts; part++) {
      const { blocks, cursor, more } = this.#store.blocks(this.#run, this.#cursor);
      for (const block of blocks) this.#add(block);
      this.#cursor = cursor;
      if (!more) return false;
    }
    return true;
  }

  /** A column of {@link TrialBlock} as far as {@link rows}; undefined where no trial has it. To be read only, and until the next update. */
  numbers(name: string): Float64Array | undefined {
    const column = this.#columns.get(name);
    return column instanceof Float64Array ? column.subarray(0, this.#rows) : undefined;
  }

  /** The same, of a column of codes. */
  codes(name: string): Uint8Array {
    const column = this.#columns.get(name);
    return column instanceof Uint8Array ? column.subarray(0, this.#rows) : new Uint8Array(this.#rows);
  }

  /** The names of all columns that a trial has or had. */
  names(): readonly string[] {
    return [...this.#columns.keys()];
  }

  /** Numbers of the feasible trials, ascending. */
  feasible(): Int32Array {
    const status = this.codes("status");
    const found = new Int32Array(this.#count);
    let count = 0;
    for (let row = 0; row < status.length; row++) if (status[row] === statusCodes.feasible) found[count++] = row;
    return found.subarray(0, count);
  }

  #add({ count, columns }: TrialBlock): void {
    const [numbers, writes] = [columns.get("number"), columns.get("write")] as [Float64Array, Float64Array];
    const last = numbers.reduce((most, number) => Math.max(most, number), -1);
    this.#grow(last + 1);
    const [known, status] = [this.#column("write", writes), this.#column("status", new Uint8Array(0))];
    // What was read in a newer state stays: a block may hold what a reader has seen.
    let isNew = true;
    let [from, to] = [new Int32Array(count), new Int32Array(count)];
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const row = numbers[i] as number;
      if (status[row] !== 0) {
        isNew = false;
        if ((known[row] as number) >= (writes[i] as number)) continue;
      } else this.#count++;
      [from[kept], to[kept]] = [i, row];
      kept++;
    }
    [from, to] = [from.subarray(0, kept), to.subarray(0, kept)];
    for (const [name, column] of columns) {
      const target = this.#column(name, column);
      for (let i = 0; i < kept; i++) target[to[i] as number] = column[from[i] as number] as number;
    }
    if (!isNew) this.#forgetOthers(columns, to);
    for (const flags of columns.get("later") ?? []) this.#later |= flags;
  }

  /** What a changed trial no longer has. */
  #forgetOthers(columns: TrialBlock["columns"], rows: Int32Array): void {
    for (const [name, column] of this.#columns) {
      if (columns.has(name)) continue;
      const nothing = column instanceof Uint8Array ? 0 : Number.NaN;
      for (const row of rows) column[row] = nothing;
    }
  }

  #column(name: string, like: BlockColumn): BlockColumn {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = like instanceof Uint8Array ? new Uint8Array(this.#capacity) : new Float64Array(this.#capacity).fill(Number.NaN);
      this.#columns.set(name, column);
    }
    return column;
  }

  #grow(rows: number): void {
    this.#rows = Math.max(this.#rows, rows);
    if (rows <= this.#capacity) return;
    while (this.#capacity < rows) this.#capacity *= 2;
    for (const [name, column] of this.#columns) {
      const larger = column instanceof Uint8Array ? new Uint8Array(this.#capacity) : new Float64Array(this.#capacity);
      larger.set(column);
      if (larger instanceof Float64Array) larger.fill(Number.NaN, column.length);
      this.#columns.set(name, larger);
    }
  }
}
