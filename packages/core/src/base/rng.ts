import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { stableHash } from "./hash.ts";

/**
 * A seeded generator. It is always an argument: nothing in the project draws from a hidden one,
 * so that the same seed gives the same result.
 */
export interface Rng {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** A whole number in [0, count). */
  int(count: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** The items in a random order (Fisher–Yates); the argument stays as it is. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent generator for a named part of the work: what one part draws never shifts another. */
  fork(label: string | number): Rng;
}

/** Makes a generator from a seed: any number or text. */
export function createRng(seed: number | string): Rng {
  const digest = stableHash(`archwright:${seed}`);
  const generator = xoroshiro128plus(Number.parseInt(digest.slice(0, 8), 16) | 0);
  const next = () => (generator.next() >>> 0) / 2 ** 32;
  const int = (count: number) => Math.floor(next() * count);
  return {
    next,
    int,
    pick: (items) => {
      if (items.length === 0) throw new RangeError("Rng.pick: nothing to pick from");
      return items[int(items.length)] as (typeof items)[number];
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (items) => {
      const order = [...items];
      for (let last = order.length - 1; last > 0; last--) {
        const other = int(last + 1);
        [order[last], order[other]] = [order[other] as (typeof order)[number], order[last] as (typeof order)[number]];
      }
      return order;
    },
    fork: (label) => createRng(`${seed}/${label}`),
  };
}
