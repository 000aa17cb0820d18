/**
 * What settings are worth ("hyper-parameter lottery"): 57 settings of regularised evolution on NAS-Bench-201, beside random and
 * local search. Shown is the test accuracy of the architecture that is best in validation. Prints two tables; see README.md.
 */
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import { createSearcher, type SearcherSettings } from "@archwright/core/search";
import { columnOf, mean, space } from "./table.ts";

const { values: flags, positionals } = parseArgs({ options: { seeds: { type: "string", default: "1000" } }, allowPositionals: true });
const [folder] = positionals;
if (folder === undefined) {
  console.error("No table is given: pass the folder that holds NAS-Bench-201's accuracy.csv.");
  process.exit(1);
}
const validation = columnOf(folder, "accuracy.csv", "cifar100_valid");
const test = columnOf(folder, "accuracy.csv", "cifar100_test");
const checkpoints = [25, 50, 100];

/** Mean test accuracy at every checkpoint. */
function testAccuracies(algorithm: string, settings: SearcherSettings = {}): number[] {
  const runs = Array.from({ length: Number(flags.seeds) }, (_, seed) => {
    const searcher = createSearcher(algorithm, { space, rng: createRng(`lottery ${seed}`), objectives: 1, evaluations: 100 }, settings);
    const found: number[] = [];
    let best = { validation: Number.NEGATIVE_INFINITY, test: 0 };
    for (let done = 0; done < 100; ) {
      const asked = searcher.ask(Math.min(searcher.batch, 100 - done));
      searcher.tell(
        asked.map((genotype) => {
          const architecture = space.format(genotype);
          const percent = validation.get(architecture) ?? Number.NaN;
          if (percent > best.validation) best = { validation: percent, test: test.get(architecture) ?? Number.NaN };
          if (checkpoints.includes(++done)) found.push(best.test);
          return { genotype, status: "feasible", objectives: [100 - percent] };
        }),
      );
    }
    return found;
  });
  return checkpoints.map((_, at) => mean(runs.map((run) => run[at] as number)));
}

const settings = [4, 8, 16, 32, 64].flatMap((population) =>
  [2, 4, 8, 16, 32]
    .filter((sample_size) => sample_size <= population)
    .flatMap((sample_size) => [1, 2, 3].map((mutations) => ({ population, sample_size, mutations }))),
);
const [random, local, usual] = ["random", "local-search", "regularised-evolution"].map((algorithm) => testAccuracies(algorithm));
const start = performance.now();
const all = settings.map((setting) => ({ setting, accuracies: testAccuracies("regularised-evolution", setting) }));
const seconds = (performance.now() - start) / 1000;

console.log(
  "| evaluations | random | local search | regularised evolution: default | worst of 57 | median | best | which |\n| --- | --- | --- | --- | --- | --- | --- | --- |",
);
for (const [at, count] of checkpoints.entries()) {
  const value = (accuracies: readonly number[] | undefined) => (accuracies?.[at] ?? Number.NaN).toFixed(2);
  const sorted = [...all].sort((a, b) => (a.accuracies[at] as number) - (b.accuracies[at] as number));
  const [worst, middle, best] = [0, sorted.length >> 1, sorted.length - 1].map((place) => value(sorted[place]?.accuracies));
  const { population, sample_size, mutations } = sorted.at(-1)?.setting ?? {};
  console.log(
    `| ${count} | ${[random, local, usual].map(value).join(" | ")} | ${worst} | ${middle} | ${best} | ${population}, ${sample_size}, ${mutations} |`,
  );
}
console.log(`\n${settings.length} settings × ${flags.seeds} seeds × 100 evaluations: ${seconds.toFixed(1)} s on one core`);
