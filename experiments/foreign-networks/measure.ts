/**
 * Measures ten cells of NAS-Bench-201 and foreign networks on this machine's onnxruntime, one thread. Prints JSON.
 *
 *   npx tsx --conditions=archwright-source experiments/foreign-networks/measure.ts [--seed 1] [--networks 20] > measured.json
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Network } from "@archwright/core";
import { foreignNetworks } from "@archwright/core/testing";
import { createOnnxRuntime } from "@archwright/runtimes";
import { tenCells } from "./cells.ts";

const { values: flags } = parseArgs({
  options: { seed: { type: "string", default: "1" }, networks: { type: "string", default: "20" } },
});
const runtime = createOnnxRuntime();
let engine = "";

async function measure(name: string, network: Network) {
  const { value, median, drift = 0, repetitions, runtime: used } = await runtime.measure(network);
  engine = used;
  const [load = 0] = loadavg();
  process.stderr.write(`${name}: ${value.toFixed(3)} ms, drift ${drift.toFixed(3)}, load ${load.toFixed(1)}\n`);
  return { name, latencyMs: value, medianMs: median, drift, repetitions, load };
}

const cells = [];
for (const { architecture, network } of tenCells().cells) cells.push(await measure(architecture, network));
const networks = [];
for (const { name, network } of foreignNetworks(flags.seed, Number(flags.networks))) networks.push(await measure(name, network));
const machine = { processor: cpus()[0]?.model, cores: cpus().length, engine, measuredOn: new Date().toISOString().slice(0, 10) };
console.log(JSON.stringify({ machine, seed: flags.seed, cells, networks }, null, 1));
