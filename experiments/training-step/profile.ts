/** Where the time of a training step goes: the median time of every kernel of its graph, summed by operator and shape of result. See README.md. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import * as ort from "onnxruntime-node";
import { channelBlock } from "../../packages/runtimes/src/training/blocked.ts";
import { compileStep, rateNames } from "../../packages/runtimes/src/training/compileStep.ts";
import { initialWeights, stepRates } from "../../packages/runtimes/src/training/index.ts";
import { benchmarkNetworks } from "./networks.ts";

/** What onnxruntime writes of each run of a kernel; durations in µs. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[] };
}

const { values: flags } = parseArgs({
  options: {
    network: { type: "string", default: "mobilenet-v1" },
    batch: { type: "string", default: "64" },
    steps: { type: "string", default: "40" },
    block: { type: "string" },
  },
});
const batch = Number(flags.batch);
const found = benchmarkNetworks.find(({ name }) => name === flags.network);
if (!found) throw new Error(`--network is one of ${[...new Set(benchmarkNetworks.map(({ name }) => name))].join("; ")}`);
const { network } = found;
const step = compileStep(network, batch, { optimiser: "adam" }, flags.block === undefined ? await channelBlock() : Number(flags.block));

const folder = mkdtempSync(join(tmpdir(), "profile-"));
const session = await ort.InferenceSession.create(step.model, {
  executionProviders: ["cpu"],
  executionMode: "sequential",
  graphOptimizationLevel: "disabled",
  intraOpNumThreads: 1,
  enableProfiling: true,
  profileFilePrefix: join(folder, "step"),
});
const rng = createRng(1);
const tensor = (shape: readonly number[], value: () => number) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new ort.Tensor("float32", Float32Array.from({ length: size }, value), [...shape]);
};
const rates = stepRates(1, 1e-3, 0);
const feeds: Record<string, ort.Tensor> = {
  images: tensor(step.imageShape, () => rng.normal()),
  targets: tensor(step.targetShape, () => 1 / 10),
  ...Object.fromEntries(step.state.map((name) => [name, tensor([step.size], () => 0)])),
  weights: new ort.Tensor("float32", initialWeights(network, rng), [step.size]),
  ...Object.fromEntries(rateNames.map((name) => [name, tensor([], () => rates[name])])),
};
for (let i = 0; i < Number(flags.steps); i++) await session.run(feeds);
session.endProfiling();
const file = readdirSync(folder)[0];
if (file === undefined) throw new Error("onnxruntime wrote no profile");
const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as readonly ProfileEvent[];
rmSync(folder, { recursive: true });
await session.release();

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const kernels = new Map<string, { readonly label: string; readonly operator: string; readonly times: number[] }>();
for (const { cat, name, dur, args } of events) {
  if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
  const operator = args?.op_name ?? "?";
  const shape = args?.output_type_shape?.flatMap((entry) => Object.values(entry))[0] ?? [];
  const kernel = kernels.get(name) ?? { label: `${operator} [${shape.join(", ")}]`, operator, times: [] };
  kernel.times.push(dur);
  kernels.set(name, kernel);
}
/** Sums of the kernels' medians by what `key` says, the largest first. */
function sums(key: (kernel: { readonly label: string; readonly operator: string }) => string): [string, { ms: number; count: number }][] {
  const totals = new Map<string, { ms: number; count: number }>();
  for (const kernel of kernels.values()) {
    const total = totals.get(key(kernel)) ?? { ms: 0, count: 0 };
    totals.set(key(kernel), { ms: total.ms + median(kernel.times) / 1000, count: total.count + 1 });
  }
  return [...totals].sort(([, a], [, b]) => b.ms - a.ms);
}
const byOperator = sums(({ operator }) => operator);
console.log(
  `${flags.network}, batch ${batch}: ${byOperator.reduce((sum, [, { ms }]) => sum + ms, 0).toFixed(2)} ms in ${kernels.size} kernels`,
);
for (const [title, rows] of [
  ["by operator", byOperator],
  ["by operator and result", sums(({ label }) => label).slice(0, 40)],
] as const) {
  console.log(`\n${title}`);
  for (const [label, { ms, count }] of rows) console.log(`${ms.toFixed(3).padStart(8)} ms ${String(count).padStart(4)} × ${label}`);
}
