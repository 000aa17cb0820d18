/** The front over two columns: sorted once, then found again in one pass whenever the limits move. */
import { type Column, type PointTable, standing } from "./points.ts";

/** Rows on the front, those with the best x first; equal points are all on it. */
export type FrontRows = Int32Array<ArrayBuffer>;

export class FrontFinder {
  #x: Column | undefined;
  #y: Column | undefined;
  /** Compared rows whose x and y are known, by x and then y, the best first. */
  #order = new Int32Array(0);

  /** Takes two columns; there is no front where of one of them neither way is better. O(n log n). */
  sort(table: PointTable, x: Column, y: Column): void {
    [this.#x, this.#y] = [x, y];
    const rows = new Int32Array(table.count);
    for (let row = 0; row < table.count; row++) rows[row] = row;
    this.#order = this.#sorted(table, rows);
  }

  /** Takes up rows that are new or changed: O(n) and the sorting of those rows. */
  update(table: PointTable, changed: Int32Array<ArrayBuffer>): void {
    if (!this.#x || !this.#y) return;
    const isChanged = new Uint8Array(table.count);
    for (const row of changed) isChanged[row] = 1;
    const kept = this.#order.filter((row) => isChanged[row] === 0 && table.standing[row] === standing.compared);
    const added = this.#sorted(table, changed);
    const merged = new Int32Array(kept.length + added.length);
    const before = this.#comparison();
    for (let at = 0, i = 0, j = 0; at < merged.length; at++) {
      const [a, b] = [kept[i], added[j]];
      if (b === undefined || (a !== undefined && before(a, b) <= 0)) {
        merged[at] = a ?? 0;
        i++;
      } else {
        merged[at] = b;
        j++;
      }
    }
    this.#order = merged;
  }

  /** @param outside by row, 0 for those that are within all limits. O(n) */
  find(outside: Uint8Array): FrontRows {
    const found: number[] = [];
    if (!this.#x?.info.better || !this.#y?.info.better) return new Int32Array(0);
    const [x, y] = [this.#x.values, this.#y.values];
    const sign = signOf(this.#y);
    let [best, bestX] = [Number.POSITIVE_INFINITY, Number.NaN];
    for (const row of this.#order) {
      if (outside[row] !== 0) continue;
      const value = sign * (y[row] ?? Number.NaN);
      if (value < best || (value === best && x[row] === bestX)) {
        [best, bestX] = [value, x[row] ?? Number.NaN];
        found.push(row);
      }
    }
    return Int32Array.from(found);
  }

  #sorted(table: PointTable, rows: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
    const [x, y] = [this.#x?.values, this.#y?.values];
    if (!x || !y) return new Int32Array(0);
    const known = (row: number) => !Number.isNaN(x[row] ?? Number.NaN) && !Number.isNaN(y[row] ?? Number.NaN);
    return rows.filter((row) => table.standing[row] === standing.compared && known(row)).sort(this.#comparison());
  }

  #comparison(): (a: number, b: number) => number {
    const [x, y] = [this.#x?.values ?? new Float64Array(0), this.#y?.values ?? new Float64Array(0)];
    const [signX, signY] = [signOf(this.#x), signOf(this.#y)];
    return (a, b) => signX * ((x[a] ?? 0) - (x[b] ?? 0)) || signY * ((y[a] ?? 0) - (y[b] ?? 0));
  }
}

const signOf = (column: Column | undefined) => (column?.info.better === "higher" ? -1 : 1);
