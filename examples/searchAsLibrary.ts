/**
 * A search as a library: a search space, objectives of one's own, and the loop between ask and tell. Nothing is trained.
 *
 *   npx tsx --conditions=archwright-source examples/searchAsLibrary.ts
 *
 * It looks for NAS-Bench-201 cells with many parameters, as a crude sign of capacity, and a low latency on a small board.
 */
import { readFileSync } from "node:fs";
import { createAnalyticModel, createRng, createSpace, networkCosts, ParetoArchive, parseDeviceProfile } from "@archwright/core";
import { createSearcher, type EvaluatedCandidate } from "@archwright/core/search";

const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
const space = createSpace({ name: "nasbench201", cells_per_stage: 1 }, task);
type Genotype = ReturnType<typeof space.sample>;

const file = "configs/devices/stm32f746.yaml";
const board = createAnalyticModel(parseDeviceProfile(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"), file));
const memoryBudget = 160 * 1024;

/** What the searcher is told: objectives to be minimised, or by how much a budget is broken. */
function judge(genotype: Genotype): EvaluatedCandidate<Genotype> {
  const network = space.network(genotype, task);
  const { latencyMs, peakMemoryBytes } = board.estimate(network).costs;
  if (!latencyMs || !peakMemoryBytes) return { genotype, status: "failed" };
  if (peakMemoryBytes.value > memoryBudget) {
    return { genotype, status: "infeasible", violation: peakMemoryBytes.value / memoryBudget - 1 };
  }
  return { genotype, status: "feasible", objectives: [-networkCosts(network).parameters, latencyMs.value] };
}

const evaluations = 200;
const searcher = createSearcher<Genotype>("nsga2", { space, rng: createRng("my search"), objectives: 2, evaluations });
const archive = new ParetoArchive<Genotype>(2);
for (let done = 0; done < evaluations; ) {
  const candidates = searcher.ask(Math.min(searcher.batch, evaluations - done));
  if (candidates.length === 0) break;
  const told = candidates.map(judge);
  for (const trial of told) if (trial.status === "feasible") archive.add(trial.objectives, trial.genotype);
  searcher.tell(told);
  done += candidates.length;
}

console.log("parameters  latency ms  architecture");
for (const { objectives, item } of archive.entries()) {
  const [parameters = 0, latencyMs = 0] = objectives;
  console.log(`${String(-parameters).padStart(10)}  ${latencyMs.toFixed(2).padStart(10)}  ${space.format(item)}`);
}
