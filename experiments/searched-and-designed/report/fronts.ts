/** The fronts of the sides, by their hypervolume. */
import { createRng, hypervolume, mean, type Rng } from "@archwright/core";
import { type Contender, freshTests, type Sides } from "../fresh.ts";
import type { Budget } from "../setting.ts";
import type { Results } from "./results.ts";
import { table } from "./table.ts";

/** Test error that no network of a front may exceed, percent. */
const worstError = 25;

/** What the front of the means dominates, as a share of what a network without error and latency would. */
function share(of: readonly { readonly latency: number; readonly tests: readonly number[] }[], budget: Budget): number {
  const points = of.filter(({ tests }) => tests.length > 0).map(({ latency, tests }) => [100 - mean(tests), latency]);
  return hypervolume(points, [worstError, budget.latency]) / (worstError * budget.latency);
}

/** With the seeds of every network drawn anew, with replacement. */
function redrawn(tests: readonly number[], rng: Rng): readonly number[] {
  return tests.map(() => tests[rng.int(tests.length)] as number);
}

const draws = 1000;

/** Difference of two fronts with the middle 95 % of what it is with seeds drawn anew. */
function differenceText(ours: Parameters<typeof share>[0], theirs: Parameters<typeof share>[0], budget: Budget): string {
  if (ours.length === 0 || theirs.length === 0) return "-";
  const rng = createRng("fronts");
  const again = (side: typeof ours) => side.map((one) => ({ ...one, tests: redrawn(one.tests, rng) }));
  const drawn = Array.from({ length: draws }, () => share(again(ours), budget) - share(again(theirs), budget)).sort((a, b) => a - b);
  const [low, high] = [drawn[Math.floor(0.025 * draws)], drawn[Math.floor(0.975 * draws)]] as const;
  return `${(share(ours, budget) - share(theirs, budget)).toFixed(4)} [${low?.toFixed(4)}, ${high?.toFixed(4)}]`;
}

export function frontTable(sides: readonly Sides[], { plan, trainings, costs }: Results): string {
  const tested = (contenders: readonly Contender[]) =>
    contenders.map((one) => ({ latency: costs(one.architecture).latency, tests: freshTests(one, plan, trainings) }));
  const rows = sides.map(({ budget, ...of }) => {
    const [designed, searched, random] = [tested(of.designed), tested(of.searched), tested(of.random)];
    const shares = [designed, searched, random].map((side) => (side.length === 0 ? "-" : share(side, budget).toFixed(4)));
    return [`${budget.name}, ${budget.memory} KiB, ${budget.flash} KiB`, ...shares, differenceText(searched, designed, budget)];
  });
  return table(["budget", "designed", "searched", "40 random", "searched less designed"], rows);
}
