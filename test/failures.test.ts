import { describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

/** Candidates that cannot be evaluated are trials with a code; the run goes on to its end, and says that nothing came of it. */
const folder = createFolder();

const cases = [
  ["timeout", { limits: { trial_time: "5ms" } }],
  ["not-finite", { training: { epochs: 2, batch_size: 32, learning_rate: 1e30 } }],
  [
    "out-of-memory",
    {
      // Half a gigabyte of activations at this batch size.
      space: { name: "custom", stem: { channels: 1024 }, stages: [{ channels: 1024, blocks: [{ type: "conv", kernel: [1, 3, 5] }] }] },
      devices: [{ name: "laptop-cpu" }],
      objectives: ["error", "latency"],
      dataset: "digits",
      training: { epochs: 1, batch_size: 1024 },
      limits: { trial_memory: "300MiB" },
    },
  ],
] as const;

describe("candidates that fail", () => {
  it.concurrent.each(cases)("are trials of code '%s'", async (code, changes) => {
    folder.write(`${code}.yaml`, experiment({ name: code, search: { algorithm: "random", evaluations: 1 }, ...changes }));
    const search = await folder.run("search", `${code}.yaml`, "--workers", "2", "--json");
    expect(search.code, search.stderr).toBe(1);
    expect(JSON.parse(search.stdout)).toMatchObject({ trials: [], status: "done", summary: { evaluations: 1, failures: { [code]: 1 } } });
    expect(search.stderr).toContain(`1 failed: ${code}`);
    const failed = folder.trials(`${code}-1`).filter(({ status }) => status === "failed");
    expect(failed.map(({ gate, failure }) => [gate, failure?.code])).toEqual([["trained", code]]);
    const explained = await folder.run("explain", `${code}-1`, String(failed[0]?.number));
    expect(explained.stdout).toContain(`failed: ${code}: `);
    expect(explained.stdout).toContain("trained stopped");
  });

  it.concurrent("are not looked for where the program itself has no room: that is a limit to be raised", async () => {
    folder.write("no-room.yaml", experiment({ name: "no-room", limits: { trial_memory: "24MiB" } }));
    const { code, stdout, stderr } = await folder.run("search", "no-room.yaml", "--workers", "2");
    expect(code, stderr).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("cannot even start within the memory limit of 24 MiB");
  });

  it.concurrent("for their costs alone end the search, which names the nearest and the budget to raise", async () => {
    const devices = [{ name: "stm32f746", budgets: { latency: "1us" } }];
    folder.write("tight.yaml", experiment({ name: "tight", devices }));
    const { code, stdout, stderr } = await folder.run("search", "tight.yaml");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/tight\.yaml:\d+:\d+: none of \d+ candidates is within the budgets/);
    expect(stderr).toMatch(/the nearest, trial \d+ \(stem-.*\), has latency@stm32f746 of \d+/);
    expect(stderr).toMatch(/write instead: latency: \d+/);
    const pareto = await folder.run("pareto", "tight-1");
    expect(pareto.stdout).toContain("no feasible trial of tight-1");
  });
});
