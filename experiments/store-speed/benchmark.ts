/**
 * Times the stores on made-up trials: adding them in batches, reading all of them, and reading what is new after each batch,
 * as a page does that follows a run. Prints a table; see README.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Experiment, Store, Trial } from "@archwright/core/experiment";
import { createMemoryStore, openStore } from "@archwright/engine";
import { median } from "../controller-overhead/stopwatch.ts";

const { values } = parseArgs({ options: { trials: { type: "string" }, batch: { type: "string" }, repetitions: { type: "string" } } });
const count = Number(values.trials ?? 100_000);
const batch = Number(values.batch ?? 50);
const repetitions = Number(values.repetitions ?? 5);

const folder = mkdtempSync(join(tmpdir(), "archwright-store-speed-"));
let files = 0;
const stores: Readonly<Record<string, () => Store>> = {
  memory: createMemoryStore,
  SQLite: () => openStore(join(folder, `${files++}.db`)),
};

/** A trained trial of average length: about 700 characters of JSON. */
function madeUpTrial(number: number): Trial {
  const latencyMs = { value: 1 + 1 / (number + 3), low95: 0.9, high95: 2.2, source: "analytic" } as const;
  return {
    number,
    architecture: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2| #${number}`,
    fidelity: { epochs: 3 },
    seed: number,
    status: "feasible",
    gate: "trained",
    excesses: [],
    devices: { phone: { estimates: { latencyMs }, measurements: [] } },
    macs: 1_234_567,
    parameters: 4321,
    score: 90 + 1 / (number + 1),
    objectives: [10 - 1 / (number + 1), latencyMs.value],
    seconds: 1 / 3,
  };
}

const trials = Array.from({ length: count }, (_, number) => madeUpTrial(number));
const perSecond = (milliseconds: number) => Math.round((count / milliseconds) * 1000);

interface Times {
  readonly written: number;
  readonly read: number;
  readonly followed: number;
}

/** Milliseconds of processor time, all threads of this process. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function measure(open: () => Store): Times {
  const store = open();
  const plan = { name: "speed", experiment: {} as Experiment, experimentHash: "", seed: 0 };
  const add = (run: string, from: number) => store.addTrials(run, trials.slice(from, from + batch));
  const { id } = store.createRun(plan);
  const written = timed(() => {
    for (let from = 0; from < count; from += batch) add(id, from);
  });
  const read = timed(() => {
    let found = 0;
    for (const _ of store.trials(id)) found++;
    if (found !== count) throw new Error(`${found} of ${count} trials were read`);
  });
  const followed = store.createRun(plan).id;
  let cursor = store.changes(followed).cursor;
  let asked = 0;
  for (let from = 0; from < count; from += batch) {
    add(followed, from);
    asked += timed(() => {
      cursor = store.changes(followed, cursor).cursor;
    });
  }
  store.close();
  return { written, read, followed: asked };
}

const times = Object.fromEntries(Object.keys(stores).map((name) => [name, [] as Times[]]));
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const [name, open] of Object.entries(stores)) times[name]?.push(measure(open));
}
rmSync(folder, { recursive: true });

console.log(`${count} trials in batches of ${batch}, median of ${repetitions}: trials per second of processor time`);
for (const [name, all] of Object.entries(times)) {
  const of = (key: keyof Times) => perSecond(median(all.map((each) => each[key])));
  console.log(
    `${name}: ${of("written")} written, ${of("read")} read, ${of("followed")} followed (each batch read as soon as it is written)`,
  );
}
