import { createRng, createSearcher, createSpace, type Genotype } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { createLineage } from "./lineage.ts";

const plain = createSpace({ name: "nasbench201" });

/** Candidates of a search in generations for a made-up error, with the parents that were noted. */
function searched(name: string) {
  const lineage = createLineage(plain as never) as ReturnType<typeof createLineage<typeof plain & object>>;
  const searcherIn = (space: typeof plain) => createSearcher(name, { space, rng: createRng("lineage"), objectives: 1, evaluations: 120 });
  const [watched, other] = [searcherIn(lineage.space), searcherIn(plain)];
  const [genotypes, parents]: [Genotype[], (readonly number[])[]] = [[], []];
  while (genotypes.length < 120) {
    const asked = watched.ask(watched.batch);
    // Watching changes nothing.
    expect(asked.map(plain.format)).toEqual(other.ask(other.batch).map(plain.format));
    for (const genotype of asked) {
      parents.push(lineage.asked(genotype, genotypes.length));
      genotypes.push(genotype);
    }
    const told = asked.map((genotype) => {
      const objectives = [genotype.reduce((sum, option) => sum + option, 0)];
      return { genotype, status: "feasible", objectives } as const;
    });
    watched.tell(told);
    other.tell(told.map((one) => ({ ...one, genotype: plain.parse(plain.format(one.genotype)) })));
  }
  return { genotypes, parents };
}

describe("the lineage of candidates", () => {
  it.each(["nsga2", "regularised-evolution"])("is that of their genes: %s", (name) => {
    const { genotypes, parents } = searched(name);
    const bred = parents.flatMap((those, i) => (those.length > 0 ? [{ own: genotypes[i] as Genotype, those, i }] : []));
    expect(bred.length).toBeGreaterThan(60);
    const foreign = bred.map(({ own, those, i }) => {
      expect(those.length).toBeLessThanOrEqual(name === "nsga2" ? 2 : 1);
      expect(those.every((parent) => parent < i)).toBe(true);
      return own.filter((option, gene) => those.every((parent) => genotypes[parent]?.[gene] !== option)).length;
    });
    // A child has one gene of its own; where many were seen before, it was mutated on.
    expect(Math.max(...foreign)).toBeLessThanOrEqual(5);
    expect(foreign.filter((count) => count <= 1).length).toBeGreaterThan(0.8 * bred.length);
  });

  it("is empty where a search draws at random", () => {
    expect(searched("random").parents.flat()).toEqual([]);
  });

  it("is each candidate's own where a space gives one object for many", () => {
    const one: Genotype = [0, 0, 0, 0, 0, 0];
    const shared = { ...plain, mutate: () => one };
    const lineage = createLineage(shared as never) as ReturnType<typeof createLineage<typeof plain & object>>;
    const [a, b]: [Genotype, Genotype] = [
      [1, 0, 0, 0, 0, 0],
      [2, 0, 0, 0, 0, 0],
    ];
    lineage.asked(a, 0);
    lineage.asked(b, 1);
    const rng = createRng("shared");
    const [first, second] = [lineage.space.mutate(a, rng), lineage.space.mutate(b, rng)];
    expect([lineage.asked(first, 2), lineage.asked(second, 3)]).toEqual([[0], [1]]);
    const third = lineage.space.mutate(lineage.space.mutate(first, rng), rng);
    expect(lineage.asked(third, 4)).toEqual([2]);
  });
});
