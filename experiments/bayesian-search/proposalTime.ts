/** How long Bayesian optimisation takes to propose a batch on NAS-Bench-201, by the number of known trials; see README.md. Prints a table. */
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import { candidatesSeen } from "@archwright/core/experiment";
import { createSearcher } from "@archwright/core/search";
import { resolveSpaceSpec } from "@archwright/core/spaces";
import { columnOf, median, space, task } from "../search-algorithms/table.ts";
import type { Genotype } from "./variants.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    accuracy: { type: "string", default: "cifar100_valid" },
    device: { type: "string", default: "pixel3" },
    trials: { type: "string", default: "100,200,1000,10000" },
    batches: { type: "string", default: "11" },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("No tables are given: pass the folder that holds NAS-Bench-201's accuracy.csv and latency.csv.");
  process.exit(1);
}
const accuracy = columnOf(folder, "accuracy.csv", flags.accuracy);
const latency = columnOf(folder, "latency.csv", flags.device);
const seen = candidatesSeen(resolveSpaceSpec({ name: "nasbench201" }, task), task, (g) => space.format(g), ["error", "latency"]);
const cells = [...accuracy.keys()].map((text) => space.parse(text));

/** Time of the processor, ms: others that use the machine count less. */
function timed<T>(work: () => T): readonly [result: T, ms: number] {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1e3];
}

function evaluate(genotype: Genotype) {
  const text = space.format(genotype);
  const objectives = [100 - (accuracy.get(text) ?? Number.NaN), latency.get(text) ?? Number.NaN];
  return { genotype, status: "feasible" as const, objectives };
}

const [, ofFeatures] = timed(() => cells.map((cell) => seen.features(cell)));
console.log(`features of ${cells.length} graphs: ${(ofFeatures / cells.length).toFixed(2)} ms each\n`);
console.log("| trials | first batch, as after a resume, ms | later batches, median ms | most |\n| --- | --- | --- | --- |");
for (const trials of flags.trials.split(",").map(Number)) {
  const options = { space, rng: createRng("search"), objectives: 2, evaluations: trials + 100, ...seen };
  const searcher = createSearcher("bayesian", options, {});
  searcher.tell(createRng("trials").shuffle(cells).slice(0, trials).map(evaluate));
  const times = Array.from({ length: Number(flags.batches) }, () => {
    const [asked, ms] = timed(() => searcher.ask(searcher.batch));
    searcher.tell(asked.map(evaluate));
    return ms;
  });
  const [first = Number.NaN, ...later] = times;
  console.log(`| ${trials} | ${first.toFixed(0)} | ${median(later).toFixed(0)} | ${Math.max(...later).toFixed(0)} |`);
}
