/**
 * Times one training step (forward, reverse, Adam) on one thread, interleaved with its references: the forward pass alone
 * in onnxruntime, and PyTorch where `python3` has it. Times are processor times of the process, which a busy neighbour
 * disturbs less than the clock on the wall. Prints a table; see README.md.
 */
import { createRequire } from "node:module";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import * as ort from "onnxruntime-node";
import { exportOnnx } from "../../packages/runtimes/src/onnx/index.ts";
import { openEngine } from "../../packages/runtimes/src/onnxruntime.ts";
import { createStepRunner, initialWeights, stepRates } from "../../packages/runtimes/src/training/index.ts";
import { type BenchmarkNetwork, benchmarkNetworks } from "./networks.ts";
import { openPytorch } from "./pytorch.ts";

const perTurn = 10;
type Timer = () => Promise<readonly number[]>;

function processorMs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

async function timed(work: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < perTurn; i++) {
    const start = process.cpuUsage();
    await work();
    times.push(processorMs(start));
  }
  return times;
}

async function prepare({ network, batch }: BenchmarkNetwork) {
  const rng = createRng(1);
  const weights = initialWeights(network, rng);
  const start = process.cpuUsage();
  const runner = await createStepRunner(network, weights, batch, { optimiser: "adam" });
  const compileMs = processorMs(start);
  for (let i = 0; i < runner.images.length; i++) runner.images[i] = rng.normal();
  for (let i = 0; i < batch; i++) runner.targets[i * 10 + (i % 10)] = 1;
  const session = await (await openEngine()).createSession(exportOnnx(network, weights, { batch }), 1);
  const shape = [batch, ...(network.nodes[0]?.output.shape.slice(1) ?? [])];
  const feeds = { input: new ort.Tensor("float32", runner.images, shape) };
  let count = 0;
  const step: Timer = () => timed(() => runner.step(stepRates(++count, 1e-3, 0)));
  const forward: Timer = () => timed(() => session.run(feeds));
  const end = async () => {
    await runner.release();
    await session.release();
  };
  return { step, forward, compileMs, end };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const minimum = (values: readonly number[]) => Math.min(...values);
const show = (value: number) => value.toFixed(2).padStart(7);

const { values: flags } = parseArgs({
  options: { turns: { type: "string", default: "15" }, network: { type: "string" }, python: { type: "string", default: "python3" } },
});
const reference = await openPytorch(flags.python);
const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
const load = () => loadavg()[0]?.toFixed(1);
console.log(
  `onnxruntime-node ${version}, Node ${process.version}, ${reference?.version ?? "no PyTorch"}; one thread, processor time in ms; load average ${load()}`,
);
console.log(
  "network            batch compile | step: median     min | 3 × forward: median     min   ratio | PyTorch: median     min   ratio",
);
for (const one of benchmarkNetworks.filter(({ name }) => flags.network === undefined || flags.network === name)) {
  const { step, forward, compileMs, end } = await prepare(one);
  const turn = await reference?.prepare(one);
  await step();
  await forward();
  const times = { step: [] as number[], forward: [] as number[], pytorch: [] as number[] };
  for (let i = 0; i < Number(flags.turns); i++) {
    times.step.push(...(await step()));
    times.forward.push(...(await forward()));
    if (turn) times.pytorch.push(...(await turn()));
  }
  const against = (values: readonly number[], factor: number) =>
    `${show(factor * median(values))} ${show(factor * minimum(values))}    ${(median(times.step) / (factor * median(values))).toFixed(2)}`;
  const columns = [
    `${one.name.padEnd(18)} ${String(one.batch).padStart(5)} ${compileMs.toFixed(0).padStart(7)}`,
    `     ${show(median(times.step))} ${show(minimum(times.step))}`,
    `            ${against(times.forward, 3)}`,
    turn ? `        ${against(times.pytorch, 1)}` : "",
  ];
  console.log(columns.join(" | "));
  await end();
}
console.log(`load average at the end ${load()}`);
reference?.end();
