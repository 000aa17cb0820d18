import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import { categoricalSpace, type Gene, type Genotype } from "./categorical.ts";

const letters = ["a", "b", "c"];

/** Random genes, each free or depending on any earlier one. */
const geneLists = fc
  .array(
    fc.record({
      options: fc.integer({ min: 1, max: 3 }),
      ordered: fc.boolean(),
      parent: fc.nat(),
      allowed: fc.integer({ min: 0, max: 7 }),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((drafts) =>
    drafts.map(({ options, ordered, parent, allowed }, i): Gene => {
      const gene = parent % (i + 1);
      const base = { name: `g${i}`, options: letters.slice(0, options), ordered };
      return gene === i ? base : { ...base, when: { gene, options: [0, 1, 2].filter((option) => allowed & (1 << option)) } };
    }),
  );

const spaceOf = (genes: readonly Gene[]) =>
  categoricalSpace({
    name: "test",
    genes,
    format: (g) => g.join(),
    parse: (text) => text.split(",").map(Number),
    network: () => ({ nodes: [], outputs: [] }),
  });

/** Every list of options, with the inactive genes set to 0: the slow and obvious enumeration. */
function canonicalTexts(genes: readonly Gene[]): Set<string> {
  const lists = genes.reduce<number[][]>(
    (partial, gene) => partial.flatMap((list) => gene.options.map((_, option) => [...list, option])),
    [[]],
  );
  return new Set(lists.map((list) => list.map((option, i) => (isActive(genes, list, i) ? option : 0)).join()));
}

function isActive(genes: readonly Gene[], g: Genotype, i: number): boolean {
  const when = genes[i]?.when;
  return when === undefined || (isActive(genes, g, when.gene) && when.options.includes(g[when.gene] as number));
}

describe("categoricalSpace", () => {
  it("counts and enumerates every architecture once", () => {
    fc.assert(
      fc.property(geneLists, (genes) => {
        const space = spaceOf(genes);
        const texts = [...space.enumerate()].map(space.format);
        const expected = canonicalTexts(genes);
        expect(new Set(texts)).toEqual(expected);
        expect(texts).toHaveLength(expected.size);
        expect(space.size).toBe(BigInt(expected.size));
      }),
    );
  });

  it("mutates exactly one active gene, and draws only the genes that thereby begin to count", () => {
    fc.assert(
      fc.property(geneLists, fc.nat(), (genes, seed) => {
        const space = spaceOf(genes);
        const rng = createRng(seed);
        const before = space.sample(rng);
        const after = space.mutate(before, rng);
        const changed = genes.flatMap((_, i) =>
          isActive(genes, before, i) && isActive(genes, after, i) && before[i] !== after[i] ? [i] : [],
        );
        expect(changed).toHaveLength(space.size > 1n ? 1 : 0);
        expect(canonicalTexts(genes)).toContain(space.format(after));
      }),
    );
  });

  it("gives every gene of a child from a parent in which it counts", () => {
    fc.assert(
      fc.property(geneLists, fc.nat(), (genes, seed) => {
        const space = spaceOf(genes);
        const rng = createRng(seed);
        const [a, b] = [space.sample(rng), space.sample(rng)];
        const child = space.crossover(a, b, rng);
        child.forEach((option, i) => {
          if (!isActive(genes, child, i)) expect(option).toBe(0);
          else expect([a, b].some((parent) => isActive(genes, parent, i) && parent[i] === option)).toBe(true);
        });
      }),
    );
  });

  it("encodes ordered genes as one number, others one-hot, inactive ones as zeros, and leaves out what has no choice", () => {
    const space = spaceOf([
      { name: "depth", options: letters, ordered: true },
      { name: "fixed", options: ["only"], ordered: false },
      { name: "kind", options: letters, ordered: false, when: { gene: 0, options: [1, 2] } },
    ]);
    expect([...space.encode([1, 0, 2])]).toEqual([0.5, 0, 0, 1]);
    expect([...space.encode([0, 0, 0])]).toEqual([0, 0, 0, 0]);
  });
});
