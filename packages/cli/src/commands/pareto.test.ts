import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Experiment, experimentVersion, type Trial } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { expect, it, onTestFinished, vi } from "vitest";
import { run } from "../shell/run.ts";

const experiment = {
  version: experimentVersion,
  name: "e",
  evaluator: { kind: "train", training: { epochs: 10 } },
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  devices: [{ name: "board", kind: "profile", budgets: {} }],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "board" }],
};
const trial = {
  ...{ number: 0, architecture: "a", fidelity: { epochs: 1 }, seed: 0, status: "feasible", gate: "trained", excesses: [], seconds: 1 },
  devices: { board: { estimates: { latencyMs: { value: 5, low95: null, high95: null, source: "analytic" } }, measurements: [] } },
  ...{ score: 80, objectives: [20, 5] },
} as const satisfies Trial;

it("refuses a query about a cost that is not known for any trial, and finds a run by its experiment's name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-pareto-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "store.db");
  const store = openStore(file);
  const { id } = store.createRun({
    name: "e",
    seed: 0,
    experiment: { ...experiment, version: experimentVersion } as unknown as Experiment,
    experimentHash: "a",
  });
  store.addTrials(id, [trial]);
  store.close();
  const said: string[] = [];
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => said.push(String(text)) > 0),
  );
  onTestFinished(() => spies.forEach((spy) => void spy.mockRestore()));
  const pareto = async (...args: readonly string[]) => {
    said.length = 0;
    return { code: await run(["pareto", "e", "--store", file, ...args]), said: said.join("") };
  };
  for (const query of [
    ["--objectives", "error,energy@board"],
    ["--where", "energy<=1mJ"],
  ]) {
    const refused = await pareto(...query);
    expect(refused.code).toBe(2);
    expect(refused.said).toBe(
      "archwright: energy@board is not known for any feasible trial of the run\n  expected: a cost that is known on 'board': latency@board\n",
    );
  }
  expect((await pareto("--where", "latency<=1ms")).said).toContain("no feasible trial of e-1 meets the conditions");
  expect((await pareto("--where", "latency<=5ms", "--json")).said).toContain('"run": "e-1"');
});
