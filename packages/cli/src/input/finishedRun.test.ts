import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { experimentHash, nasbench201 } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "../shell/run.ts";
import { loadExperiment } from "./loadExperiment.ts";
import { workspaceIn } from "./workspace.ts";

const space = nasbench201();
const cells = [...space.enumerate()].filter((_, i) => i % 600 === 0);
const table = `architecture,lat,acc\n${cells.map((cell, i) => `${space.format(cell)},${5 + (i % 7)},${60 + (i % 11)}\n`).join("")}`;
const yaml = `name: over
accuracy: { file: table.csv, column: acc }
space: nasbench201
devices: [{ name: phone, latency_table: { file: table.csv, column: lat } }]
objectives: [error, latency@phone]
search: { evaluations: 10 }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archwright-finished-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** The command in the folder, and what it says. */
async function archwright(...args: readonly string[]) {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  const code = await run(args, workspaceIn(folder));
  for (const spy of spies) spy.mockRestore();
  return { code, ...said };
}

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const search = (...args: readonly string[]) => archwright("search", join(folder, "over.yaml"), ...args, "--json");

describe("a finished run whose table is gone", () => {
  it("is shown again as it is stored, with a line that says so", async () => {
    write("table.csv", table);
    write("over.yaml", yaml);
    const first = await search();
    expect(first.code, first.stderr).toBe(0);
    rmSync(join(folder, "table.csv"));
    for (const resume of [["--resume"], ["--resume", "over-1"]]) {
      const again = await search(...resume);
      expect(again.code, again.stderr).toBe(0);
      expect(JSON.parse(again.stdout)).toEqual(JSON.parse(first.stdout));
      expect(again.stderr).toContain("run over-1, already done: shown as it is stored, because its data cannot be read (");
      expect(again.stderr).toContain("table.csv: cannot be read (ENOENT)");
    }
  });

  it("is not shown in place of another experiment, or of one that has more to do", async () => {
    write("table.csv", table);
    write("over.yaml", yaml);
    await search();
    rmSync(join(folder, "table.csv"));
    const refused = async (...args: readonly string[]) => {
      const { code, stderr } = await search(...args);
      expect(code).toBe(2);
      expect(stderr).toContain("table.csv: cannot be read (ENOENT)");
    };
    await refused();
    await refused("--resume", "over-2");
    await refused("--resume", "--seed", "1");
    write("over.yaml", yaml.replace("evaluations: 10", "evaluations: 12"));
    await refused("--resume");
    write("over.yaml", yaml.replaceAll("table.csv", "other.csv"));
    expect((await search("--resume")).stderr).toContain("other.csv: cannot be read (ENOENT)");
  });
});

it("a finished run whose dataset is gone is shown again, unless the experiment names another dataset", async () => {
  mkdirSync(join(folder, "data"));
  const row = (label: number) => [label, ...Array.from({ length: 16 }, (_, i) => (i * label) % 256)].join(",");
  write("data/images.csv", Array.from({ length: 60 }, (_, i) => `${row(i % 2)}\n`).join(""));
  const training = `name: over
dataset: { kind: csv, file: data/images.csv, label_column: first, shape: [1, 4, 4], scale: 255 }
space: mobile
devices: [stm32f746]
objectives: [error, latency]
search: { evaluations: 4 }
`;
  write("over.yaml", training);
  // Nothing is trained here: what was is stored.
  const experiment = await loadExperiment(join(folder, "over.yaml"), { workspace: workspaceIn(folder) });
  mkdirSync(join(folder, ".archwright"));
  const store = openStore(workspaceIn(folder).store);
  const { name, seed } = experiment;
  const { id } = store.createRun({ name, seed, experiment, experimentHash: experimentHash(experiment) });
  store.addTrials(id, [
    {
      ...{ number: 0, architecture: "a", fidelity: { epochs: 1 }, seed: 0, status: "feasible", gate: "trained", excesses: [] },
      ...{ devices: {}, macs: 1, parameters: 1, score: 80, testScore: 79, objectives: [20, 1], seconds: 1 },
    },
  ]);
  const summary = { reason: "evaluations", candidates: 1, evaluations: 1, front: [0], stopped: {}, failures: {}, reproducible: "exact" };
  store.updateRun(id, { status: "done", summary });
  store.close();
  rmSync(join(folder, "data"), { recursive: true });

  const shown = await search("--resume");
  expect(shown.code, shown.stderr).toBe(0);
  expect(JSON.parse(shown.stdout)).toMatchObject({ run: "over-1", trials: [{ number: 0, test_accuracy: 79 }] });
  write("over.yaml", training.replace("scale: 255", "scale: 128"));
  expect((await search("--resume")).code).toBe(2);
});
