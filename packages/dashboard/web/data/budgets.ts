/** Limits that are set on the page, and which trials are within all of them. */
import type { Column, PointTable } from "./points.ts";
import { standing } from "./points.ts";

/** Whether a value is outside a limit. What is not known is not within any: nobody can say that it is. */
function exceeds(value: number, limit: number, better: "lower" | "higher"): boolean {
  return better === "lower" ? !(value <= limit) : !(value >= limit);
}

/**
 * Keeps for each trial how many limits it is outside of, so that moving one limit looks at one column only: O(n).
 * Limits are noted at once and looked at by {@link apply}: a slider moves several times a frame. Up to 255 limits.
 */
export class BudgetFilter {
  readonly #table: PointTable;
  readonly #limits = new Map<string, number>();
  /** The limits that `outside` stands for. */
  readonly #applied = new Map<string, number>();
  /** By row: how many limits it is outside of, when they were last applied. */
  outside = new Uint8Array(0);

  constructor(table: PointTable) {
    this.#table = table;
  }

  get limits(): ReadonlyMap<string, number> {
    return this.#limits;
  }

  /** @param limit in the column's unit; undefined takes the limit away. Columns of which neither way is better have none. */
  set(name: string, limit: number | undefined): void {
    if (limit === undefined) this.#limits.delete(name);
    else this.#limits.set(name, limit);
  }

  /** Looks at the columns whose limits have moved. */
  apply(): void {
    for (const name of new Set([...this.#limits.keys(), ...this.#applied.keys()])) {
      const [before, after] = [this.#applied.get(name), this.#limits.get(name)];
      if (before === after) continue;
      const column = this.#table.columns.get(name);
      if (column?.info.better) this.#move(column, column.info.better, before, after);
      if (after === undefined) this.#applied.delete(name);
      else this.#applied.set(name, after);
    }
  }

  /** To be called when trials were added or changed. */
  refresh(): void {
    this.outside = new Uint8Array(this.#table.number.length);
    this.#applied.clear();
    this.apply();
  }

  #move({ values }: Column, better: "lower" | "higher", before: number | undefined, after: number | undefined): void {
    const { outside } = this;
    for (let row = 0; row < this.#table.count; row++) {
      const value = values[row] ?? Number.NaN;
      const was = before !== undefined && exceeds(value, before, better);
      const is = after !== undefined && exceeds(value, after, better);
      if (was !== is) outside[row] = (outside[row] ?? 0) + (is ? 1 : -1);
    }
  }

  /** Of the trials that are compared: how many are within all limits. */
  within(): number {
    let count = 0;
    for (let row = 0; row < this.#table.count; row++) {
      if (this.outside[row] === 0 && this.#table.standing[row] === standing.compared) count++;
    }
    return count;
  }

  /**
   * Where few or none are within: the limit without which most trials would be, and how many.
   * Undefined where no single limit is to blame.
   */
  tightest(): { readonly name: string; readonly without: number } | undefined {
    let best: { readonly name: string; readonly without: number } | undefined;
    for (const [name, limit] of this.#limits) {
      const column = this.#table.columns.get(name);
      const better = column?.info.better;
      if (!column || !better) continue;
      let without = 0;
      for (let row = 0; row < this.#table.count; row++) {
        if (this.outside[row] !== 1 || this.#table.standing[row] !== standing.compared) continue;
        if (exceeds(column.values[row] ?? Number.NaN, limit, better)) without++;
      }
      if (without > (best?.without ?? 0)) best = { name, without };
    }
    return best;
  }

  /** The best known value of a column among the compared trials within all limits, and whose it is. */
  best({ values, info }: Column): { readonly row: number; readonly value: number } | undefined {
    const sign = info.better === "higher" ? -1 : 1;
    let [found, least] = [-1, Number.POSITIVE_INFINITY];
    for (let row = 0; row < this.#table.count; row++) {
      const value = sign * (values[row] ?? Number.NaN);
      if (value < least && this.outside[row] === 0 && this.#table.standing[row] === standing.compared) [found, least] = [row, value];
    }
    return found < 0 ? undefined : { row: found, value: sign * least };
  }
}
