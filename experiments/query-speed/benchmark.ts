/**
 * Times a query of the front under three conditions over very many trials in a store on disk: from columns, the first time and again,
 * beside the same query over the trials themselves. Prints each as a ratio; see README.md.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core";
import type { Experiment, Trial } from "@archwright/core/experiment";
import { FollowedRun, queryFront } from "@archwright/core/query";
import { openStore, openStoreForReading } from "@archwright/engine";
import { median } from "../controller-overhead/stopwatch.ts";

const { values } = parseArgs({ options: { trials: { type: "string" }, repetitions: { type: "string" }, first: { type: "string" } } });
const count = Number(values.trials ?? 1_000_000);
const repetitions = Number(values.repetitions ?? 5);

const device = (name: string) => ({ name, kind: "profile", budgets: {} });
const experiment = {
  ...{ name: "speed", evaluator: { kind: "train", training: { epochs: 10 } }, devices: [device("phone"), device("board")] },
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "phone" }],
} as unknown as Experiment;

/** Three conditions, which a quarter of the trials meet or so. */
const where = ["latency@phone<=20ms", "peak_memory@board<=200KiB", "accuracy>=70%"];
const queries = {
  "two objectives": { where },
  "three objectives": { where, objectives: "error,latency@phone,peak_memory@board" },
  "no condition": {},
};

const rng = createRng("query-speed");
/** Larger networks are more accurate, slower and need more memory, each with noise of its own; one in ten is over budget. */
function madeUpTrial(number: number): Trial {
  const size = rng.next();
  const noisy = (value: number, noise: number) => value * (1 + noise * (rng.next() - 0.5));
  const estimate = (value: number) => ({ value, low95: value * 0.8, high95: value * 1.25, source: "analytic" }) as const;
  const phone = { latencyMs: estimate(noisy(1 + 40 * size, 0.5)) };
  const board = {
    latencyMs: estimate(noisy(10 + 400 * size, 0.4)),
    peakMemoryBytes: estimate(Math.round(noisy(20_000 + 4e5 * size, 0.6))),
  };
  const feasible = rng.next() > 0.1;
  const score = noisy(95 - 40 * (1 - size) ** 2, 0.05);
  return {
    number,
    architecture: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2| #${number}`,
    fidelity: { epochs: 3 },
    seed: number,
    status: feasible ? "feasible" : "infeasible",
    gate: feasible ? "trained" : "analytic",
    excesses: [],
    devices: { phone: { estimates: phone, measurements: [] }, board: { estimates: board, measurements: [] } },
    macs: Math.round(1e6 * size),
    parameters: Math.round(1e5 * size),
    ...(feasible ? { score, objectives: [100 - score, phone.latencyMs.value] } : {}),
    seconds: 1 / 3,
  };
}

/** In a program of its own, as whoever asks for the first time: the store is opened, read and asked. */
if (values.first !== undefined) {
  const { times } = timed(() => {
    const store = openStoreForReading(values.first ?? "");
    const run = new FollowedRun(store, "speed-1");
    run.update();
    run.front(experiment, queries["two objectives"]);
    store.close();
  });
  process.stdout.write(JSON.stringify(times));
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), "archwright-query-speed-"));
const file = join(folder, "store.db");
const { id } = (() => {
  const store = openStore(file);
  const run = store.createRun({ name: "speed", experiment, experimentHash: "", seed: 0 });
  const batch = 500;
  for (let from = 0; from < count; from += batch) {
    store.addTrials(
      run.id,
      Array.from({ length: Math.min(batch, count - from) }, (_, i) => madeUpTrial(from + i)),
    );
  }
  store.close();
  return run;
})();

/** Milliseconds by the clock, and of processor time of all threads, which a machine that is busy otherwise changes less. */
interface Times {
  readonly ms: number;
  readonly processor: number;
}

interface Timed<T> {
  readonly times: Times;
  readonly result: T;
}

function timed<T>(work: () => T): Timed<T> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { times: { ms: performance.now() - start, processor: (user + system) / 1000 }, result };
}

const store = openStoreForReading(file);
const run = new FollowedRun(store, id);
run.update();
const first: Times[] = [];
const names = Object.keys(queries) as (keyof typeof queries)[];
const plain: Record<string, Times[]> = Object.fromEntries(names.map((name) => [name, []]));
const warm: Record<string, Times[]> = Object.fromEntries(names.map((name) => [name, []]));
const found: Record<string, string> = {};
for (let repetition = 0; repetition < repetitions; repetition++) {
  const program = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), "--first", file], { encoding: "utf8" });
  if (program.status !== 0) throw new Error(program.stderr);
  first.push(JSON.parse(program.stdout) as Times);
  for (const name of names) {
    const reference = timed(() => queryFront(experiment, store.trials(id), queries[name]));
    const again = timed(() => run.front(experiment, queries[name]));
    plain[name]?.push(reference.times);
    warm[name]?.push(again.times);
    const numbers = (trials: readonly Trial[]) => trials.map(({ number }) => number).join();
    if (numbers(reference.result.trials) !== numbers(again.result.trials)) throw new Error(`${name}: the answers differ`);
    found[name] = `${again.result.trials.length} of ${again.result.compared.length} compared`;
  }
}
store.close();

const medianOf = (all: readonly Times[] = []): Times => ({
  ms: median(all.map(({ ms }) => ms)),
  processor: median(all.map(({ processor }) => processor)),
});
const text = (ms: number) => ms.toFixed(ms < 100 ? 1 : 0);
const told = ({ ms, processor }: Times) => `${text(ms)} ms (processor: ${text(processor)} ms)`;
const ratio = (slow: Times, fast: Times) =>
  `${(slow.ms / fast.ms).toFixed(1)} (processor: ${(slow.processor / fast.processor).toFixed(1)}) times as fast`;

console.log(`${count} trials, ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB on disk; median of ${repetitions}`);
const [reference, opened] = [medianOf(plain["two objectives"]), medianOf(first)];
console.log(`the first time: ${told(opened)}, ${ratio(reference, opened)} as over the trials: ${told(reference)}`);
for (const name of names) {
  const [slow, fast] = [medianOf(plain[name]), medianOf(warm[name])];
  console.log(`again, ${name} (${found[name]}): ${told(fast)}, ${ratio(slow, fast)} as over the trials: ${told(slow)}`);
}
rmSync(folder, { recursive: true });
