/**
 * Networks that are searched for beside networks that people designed, on Fashion-MNIST, front against front, at equal total compute.
 * Keeps every training and every search that has ended, and goes on where it was interrupted (an interrupted search too, as long as
 * FOLDER is there). Prints the report at the end.
 *
 *   npx tsx --conditions archwright-source experiments/searched-and-designed/study.ts FOLDER [--until searches] [--report]
 *
 * FOLDER takes the searches' stores. The command line must have been built (`npm run build`). `--report` trains nothing and reports what
 * is kept; with `--profile FILE` by the costs of another description of the device.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { evaluationsFor, type Known, plannedSeconds } from "./amounts.ts";
import { designedWithin, knownDesigned, trainDesigned } from "./designed.ts";
import { freshOf, freshOfBest, sidesOf } from "./fresh.ts";
import { report } from "./report/report.ts";
import { type Found, random, runSearch, type Search, variants, whole } from "./searches.ts";
import { ablatedBudgets, ablationSeeds, budgets as allBudgets, costsBy, here, smallestPlan, plan as wholePlan } from "./setting.ts";
import { readLines } from "./trainings/lines.ts";
import { openTrainings } from "./trainings/trainings.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    until: { type: "string", default: "ablation" },
    report: { type: "boolean", default: false },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    results: { type: "string", default: here("results") },
    profile: { type: "string", default: here("stm32f746.yaml") },
    workers: { type: "string", default: String(availableParallelism()) },
    /** For a look at whether the programs run: a few steps, one budget, two designed networks. */
    smallest: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined && !flags.report) {
  console.error("Say which folder takes the searches' stores, or --report.");
  process.exit(1);
}
mkdirSync(flags.results, { recursive: true });
const plan = flags.smallest ? smallestPlan : wholePlan;
const budgets = flags.smallest ? allBudgets.filter(({ name }) => name === "15ms") : allBudgets;
const costs = costsBy(flags.profile);
const within = designedWithin(costs).slice(0, flags.smallest ? 2 : undefined);
const trainings = openTrainings(join(flags.results, "trainings.jsonl"), flags.data, Number(flags.workers));
const searchesFile = join(flags.results, "searches.jsonl");
const searches = readLines<Found>(searchesFile);

/** Makes the searches that are not kept yet, one after another: each has all the cores. */
async function find(wanted: readonly Search[]): Promise<void> {
  if (folder === undefined) throw new Error("a search needs a folder");
  mkdirSync(folder, { recursive: true });
  for (const search of wanted) {
    const { budget, variant, seed } = search;
    if (searches.some((one) => one.budget === budget.name && one.variant === variant.name && one.seed === seed)) continue;
    const found = await runSearch(search, plan, { data: flags.data, folder, workers: Number(flags.workers) });
    searches.push(found);
    appendFileSync(searchesFile, `${JSON.stringify(found)}\n`);
  }
}

/** Three searches of each variant at some of the budgets, with a quarter of the time that the whole search was planned with. */
function ablation(wholes: readonly Search[], known: Known): readonly Search[] {
  const amount = plan.quarter;
  return (flags.smallest ? ablationSeeds.slice(0, 1) : ablationSeeds).flatMap((seed) =>
    wholes
      .filter(({ budget }) => ablatedBudgets.includes(budget.name))
      .flatMap((search) =>
        (flags.smallest ? variants.slice(0, 2) : variants).map((variant) => {
          const { budget } = search;
          const evaluations = evaluationsFor(plannedSeconds(search, known) / 4, [budget], variant, amount, known);
          return { budget, variant, evaluations, amount, seed };
        }),
      ),
  );
}

async function study(): Promise<void> {
  const { networks, cpuSeconds } = await trainDesigned(within, plan, trainings);
  if (flags.until === "designed") return;
  const known = { networks, costs, plan };
  const amount = plan.search;
  const evaluations = evaluationsFor(cpuSeconds, budgets, whole, amount, known);
  const wholes = budgets.map((budget) => ({ budget, variant: whole, evaluations, amount, seed: 0 }));
  await find(wholes);
  if (flags.until === "searches") return;
  await find(budgets.map((budget) => ({ budget, variant: random, evaluations: plan.random, amount, seed: 0 })));
  if (flags.until === "random") return;
  await trainings.of(freshOf(sidesOf(budgets, networks, searches, costs), plan));
  if (flags.until === "fresh") return;
  await find(ablation(wholes, known));
  await trainings.of(searches.filter(({ seed }) => seed > 0).flatMap((found) => freshOfBest(found, plan)));
}

if (!flags.report) await study();
const { networks, cpuSeconds: designedSeconds } = knownDesigned(within, plan, trainings);
console.log(report({ budgets, plan, networks, designedSeconds, trainings, searches, costs }));
