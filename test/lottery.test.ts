/** Regularised evolution over 57 settings, against what an independent program found on the same table. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng } from "@archwright/core/base";
import { parseTable, tableColumn } from "@archwright/core/devices";
import { createSearcher } from "@archwright/core/search";
import { createSpace } from "@archwright/core/spaces";
import { expect, it } from "vitest";
import { full } from "./support/tier.ts";

const file = fileURLToPath(new URL("../../shared/data/nasbench201/accuracy.csv", import.meta.url));
const isThere = existsSync(file);
if (full && !isThere) console.warn(`the lottery of settings is skipped: there is no ${file}`);

it.skipIf(!full || !isThere)(
  "after 100 evaluations the worst, median and best of 57 settings are those published with 100 seeds, within .15",
  { timeout: 300_000 },
  () => {
    const space = createSpace({ name: "nasbench201" }, { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 });
    const table = parseTable(readFileSync(file, "utf8"), file);
    const [validation, test] = [tableColumn(table, "cifar100_valid"), tableColumn(table, "cifar100_test")];
    const rowOf = new Map(table.architectures.map((architecture, row) => [architecture, row]));
    const found = (settings: Record<string, number>, seed: number) => {
      const options = { space, rng: createRng(`lottery ${seed}`), objectives: 1, evaluations: 100 };
      const searcher = createSearcher("regularised-evolution", options, settings);
      let best = -1;
      for (let n = 0; n < 100; n++) {
        const [genotype] = searcher.ask(1);
        if (genotype === undefined) break;
        const row = rowOf.get(space.format(genotype)) as number;
        if (best < 0 || (validation[row] as number) > (validation[best] as number)) best = row;
        searcher.tell([{ genotype, status: "feasible", objectives: [100 - (validation[row] as number)] }]);
      }
      return test[best] as number;
    };
    const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
    const means: number[] = [];
    for (const population of [4, 8, 16, 32, 64]) {
      for (const sample_size of [2, 4, 8, 16, 32].filter((size) => size <= population)) {
        for (const mutations of [1, 2, 3]) {
          means.push(seeds.reduce((sum, seed) => sum + found({ population, sample_size, mutations }, seed), 0) / seeds.length);
        }
      }
    }
    means.sort((a, b) => a - b);
    expect(means).toHaveLength(57);
    for (const [place, published] of [
      [0, 71.53],
      [28, 72.08],
      [56, 73.2],
    ] as const) {
      expect(Math.abs((means[place] as number) - published)).toBeLessThan(0.15);
    }
  },
);
