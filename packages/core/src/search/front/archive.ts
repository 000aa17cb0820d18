/** The non-dominated ones among all that was offered. */
import { item as listed, numberAt } from "../../base/matrix.ts";
import { compareObjectives, dominates } from "./pareto.ts";

interface Entry<T> {
  readonly objectives: readonly number[];
  readonly item: T;
}

/**
 * The non-dominated ones among all feasible items offered so far. It stores the front alone, so its memory does not grow
 * with the number of offers. Of items with equal objectives the first offered stays.
 *
 * With two objectives an offer costs a binary search (and, where it enters, moving the tail of an array); otherwise a
 * scan of the front in which whoever turned the last offers down is asked first.
 */
export class ParetoArchive<T> {
  readonly #objectives: number;
  /** With two objectives in ascending order of the first, hence descending order of the second. */
  readonly #entries: Entry<T>[] = [];

  /** @param objectives how many numbers every vector has, at least 1. */
  constructor(objectives: number) {
    if (!Number.isInteger(objectives) || objectives < 1) throw new RangeError(`ParetoArchive: ${objectives} objectives`);
    this.#objectives = objectives;
  }

  /** Members of the front. */
  get size(): number {
    return this.#entries.length;
  }

  /**
   * Offers an item. Nothing enters without objectives: only feasible trials have them.
   * @returns whether it entered, and so is on the front for now.
   */
  add(objectives: readonly number[] | undefined, item: T): boolean {
    if (objectives === undefined) return false;
    if (objectives.length !== this.#objectives || objectives.some(Number.isNaN)) {
      throw new Error(`ParetoArchive: expected ${this.#objectives} numbers as objectives, got [${objectives.join(", ")}]`);
    }
    return this.#objectives === 2 ? this.#addPlanar(objectives, item) : this.#addGeneral(objectives, item);
  }

  #addPlanar(objectives: readonly number[], item: T): boolean {
    const [x, y] = objectives as [number, number];
    const entries = this.#entries;
    const objectivesAt = (index: number) => entries[index]?.objectives as readonly [number, number];
    let low = 0;
    let high = entries.length;
    // The first whose x is larger.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (objectivesAt(middle)[0] <= x) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && objectivesAt(low - 1)[1] <= y) return false;
    const start = low > 0 && objectivesAt(low - 1)[0] === x ? low - 1 : low;
    let end = low;
    while (end < entries.length && objectivesAt(end)[1] >= y) end++;
    entries.splice(start, end - start, { objectives: [x, y], item });
    return true;
  }

  #addGeneral(objectives: readonly number[], item: T): boolean {
    const entries = this.#entries;
    for (let index = 0; index < entries.length; index++) {
      const entry = listed(entries, index);
      if (!isNowhereWorse(entry.objectives, objectives)) continue;
      const ahead = index >> 1;
      [entries[index], entries[ahead]] = [listed(entries, ahead), entry];
      return false;
    }
    let kept = 0;
    for (const entry of entries) if (!dominates(objectives, entry.objectives)) entries[kept++] = entry;
    entries.length = kept;
    entries.push({ objectives: [...objectives], item });
    return true;
  }

  /** The members, in lexicographic order of their objectives. */
  entries(): { readonly objectives: readonly number[]; readonly item: T }[] {
    return [...this.#entries].sort((a, b) => compareObjectives(a.objectives, b.objectives));
  }

  /** The members' items, in lexicographic order of their objectives. */
  items(): T[] {
    return this.entries().map((entry) => entry.item);
  }

  /** The members' objective vectors, in lexicographic order. */
  front(): (readonly number[])[] {
    return this.entries().map((entry) => entry.objectives);
  }
}

function isNowhereWorse(a: readonly number[], b: readonly number[]): boolean {
  for (let axis = 0; axis < a.length; axis++) if (numberAt(a, axis) > numberAt(b, axis)) return false;
  return true;
}
