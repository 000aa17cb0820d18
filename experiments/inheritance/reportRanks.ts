/** The table of `ranks.ts`. */
import { createRng, kendall, mean, networkCosts, quantile } from "@archwright/core";
import type { RankedNetwork, RankResults } from "./results.ts";
import { generation, networkOf, regimes } from "./setting.ts";

const draws = 2_000;
const references = ["80 from scratch", "160 from scratch"];
const at = (list: readonly number[], indices: readonly number[]) => indices.map((i) => list[i] as number);
const interval = (values: readonly number[]) => `${quantile(values, 0.025).toFixed(2)} to ${quantile(values, 0.975).toFixed(2)}`;

/** What orders networks, and what it costs in seconds of a processor. */
interface Column {
  readonly name: string;
  readonly values: readonly number[];
  readonly seconds: number;
}

/** Prints what is known of the networks that have every training: of all, and of those that had something to inherit. */
export function reportRanks({ networks }: RankResults): void {
  const known = networks.filter((network) => network.full && regimes.every(({ name }) => network.estimates[name]));
  if (known.length < 4) {
    console.log(`${known.length} networks: too few for a table`);
    return;
  }
  const fully = mean(known.map(({ full }) => full?.seconds as number)).toFixed(1);
  console.log(`a full training takes ${fully} s`);
  printTable("all", known);
  const later = known.slice(generation);
  if (later.length < 4) return;
  const shares = later.flatMap(({ estimates }) => estimates["80, inherited"]?.share ?? []);
  printTable(`of later generations, which inherit ${mean(shares).toFixed(2)} of their parameters`, later);
}

function printTable(title: string, known: readonly RankedNetwork[]): void {
  const truth = known.map(({ full }) => full?.score as number);
  console.log(
    `\n${title}: ${known.length} networks, fully trained ${Math.min(...truth).toFixed(2)} to ${Math.max(...truth).toFixed(2)} %\n`,
  );
  const costs = known.map(({ architecture }) => networkCosts(networkOf(architecture)));
  const columns: readonly Column[] = [
    ...regimes.map(({ name }) => ({
      name,
      values: known.map(({ estimates }) => estimates[name]?.score as number),
      seconds: mean(known.map(({ estimates }) => estimates[name]?.seconds as number)),
    })),
    { name: "multiply-accumulates", values: costs.map(({ macs }) => macs), seconds: 0 },
    { name: "parameters", values: costs.map(({ parameters }) => parameters), seconds: 0 },
  ];
  const header = ["estimate", "Kendall", ...references.map((name) => `minus that of ${name}`), "among the better half", "regret", "s"];
  console.log(`| ${header.join(" | ")} |\n|${header.map(() => " --- |").join("")}`);
  const baselines = references.map((name) => columns.find((column) => column.name === name) as Column);
  for (const column of columns) console.log(`| ${cells(column, baselines, truth).join(" | ")} |`);
}

function cells({ name, values, seconds }: Column, baselines: readonly Column[], truth: readonly number[]): readonly string[] {
  const everything = truth.map((_, i) => i);
  const rng = createRng("bootstrap");
  const resampled = Array.from({ length: draws }, () => everything.map(() => rng.int(truth.length)));
  const correlation = (of: readonly number[], chosen: readonly number[]) => kendall(at(of, chosen), at(truth, chosen));
  const minus = (other: Column) => {
    if (other.name === name) return "";
    const difference = (chosen: readonly number[]) => correlation(values, chosen) - correlation(other.values, chosen);
    return `${difference(everything).toFixed(2)} (${interval(resampled.map(difference))})`;
  };
  const middle = quantile(truth, 0.5);
  const better = everything.filter((i) => (truth[i] as number) >= middle);
  return [
    name,
    `${correlation(values, everything).toFixed(2)} (${interval(resampled.map((chosen) => correlation(values, chosen)))})`,
    ...baselines.map(minus),
    correlation(values, better).toFixed(2),
    meanRegret(values, truth).toFixed(2),
    seconds.toFixed(1),
  ];
}

/** How much better, in percent points, the best of a random half of the networks is than the one with the highest estimate. */
function meanRegret(estimates: readonly number[], truth: readonly number[]): number {
  const rng = createRng("halves");
  const indices = truth.map((_, i) => i);
  const regrets = Array.from({ length: draws }, () => {
    const half = rng.shuffle(indices).slice(0, Math.ceil(indices.length / 2));
    const picked = half.reduce((a, b) => ((estimates[b] as number) > (estimates[a] as number) ? b : a));
    return Math.max(...half.map((i) => truth[i] as number)) - (truth[picked] as number);
  });
  return mean(regrets);
}
