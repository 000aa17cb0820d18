import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { fbnet, nasbench201 } from "../../spaces/index.ts";
import { searcherConformance } from "../../testing/searcher.ts";
import { searchSpaceConformance } from "../../testing/searchSpace.ts";
import { benchmarkSearch, errorLatencyTable } from "../searchBenchmark.ts";
import type { SearcherOptions, Variation } from "../searcher.ts";
import { createSearcher } from "../searchers.ts";
import { restrictedTo } from "./restrictedSpace.ts";

const someOf = <G>(space: Variation<G>, count: number): readonly string[] => {
  const rng = createRng("some");
  const texts = new Set<string>();
  while (texts.size < count) texts.add(space.format(space.sample(rng)));
  return [...texts];
};

const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
searchSpaceConformance("fbnet restricted to 60", () => restrictedTo(fbnet(), someOf(fbnet(), 60)), [task], { holes: true, networks: 2 });
searchSpaceConformance("nasbench201 restricted to 3000", () => restrictedTo(nasbench201(), someOf(nasbench201(), 3000)), [task], {
  holes: true,
  networks: 2,
});
searchSpaceConformance("fbnet restricted to 2", () => restrictedTo(fbnet(), someOf(fbnet(), 2)), [task], { holes: true, networks: 1 });
searchSpaceConformance("fbnet restricted to 1", () => restrictedTo(fbnet(), someOf(fbnet(), 1)), [task], { holes: true, networks: 1 });

const made = new WeakMap<object, unknown>();
/** The suite's large space with nine of ten architectures missing; its other ones as they are. */
const withHoles = <G>(options: SearcherOptions<G>): SearcherOptions<G> => {
  if (options.space.size !== 4n ** 8n) return options;
  if (!made.has(options.space)) made.set(options.space, restrictedTo(options.space, someOf(options.space, 6000)));
  return { ...options, space: made.get(options.space) as Variation<G> };
};
for (const name of ["random", "nsga2"])
  searcherConformance(`${name} in a space with holes`, (options) => createSearcher(name, withHoles(options)));

describe("a restricted space", () => {
  it("does not depend on the order of its architectures", () => {
    const texts = someOf(fbnet(), 100);
    const [one, other] = [texts, [...texts].reverse()].map((order) => restrictedTo(fbnet(), order));
    const rngs = [createRng(1), createRng(1)] as const;
    for (let i = 0; i < 50; i++) expect(one?.sample(rngs[0])).toEqual(other?.sample(rngs[1]));
  });

  it("mutates to architectures that are nearer than chance has it", () => {
    const space = restrictedTo(fbnet(), someOf(fbnet(), 2000));
    const rng = createRng(2);
    const apart = (a: readonly number[], b: readonly number[]) => a.filter((block, i) => block !== b[i]).length;
    const mean = (of: () => number) => Array.from({ length: 300 }, of).reduce((a, b) => a + b, 0) / 300;
    const byChance = mean(() => apart(space.sample(rng), space.sample(rng)));
    const byMutation = mean(() => {
      const g = space.sample(rng);
      return apart(g, space.mutate(g, rng));
    });
    expect(byMutation).toBeLessThan(byChance - 2);
  });

  it("is searched better by evolution than by chance, though it holds one of 10^18 architectures", () => {
    const texts = someOf(fbnet(), 2000);
    const rng = createRng("worth of blocks");
    const worth = Array.from({ length: 22 }, () => Array.from({ length: 9 }, () => rng.normal()));
    const table = errorLatencyTable(
      texts.map((architecture) => {
        const blocks = architecture.split("-").map(Number);
        const sum = (of: (block: number, i: number) => number) => blocks.reduce((total, block, i) => total + of(block, i), 0);
        return { architecture, accuracy: 60 + sum((block, i) => worth[i]?.[block] as number), latencyMs: 5 + sum((block) => block) };
      }),
    );
    const ratio = (algorithm: string) =>
      benchmarkSearch({ space: fbnet(), table, algorithm, evaluations: 300, trials: 10, seed: 0 }).hypervolumeRatioMean[3] as number;
    expect(ratio("nsga2")).toBeGreaterThan(ratio("random") + 0.01);
  });
});
