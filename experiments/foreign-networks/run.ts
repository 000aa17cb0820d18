/**
 * How well a device fitted to ten cells of NAS-Bench-201 estimates networks of other kinds. Prints tables; see README.md.
 *
 *   npx tsx --conditions=archwright-source experiments/foreign-networks/run.ts [--seed 1] [--made-up 8] [--devices NAMES] [--measured measured.json]
 */
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  createAnalyticModel,
  createSpace,
  extrapolate,
  fitExtrapolation,
  type LatencyPrediction,
  median,
  type Network,
  networkTerms,
  parseDeviceProfile,
} from "@archwright/core";
import { foreignNetworks, madeUpProfiles } from "@archwright/core/testing";
import { spec, task, tenCells } from "./cells.ts";

const { values: flags } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    "made-up": { type: "string", default: "8" },
    devices: { type: "string" },
    measured: { type: "string" },
  },
});

interface Row {
  readonly family: string;
  readonly error: number;
  readonly inside: boolean;
  readonly width: number;
}

const rowOf = (family: string, truth: number, { latencyMs, low95Ms, high95Ms }: LatencyPrediction): Row => ({
  family,
  error: Math.abs(latencyMs / truth - 1),
  inside: low95Ms <= truth && truth <= high95Ms,
  width: high95Ms / low95Ms,
});

function show(name: string, rows: readonly Row[]): void {
  const inside = (100 * rows.filter((row) => row.inside).length) / rows.length;
  const error = 100 * (median(rows.map((row) => row.error)) ?? Number.NaN);
  const width = median(rows.map((row) => row.width)) ?? Number.NaN;
  const widest = Math.max(...rows.map((row) => row.width));
  console.log(`| ${name} | ${inside.toFixed(1)} | ${error.toFixed(1)} | ${width.toFixed(2)} | ${widest.toFixed(1)} |`);
}

const head = (of: string) => console.log(`\n| ${of} | inside, % | median error, % | median high / low | largest |\n|---|---|---|---|---|`);

/** Ten cells with their latencies, and what is asked afterwards with the truth. */
interface Task {
  readonly cells: readonly { readonly network: Network; readonly latencyMs: number }[];
  readonly asked: readonly { readonly family: string; readonly network: Network; readonly latencyMs: number }[];
}

function rowsOf({ cells, asked }: Task): readonly Row[] {
  const fitted = fitExtrapolation(cells.map(({ network, latencyMs }) => ({ terms: networkTerms(network), latencyMs })));
  return asked.map(({ family, network, latencyMs }) => rowOf(family, latencyMs, extrapolate(fitted, networkTerms(network))));
}

interface MeasuredJson {
  readonly seed: string;
  readonly cells: readonly { readonly name: string; readonly latencyMs: number }[];
  readonly networks: readonly { readonly latencyMs: number }[];
}

if (flags.measured !== undefined) {
  const { seed, cells, networks } = JSON.parse(readFileSync(flags.measured, "utf8")) as MeasuredJson;
  const space = createSpace(spec, task);
  const asked = foreignNetworks(seed, networks.length);
  const rows = rowsOf({
    cells: cells.map(({ name, latencyMs }) => ({ network: space.network(space.parse(name), task), latencyMs })),
    asked: asked.map(({ family, network }, i) => ({ family, network, latencyMs: networks[i]?.latencyMs ?? Number.NaN })),
  });
  head("measured");
  show("all", rows);
} else {
  const folder = new URL("../../configs/devices/", import.meta.url);
  const shipped = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => parseDeviceProfile(readFileSync(new URL(file, folder), "utf8"), file))
    .filter(({ name }) => flags.devices === undefined || flags.devices.split(",").includes(name));
  const { cells } = tenCells();
  const asked = foreignNetworks(flags.seed);
  const all: Row[] = [];
  head("device");
  for (const profile of [...shipped, ...madeUpProfiles(flags.seed, shipped, Number(flags["made-up"]))]) {
    const model = createAnalyticModel(profile);
    const withTruth = <T extends { readonly network: Network }>(one: T) => ({
      ...one,
      latencyMs: model.estimate(one.network).costs.latencyMs?.value ?? Number.NaN,
    });
    const rows = rowsOf({ cells: cells.map(withTruth), asked: asked.map(withTruth) });
    show(profile.name, rows);
    all.push(...rows);
  }
  show("all", all);
  head("family");
  for (const family of new Set(all.map((row) => row.family)))
    show(
      family,
      all.filter((row) => row.family === family),
    );
}
