/** A search space of which only some architectures may be proposed: those that a table knows. */
import { createRng } from "../../base/index.ts";
import { at, intAt, item } from "../../base/matrix.ts";
import type { Variation } from "../searcher.ts";

/** Sizes of the random group of members in which the nearest is looked for: 2, 4, … up to this. */
const LARGEST_GROUP = 512;

/**
 * The space restricted to some of its architectures: samples, mutates and crosses to these alone, as the space itself does where
 * that gives a member.
 *
 * A child that the space's own mutation or crossover makes and that is no member gives way to a near one: the nearest, by the
 * distance of their encodings, of a random group of members. The group's size is random too, so that small steps and large ones
 * happen, no member is out of reach, and the neighbourhood of a good parent is not used up after its one nearest member.
 * @param architectures canonical texts, all different, at least one; their order does not matter.
 */
export function restrictedTo<G, S extends Variation<G>>(space: S & Variation<G>, architectures: Iterable<string>): S {
  const texts = createRng("members").shuffle([...architectures].sort());
  if (texts.length === 0) throw new RangeError("restrictedTo: no architectures");
  const members = texts.map((text) => space.parse(text));
  const indexOf = new Map(texts.map((text, index) => [text, index]));
  const nearest = createNeighbours(members.map((member) => space.encode(member)));
  const largest = Math.min(LARGEST_GROUP, members.length);
  const isMember = (g: G) => indexOf.has(space.format(g));
  return {
    ...space,
    size: BigInt(members.length),
    sample: (rng) => {
      const g = space.sample(rng);
      return isMember(g) ? g : rng.pick(members);
    },
    mutate: (g, rng) => {
      if (members.length === 1) return g;
      const child = space.mutate(g, rng);
      if (isMember(child)) return child;
      return item(
        members,
        nearest(space.encode(child), rng.int(members.length), groupSize(largest, rng.next()), indexOf.get(space.format(g))),
      );
    },
    crossover: (a, b, rng) => {
      const child = space.crossover(a, b, rng);
      if (isMember(child)) return child;
      return item(members, nearest(space.encode(child), rng.int(members.length), groupSize(largest, rng.next())));
    },
    enumerate: () => members,
  };
}

/** A power of two up to the largest, the large ones likelier: the exponent is the largest of two draws. */
function groupSize(largest: number, uniform: number): number {
  const exponents = Math.floor(Math.log2(largest)) + 1;
  return 2 ** Math.floor(exponents * Math.sqrt(uniform));
}

/**
 * Finds the vector nearest to a target, by the sum of absolute differences, among `count` of them from `start` on, one being
 * left out. Vectors are kept as their entries that are not zero: one-hot encodings have few.
 */
function createNeighbours(vectors: readonly Float64Array[]) {
  const starts = new Int32Array(vectors.length + 1);
  const positions: number[] = [];
  const entries: number[] = [];
  vectors.forEach((vector, i) => {
    vector.forEach((entry, position) => {
      if (entry === 0) return;
      positions.push(position);
      entries.push(entry);
    });
    starts[i + 1] = positions.length;
  });
  const positionOf = Int32Array.from(positions);
  const entry = Float64Array.from(entries);
  return (target: Float64Array, start: number, count: number, leftOut?: number): number => {
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (let n = 0; n < count || best === -1; n++) {
      const index = (start + n) % vectors.length;
      if (index === leftOut) continue;
      // Short of the target's own sum, which is the same for all.
      let distance = 0;
      for (let k = intAt(starts, index); k < intAt(starts, index + 1); k++) {
        const aim = at(target, intAt(positionOf, k));
        distance += Math.abs(at(entry, k) - aim) - aim;
      }
      if (distance < least) [best, least] = [index, distance];
    }
    return best;
  };
}
