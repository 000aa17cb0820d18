/** Fronts of vectors with three objectives. */
import { intAt, item } from "../../base/matrix.ts";

/** Up to here pairs are compared one by one. */
const fewPairs = 32;

/**
 * The number of each vector's front. Divide and conquer over the first objective, with a sweep over the second and a Fenwick tree of maxima
 * over the third (the three-dimensional case of Jensen, IEEE Trans. Evol. Comput. 7(5), 2003, and Fortin, Grenier and Parizeau,
 * GECCO 2013): O(n log² n).
 * @param sorted different vectors of three objectives in lexicographic order, so that one dominates a later one where it is nowhere worse in the
 * second and third.
 */
export function spatialLevels(sorted: readonly (readonly number[])[]): Int32Array {
  const levels = new Int32Array(sorted.length);
  const second = denseRanks(sorted, 1);
  const third = denseRanks(sorted, 2);
  const best = new PrefixMaxima(sorted.length);

  /** Raises the levels of the later half above those of the earlier half that dominate them. */
  const raise = (from: number, middle: number, to: number) => {
    const earlier = bySecond(second, from, middle);
    const later = bySecond(second, middle, to);
    let next = 0;
    for (const index of later) {
      for (; next < earlier.length && intAt(second, intAt(earlier, next)) <= intAt(second, index); next++) {
        const dominator = intAt(earlier, next);
        best.raise(intAt(third, dominator), intAt(levels, dominator) + 1);
      }
      levels[index] = Math.max(intAt(levels, index), best.upTo(intAt(third, index)));
    }
    for (let place = 0; place < next; place++) best.clear(intAt(third, intAt(earlier, place)));
  };

  const solve = (from: number, to: number) => {
    if (to - from <= fewPairs) {
      for (let index = from + 1; index < to; index++) {
        for (let other = from; other < index; other++) {
          const dominates = intAt(second, other) <= intAt(second, index) && intAt(third, other) <= intAt(third, index);
          if (dominates && intAt(levels, other) >= intAt(levels, index)) levels[index] = intAt(levels, other) + 1;
        }
      }
      return;
    }
    const middle = (from + to) >> 1;
    solve(from, middle);
    raise(from, middle, to);
    solve(middle, to);
  };
  solve(0, sorted.length);
  return levels;
}

/** Ranks from 0; equal values have equal ranks. */
function denseRanks(vectors: readonly (readonly number[])[], axis: number): Int32Array {
  const value = (index: number) => item(vectors, index)[axis] as number;
  const order = Array.from(vectors, (_, index) => index).sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
  const ranks = new Int32Array(vectors.length);
  let rank = -1;
  let previous = Number.NaN;
  for (const index of order) {
    if (value(index) !== previous) rank++;
    previous = value(index);
    ranks[index] = rank;
  }
  return ranks;
}

/** The indices of a stretch in order of their second rank. Numbers are sorted without a comparison function: much faster. */
function bySecond(second: Int32Array, from: number, to: number): Int32Array {
  const count = second.length;
  const keys = new Float64Array(to - from);
  for (let place = 0; place < keys.length; place++) keys[place] = intAt(second, from + place) * count + from + place;
  return Int32Array.from(keys.sort(), (key) => key % count);
}

/** The largest of the numbers entered at ranks up to one, in a Fenwick tree. */
class PrefixMaxima {
  readonly #maxima: Int32Array;

  constructor(ranks: number) {
    this.#maxima = new Int32Array(ranks + 1);
  }

  raise(rank: number, value: number): void {
    for (let node = rank + 1; node < this.#maxima.length; node += node & -node) {
      if (intAt(this.#maxima, node) < value) this.#maxima[node] = value;
    }
  }

  /** Of ranks up to this one; 0 where nothing was entered. */
  upTo(rank: number): number {
    let most = 0;
    for (let node = rank + 1; node > 0; node -= node & -node) most = Math.max(most, intAt(this.#maxima, node));
    return most;
  }

  /** Forgets whatever may have been entered at this rank; meant for all ranks that were. */
  clear(rank: number): void {
    for (let node = rank + 1; node < this.#maxima.length; node += node & -node) this.#maxima[node] = 0;
  }
}
