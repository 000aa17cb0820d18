import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Experiment, experimentVersion, type Trial } from "@archwright/core";
import { openStore, thisProcess } from "@archwright/engine";
import { expect, it, onTestFinished, vi } from "vitest";
import { run } from "../shell/run.ts";

const experiment = (name: string, evaluator: object) =>
  ({
    ...{ version: experimentVersion, name, evaluator, objectives: [{ metric: "error" }] },
    task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
    devices: [{ name: "board", kind: "profile", budgets: {} }],
  }) as unknown as Experiment;
const trained = { kind: "command", command: ["train"], epochs: 1 };

/** A feasible trial, one that failed, and one over a budget. */
const trials = [
  { status: "feasible", score: 80, objectives: [20], excesses: [] },
  { status: "failed", failure: { code: "timeout", message: "too long" }, excesses: [] },
  { status: "infeasible", excesses: [{ device: "board", cost: "latencyMs", value: 9, budget: 5 }] },
].map((known, number) => ({
  ...{ number, architecture: `a${number}`, fidelity: { epochs: 1 }, seed: 0, gate: "trained", devices: {}, seconds: 1 },
  ...known,
})) as unknown as readonly Trial[];

it("refuses what cannot be trained again, and a run that another process works on, and stores nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-retrain-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "store.db");
  const store = openStore(file);
  for (const [name, evaluator] of [
    ["e", trained],
    ["looked", { kind: "table" }],
    ["none", trained],
    ["owned", trained],
  ] as const) {
    const { id } = store.createRun({ name, seed: 0, experiment: experiment(name, evaluator), experimentHash: "a" });
    if (name !== "none") store.addTrials(id, trials);
    store.updateRun(id, { status: "done", owner: name === "owned" ? { ...thisProcess(), host: "elsewhere" } : undefined });
  }
  const said: string[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    const spy = vi.spyOn(process[stream], "write").mockImplementation((text) => said.push(String(text)) > 0);
    onTestFinished(() => void spy.mockRestore());
  }
  for (const [args, problem] of [
    [["e"], /nothing says how long to train[\s\S]*--epochs 30/],
    [["e", "--epochs", "3", "--steps", "9"], /--epochs and --steps exclude each other/],
    [["e", "--epochs", "0"], /--epochs is 0/],
    [["e", "--steps", "2.5"], /--steps is 2\.5/],
    [["e", "--steps", "2", "--seeds", "0"], /--seeds is 0/],
    [["e", "--steps", "2", "--seeds", "101"], /--seeds is too large/],
    [["e", "--steps", "2", "--trial-time", "2"], /--trial-time[\s\S]*60s or 5min/],
    [["ee", "--steps", "2"], /there is no run 'ee'/],
    [["e", "0", "7", "--steps", "2"], /run e-1 has no trial 7/],
    [["e", "zero", "--steps", "2"], /a trial's number|not a number/],
    [["e", "1", "--steps", "2"], /trial 1 of e-1 failed: timeout/],
    [["e", "0", "2", "--steps", "2"], /trial 2 of e-1 is over a budget[\s\S]*archwright pareto e-1/],
    [["looked", "--steps", "2"], /the networks of looked-1 were looked up, not trained/],
    [["none", "--steps", "2"], /run none-1 has no feasible trial/],
    [
      ["owned", "0", "--steps", "2"],
      /may still be run by process \d+ on elsewhere[\s\S]*retrain owned-1 0 --steps 2 --seeds 3 --store \S+ --take-over/,
    ],
  ] as const) {
    said.length = 0;
    const code = await run(["retrain", ...args, "--store", file]);
    expect([args, code, said.join("")]).toEqual([args, 2, expect.stringMatching(problem)]);
  }
  for (const name of ["e", "owned"]) expect([...store.trials(`${name}-1`)]).toEqual(trials);
  expect(store.events("e-1")).toEqual([]);
  store.close();
});
