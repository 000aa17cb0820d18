/** What several tests at once need, and how large a difference is. */
import { numberAt } from "../../../base/matrix.ts";

/**
 * p-values adjusted for being looked at together, in the order given (Holm, Scand. J. Stat. 6, 1979): calling different what is at
 * most α keeps the probability of any false call at most α, however the tests depend on each other.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => numberAt(pValues, i) - numberAt(pValues, j) || i - j);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  order.forEach((index, place) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - place) * numberAt(pValues, index)));
    adjusted[index] = largest;
  });
  return adjusted;
}

/**
 * Vargha and Delaney's Â₁₂ (J. Educ. Behav. Stat. 25(2), 2000): the probability that a value of `a` is above one of `b`, ties
 * counting half. They call .56, .64 and .71 small, medium and large.
 */
export function varghaDelaney(a: readonly number[], b: readonly number[]): number {
  const sorted = Float64Array.from(b).sort();
  const below = (value: number, orEqual: boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = sorted[middle] as number;
      if (orEqual ? other <= value : other < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = a.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return wins / (a.length * b.length);
}
