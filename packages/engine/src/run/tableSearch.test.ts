import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, type Experiment, nasbench201, parseExperiment } from "@archwright/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../store/index.ts";
import { createProblem } from "./problem.ts";
import { type RunOptions, runExperiment } from "./runExperiment.ts";
import { createTableReader } from "./tables.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-tables-"));
const table = join(folder, "table.csv");

beforeAll(() => {
  const space = nasbench201();
  const rng = createRng("made-up values");
  const rows = Array.from(
    space.enumerate(),
    (g) => `${space.format(g)},${(10 + 80 * rng.next()).toFixed(2)},${(1 + 9 * rng.next()).toFixed(3)}`,
  );
  writeFileSync(table, ["architecture,accuracy,latency", ...rows].join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function experimentOf(algorithm: string, evaluations: number): Promise<Experiment> {
  const text = `
name: tables
space: nasbench201
accuracy: { file: ${JSON.stringify(table)}, column: accuracy }
devices:
  - { name: made-up, budgets: { latency: 8ms }, latency_table: { file: ${JSON.stringify(table)}, column: latency } }
objectives: [error, latency@made-up]
search: { algorithm: ${algorithm}, evaluations: ${evaluations} }
`;
  const notUsed = () => {
    throw new Error("not used here");
  };
  return parseExperiment(text, "tables.yaml", {
    path: (written) => written,
    deviceNames: [],
    device: () => undefined,
    readSpace: notUsed,
    tableHash: createTableReader().contentHash,
    readDataset: notUsed,
  });
}

let files = 0;
async function start(experiment: Experiment, options: Pick<RunOptions, "signal" | "onTrial"> = {}) {
  const store = openStore(join(folder, `${++files}.db`));
  const createExecutor = () => {
    throw new Error("looking into a table needs no executor");
  };
  const run = (resume: boolean) =>
    runExperiment({
      problem: createProblem(experiment),
      store,
      createExecutor,
      ...(resume ? { resume: {} } : {}),
      ...(resume ? {} : options),
    });
  return { store, run };
}

describe("a search over tables", () => {
  it("stores every trial, and looks up what the table says", async () => {
    const { store, run } = await start(await experimentOf("random", 1000));
    const { run: done, summary } = await run(false);
    const trials = [...store.trials(done.id)];
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: summary.candidates }, (_, number) => number));
    expect(trials.filter(({ status }) => status === "feasible")).toHaveLength(1000);
    for (const { status, score, objectives, devices, excesses } of trials) {
      const latencyMs = devices["made-up"]?.estimates.latencyMs?.value as number;
      if (status === "feasible") expect(objectives).toEqual([100 - (score as number), latencyMs]);
      else expect(excesses).toEqual([{ device: "made-up", cost: "latencyMs", value: latencyMs, budget: 8 }]);
    }
    store.close();
  });

  it("hears a signal though nothing in it ever waits, and continues where it stopped", async () => {
    const experiment = await experimentOf("nsga2", 4000);
    const interruption = new AbortController();
    let heard = 0;
    const stopped = await start(experiment, {
      signal: interruption.signal,
      onTrial: ({ candidates }) => {
        heard = candidates;
        // As a signal of the operating system: it comes when the event loop turns.
        if (candidates === 500) setTimeout(() => interruption.abort(new Error("stop")), 0);
      },
    });
    await expect(stopped.run(false)).rejects.toThrow("stop");
    expect(heard).toBeLessThan(4000);
    const resumed = await stopped.run(true);
    const whole = await start(experiment);
    const undisturbed = await whole.run(false);
    expect(resumed.summary).toEqual(undisturbed.summary);
    expect([...stopped.store.trials(resumed.run.id)]).toEqual([...whole.store.trials(undisturbed.run.id)]);
    stopped.store.close();
    whole.store.close();
  });
});
