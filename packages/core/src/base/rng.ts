/** Random numbers from a seed, passed in wherever they are used. */
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
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
  /** Where its stream stands: whole numbers, fit for JSON. */
  state(): readonly number[];
  /** Goes on from where a generator stood. Its forks stay its own: they follow from the seed alone. */
  restore(state: readonly number[]): void;
}

/** Makes a generator from a seed: any number or text. */
export function createRng(seed: number | string): Rng {
  const digest = stableHash(`archwright:${seed}`);
  return rngOf(Number.parseInt(digest.slice(0, 8), 16) | 0, String(seed));
}

/**
 * Makes a generator from a 32-bit integer by mixing its bits (MurmurHash3's finaliser, which is one-to-one) instead of a
 * cryptographic hash: twenty times faster, for where every candidate or trial has a generator of its own.
 */
export function createQuickRng(seed: number): Rng {
  let bits = seed | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return rngOf(bits ^ (bits >>> 16), `quick/${seed | 0}`);
}

/** @param seed what the names of forks begin with. */
function rngOf(state: number, seed: string): Rng {
  let generator = xoroshiro128plus(state);
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
    state: () => generator.getState(),
    restore: (saved) => {
      generator = xoroshiro128plusFromState(saved);
    },
  };
}
