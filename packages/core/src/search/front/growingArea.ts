/** The hypervolume of two objectives while points are added. */

/**
 * What the points so far dominate of the box that ends at the reference; both objectives are minimised. An addition costs a binary
 * search, and where the point enters the staircase, moving the tail of an array.
 */
export class GrowingArea {
  readonly #reference: readonly [number, number];
  /** Ascending, of the points on the staircase; the heights descend. */
  readonly #xs: number[] = [];
  readonly #ys: number[] = [];
  #area = 0;

  constructor(reference: readonly [number, number]) {
    this.#reference = reference;
  }

  get area(): number {
    return this.#area;
  }

  /** @returns whether the area grew. */
  add(x: number, y: number): boolean {
    const [xs, ys] = [this.#xs, this.#ys];
    const [right, top] = this.#reference;
    // Also where one of them is not a number.
    if (!(x < right && y < top)) return false;
    const after = this.#firstBeyond(x);
    if (after > 0 && (ys[after - 1] as number) <= y) return false;
    const start = after > 0 && xs[after - 1] === x ? after - 1 : after;
    let end = after;
    let [from, height] = [x, start > 0 ? (ys[start - 1] as number) : top];
    for (let i = start; ; i++) {
      const to = i < xs.length ? (xs[i] as number) : right;
      this.#area += (to - from) * (height - y);
      end = i;
      if (i === xs.length || (ys[i] as number) < y) break;
      [from, height] = [to, ys[i] as number];
    }
    xs.splice(start, end - start, x);
    ys.splice(start, end - start, y);
    return true;
  }

  /** The first place on the staircase whose x is larger. */
  #firstBeyond(x: number): number {
    let low = 0;
    let high = this.#xs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#xs[middle] as number) <= x) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
