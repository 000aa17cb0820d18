/** The report of the study, in Markdown, of whatever is kept so far. */
import { type Sides, sidesOf } from "../fresh.ts";
import { ablationTable } from "./ablation.ts";
import { bestTable } from "./bests.ts";
import { frontTable } from "./fronts.ts";
import { networkTable } from "./networks.ts";
import type { Results } from "./results.ts";

const hours = (seconds: number) => `${(seconds / 3600).toFixed(2)} h`;

export function report(of: Results): string {
  const { budgets, networks, searches, costs, designedSeconds } = of;
  const sides: readonly Sides[] = sidesOf(budgets, networks, searches, costs);
  const seconds = (variant: string) =>
    searches.filter((one) => one.seed === 0 && one.variant === variant).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return [
    `Processor time: designed ${hours(designedSeconds)}, searched ${hours(seconds("whole"))}, random ${hours(seconds("random"))}.`,
    `The fronts, by mean test error and latency:\n\n${frontTable(sides, of)}`,
    `The most accurate network of each side, chosen by validation:\n\n${bestTable(sides, of)}`,
    `All networks:\n\n${networkTable(sides, of)}`,
    `What each part of the search brings:\n\n${ablationTable(of)}`,
  ].join("\n\n");
}
