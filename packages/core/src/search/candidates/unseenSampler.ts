/** Draws architectures that were neither asked for nor told before. */
import type { Rng } from "../../base/index.ts";
import type { Variation } from "../searcher.ts";

/** A space of up to this many architectures can be listed, and so searched to its end. */
export const listedSize = 50_000;
/** Samples tried for a candidate before a small space is listed, or a large one searched by a chain of mutations. */
const samples = 64;
/** Tries, every second a step of a mutation chain, before a large space counts as exhausted. */
const triesInLargeSpace = 2_000;

/**
 * What a run has asked or been told, and how it comes by something new. Keeps 53 bits of hash of each canonical text: two of
 * a million texts collide with probability 6e-5, and then one of them is never proposed.
 */
export class UnseenSampler<G> {
  readonly #space: Variation<G>;
  readonly #listingRng: Rng;
  /** Hashes, with how many were seen before. */
  readonly #seen = new Map<number, number>();
  /** All canonical texts of a small space in a random order, last first; those at the end that were seen are dropped. */
  #listing: string[] | undefined;

  /** @param rng draws the order of the listing, whenever it is made. */
  constructor(space: Variation<G>, rng: Rng) {
    this.#space = space;
    this.#listingRng = rng;
  }

  /** How many were seen. */
  get count(): number {
    return this.#seen.size;
  }

  /** Notes a genotype; says whether it is new. */
  markSeen(genotype: G): boolean {
    const hash = hash53(this.#space.format(genotype));
    if (this.#seen.has(hash)) return false;
    this.#seen.set(hash, this.#seen.size);
    return true;
  }

  /** Whether a genotype was seen, among the first `within` that were. */
  isSeen(genotype: G, within = Number.POSITIVE_INFINITY): boolean {
    return (this.#seen.get(hash53(this.#space.format(genotype))) ?? Number.POSITIVE_INFINITY) < within;
  }

  /**
   * A new genotype, noted: a sample while a quarter of the space is unseen; failing that, the next of the listing of a small space,
   * or in a large one the first new one of more samples and a mutation chain. Nothing where the limit of tries is reached.
   * Whether the listing is used depends on what was seen alone, so that a replay takes the same way.
   */
  sample(rng: Rng): G | undefined {
    const { size } = this.#space;
    const isListed = size <= listedSize;
    if (!isListed || 4 * this.count < 3 * Number(size)) {
      for (let tries = 0; tries < samples; tries++) {
        const genotype = this.#space.sample(rng);
        if (this.markSeen(genotype)) return genotype;
      }
    }
    return isListed ? this.#next() : this.#chain(rng);
  }

  #next(): G | undefined {
    this.#listing ??= listSpace(this.#space, this.#listingRng);
    for (let text = this.#listing.pop(); text !== undefined; text = this.#listing.pop()) {
      const genotype = this.#space.parse(text);
      if (this.markSeen(genotype)) return genotype;
    }
    return undefined;
  }

  #chain(rng: Rng): G | undefined {
    let link = this.#space.sample(rng);
    for (let tries = 0; tries < triesInLargeSpace; tries += 2) {
      link = this.#space.mutate(link, rng);
      if (this.markSeen(link)) return link;
      const genotype = this.#space.sample(rng);
      if (this.markSeen(genotype)) return genotype;
    }
    return undefined;
  }
}

/**
 * The canonical texts of a small space in a random order, which depends on nothing but the generator. Where the space cannot
 * enumerate itself they are found by sampling and by mutating what was found. That ends when `size` are found, or after 20 × size + 1000 tries without a new one, so that a text as
 * likely as the others is missed with probability e⁻²⁰ (and a space that claims more than it holds still ends).
 */
export function listSpace<G>(space: Variation<G>, rng: Rng): string[] {
  if (space.enumerate) return rng.shuffle(Array.from(space.enumerate(), (genotype) => space.format(genotype)));
  const size = Number(space.size);
  const limit = 20 * size + 1000;
  const texts = new Set<string>();
  const found: G[] = [];
  for (let idle = 0; idle < limit && texts.size < size; idle++) {
    const genotype = idle % 2 === 0 || found.length === 0 ? space.sample(rng) : space.mutate(rng.pick(found), rng);
    const text = space.format(genotype);
    if (texts.has(text)) continue;
    texts.add(text);
    found.push(genotype);
    idle = -1;
  }
  return rng.shuffle([...texts]);
}

/** 53 bits of a text's 64-bit hash: two 32-bit multiplicative hashes with different multipliers, mixed at the end. */
function hash53(text: string): number {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 2654435761);
    high = Math.imul(high ^ unit, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return 2 ** 32 * (high & 0x1fffff) + (low >>> 0);
}
