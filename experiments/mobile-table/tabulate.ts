/**
 * Makes a table of what `train.ts` wrote: a row for each network, with its costs; and says how far networks differ and how far seeds do.
 *
 *   npx tsx --conditions archwright-source experiments/mobile-table/tabulate.ts SPACE.yaml RUNS.csv TABLE.csv
 *
 * Without RUNS.csv it only says it of TABLE.csv.
 */
import { readFileSync, writeFileSync } from "node:fs";
import {
  correlation,
  createAnalyticModel,
  kendall,
  median,
  networkCosts,
  parseDeviceProfile,
  parseTable,
  quantile,
  spearman,
  tableColumn,
} from "@archwright/core";
import { spaceOf, task } from "./setting.ts";

const files = process.argv.slice(2);
const tableFile = files.at(-1);
if (tableFile === undefined || files.length === 2 || files.length > 3) {
  console.error("Say which space the networks are of, where their trainings are, and which file takes the table; or the table alone.");
  process.exit(1);
}
if (files.length === 3) writeTable(files[0] as string, files[1] as string, tableFile);
describeTable(tableFile);

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function writeTable(spaceFile: string, runsFile: string, into: string): void {
  const space = spaceOf(spaceFile);
  const rows = readFileSync(runsFile, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.split(","));
  const seeds = [...new Set(rows.map((row) => Number(row[1])))].sort((a, b) => a - b);
  const trained = new Map<string, Map<number, readonly [string, string]>>();
  for (const [architecture = "", seed, validation = "", test = ""] of rows) {
    trained.set(architecture, (trained.get(architecture) ?? new Map()).set(Number(seed), [validation, test]));
  }
  const models = ["stm32f746", "phone-cpu"].map((name) => {
    const file = new URL(`../../configs/devices/${name}.yaml`, import.meta.url);
    return createAnalyticModel(parseDeviceProfile(readFileSync(file, "utf8"), file.pathname));
  });
  const of = (set: string) => [...seeds.map((seed) => `${set}_${seed}`), set];
  const header = ["architecture", ...of("validation"), ...of("test"), "parameters", "macs", "stm32f746_ms", "phone_cpu_ms"];
  const lines = [...trained].map(([architecture, bySeed]) => {
    const network = space.network(space.parse(architecture), task);
    const { parameters, macs } = networkCosts(network);
    const accuracies = ([0, 1] as const).flatMap((set) => {
      const cells = seeds.map((seed) => bySeed.get(seed)?.[set] ?? "");
      const known = cells.filter((cell) => cell !== "").map(Number);
      return [...cells, known.length > 0 ? mean(known).toFixed(3) : ""];
    });
    const latencies = models.map((model) => model.estimate(network).costs.latencyMs?.value.toPrecision(6) ?? "");
    return [architecture, ...accuracies, parameters, macs, ...latencies].join(",");
  });
  writeFileSync(into, `${header.join(",")}\n${lines.join("\n")}\n`);
}

function describeTable(file: string): void {
  const table = parseTable(readFileSync(file, "utf8"), file);
  console.log(`${table.architectures.length} networks`);
  for (const set of ["validation", "test"]) {
    const names = [...table.columns.keys()].filter((name) => new RegExp(`^${set}_\\d+$`).test(name));
    const seeds = names.map((name) => tableColumn(table, name));
    const means = tableColumn(table, set).filter(Number.isFinite);
    const at = (share: number) => quantile(means, share).toFixed(2);
    console.log(
      `\n${set}: least ${at(0)}, quartiles ${at(0.25)}, ${at(0.5)}, ${at(0.75)}, most ${at(1)}; deviation ${deviation(means).toFixed(2)}`,
    );
    // Networks that have every seed.
    const full = table.architectures.map((_, row) => row).filter((row) => seeds.every((seed) => Number.isFinite(seed[row])));
    const columns = seeds.map((seed) => full.map((row) => seed[row] as number));
    if (columns.length < 2 || full.length < 3) continue;
    const within = Math.sqrt(mean(full.map((_, i) => deviation(columns.map((column) => column[i] as number)) ** 2)));
    const total = deviation(full.map((_, i) => mean(columns.map((column) => column[i] as number)))) ** 2;
    const pairs = columns.flatMap((a, i) => columns.slice(i + 1).map((b) => [a, b] as const));
    const over = (measure: typeof spearman) => median(pairs.map(([a, b]) => measure(a, b)))?.toFixed(3);
    console.log(`  ${full.length} networks with ${columns.length} seeds: deviation between seeds of a network ${within.toFixed(2)}`);
    console.log(
      `  between two seeds: Pearson ${over((a, b) => correlation(Array.from(a), Array.from(b)))}, Spearman ${over(spearman)}, Kendall ${over(kendall)}`,
    );
    console.log(`  share of the means' variance that is not of the seeds: ${(1 - within ** 2 / columns.length / total).toFixed(3)}`);
  }
}

/** Sample standard deviation. */
function deviation(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const middle = mean(list);
  return Math.sqrt(list.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (list.length - 1));
}
