import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, createSpace, type Trial } from "@archwright/core";
import { exampleExperiment } from "@archwright/core/testing";
import { openStore } from "@archwright/engine";
import { expect, it, onTestFinished, vi } from "vitest";
import { run } from "../../shell/run.ts";

const experiment = {
  ...exampleExperiment,
  devices: [{ name: "board", kind: "table", budgets: { latencyMs: 40 } }],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "board" }],
} as unknown as typeof exampleExperiment;

/** More of an operation at the first edge is more accurate and slower; every fourth is over budget. */
function trials(): readonly Trial[] {
  const space = createSpace(experiment.space, experiment.task);
  const rng = createRng("insights");
  return Array.from({ length: 80 }, (_, number): Trial => {
    const genotype = space.sample(rng);
    const latency = number % 4 === 0 ? 42 + (number % 5) * 10 : 10 + 5 * (genotype[0] ?? 0) + rng.next();
    const isOver = latency > 40;
    const score = 60 + 5 * (genotype[0] ?? 0) + rng.next();
    return {
      ...{ number, architecture: space.format(genotype), fidelity: { epochs: 1 }, seed: 0, seconds: 2 },
      ...{ status: isOver ? "infeasible" : "feasible", gate: isOver ? "analytic" : "trained" },
      excesses: isOver ? [{ device: "board", cost: "latencyMs", value: latency, budget: 40 }] : [],
      devices: { board: { estimates: { latencyMs: { value: latency, low95: null, high95: null, source: "table" } }, measurements: [] } },
      ...(isOver ? {} : { score, objectives: [100 - score, latency] }),
    };
  });
}

it("shows what a run says beside its front, to people and as JSON", async () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-insights-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "store.db");
  const store = openStore(file);
  const { id } = store.createRun({ name: "digits", seed: 0, experiment, experimentHash: "a" });
  store.createRun({ name: "empty", seed: 0, experiment, experimentHash: "a" });
  store.addTrials(id, trials());
  store.close();
  const said: string[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
  onTestFinished(() => void spy.mockRestore());
  const insights = async (...args: readonly string[]) => {
    said.length = 0;
    expect(await run(["insights", ...args, "--store", file])).toBe(0);
    return said.join("");
  };

  const text = await insights(id);
  expect(text).toMatch(/^hypervolume up to error 3\d\.\d\d % \(the worst feasible\), latency@board 40ms \(its budget\)/);
  expect(text).toMatch(/^analytic +80 +60 +20 +0$/m);
  expect(text).toMatch(/^latency@board ≤ 40ms +20 +20 +4 +4 +8$/m);
  expect(text).toMatch(/^what error depends on, by a model of 60 trials: \d+ % of the variance of unseen trials explained$/m);

  const json = JSON.parse(await insights(id, "--json"));
  expect(Object.keys(json)).toEqual(["run", "hypervolume", "gates", "budgets", "importance", "best_options"]);
  expect(json.hypervolume.steps.at(-1)).toMatchObject({ evaluations: 60, seconds: 160 });
  expect(json.budgets).toMatchObject([{ name: "latency@board", device: "board", metric: "latency_ms", exceeded: 20, alone: 20 }]);
  expect(json.importance[0].choices[0]).toMatchObject({ choice: "0→1" });

  expect(await insights("empty")).toMatch(/no hypervolume yet[\s\S]*cannot be said from 0 trials: too few trials/);
  expect(JSON.parse(await insights("empty", "--json"))).toMatchObject({ hypervolume: null, best_options: { front: 0, options: [] } });
});
