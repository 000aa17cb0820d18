import type { Experiment, Trial } from "@archwright/core";
import { frontOf } from "@archwright/core/query";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortened } from "./shorten.ts";
import { renderFront } from "./table.ts";

const experiment = {
  name: "e",
  evaluator: { kind: "train", training: { epochs: 10 } },
  devices: [
    { name: "stm32f746", kind: "profile", budgets: { peakMemoryBytes: 1e6, flashBytes: 1e6 } },
    { name: "local", kind: "measured", runtime: "onnxruntime-node", budgets: {} },
  ],
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "stm32f746" }],
} as unknown as Experiment;

const trials = Array.from({ length: 6 }, (_, number) => {
  const costs = { latencyMs: { value: 9 - number }, peakMemoryBytes: { value: 20_000 }, flashBytes: { value: 70_000 + number } };
  const measurements = [{ metric: "latencyMs", value: 1 + number }];
  return {
    ...{ number, status: "feasible", score: 90 - number, testScore: 80, macs: 1000 * (1 + number), parameters: 500, excesses: [] },
    architecture: `w0.5 head-c${number} | s1 ir-k3e3 ir-k5e3 | s2 ir-k5e3se ir-k5e6se ir-k5e3 | s2 ir-k3e3se ir-k3e3se`,
    devices: { stm32f746: { estimates: costs, measurements: [] }, local: { estimates: { latencyMs: { value: 2 } }, measurements } },
  };
}) as unknown as readonly Trial[];

const front = { ...frontOf(experiment.task, trials, experiment.objectives), experiment };
const table = (options: Partial<Parameters<typeof renderFront>[1]>) =>
  renderFront(front, { width: 80, command: "archwright pareto e-1", ...options });

describe("a table of results", () => {
  it.each([60, 80, 100, 132])("fits %d columns, keeps what was compared, and says how to see all", (width) => {
    const lines = table({ width }).split("\n");
    for (const line of lines.slice(0, 4 + trials.length)) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines.slice(0, 3).join("\n")).toMatch(/accuracy %.*\n.*latency ms/);
    expect(lines.join("\n")).toContain("archwright pareto e-1 --wide");
  });

  it("leaves out first what another column says, and what is the same for all", () => {
    const leftOut = (width: number) => /left out: (.*?);/.exec(table({ width }))?.[1]?.split(", ");
    const same = ["test_accuracy", "peak_memory_bytes@stm32f746", "latency_ms_predicted@local", "parameters"];
    expect(leftOut(120)).toEqual(["latency_ms_predicted@local"]);
    expect(leftOut(80)).toEqual(expect.arrayContaining(same));
  });

  it("is whole with --wide, and has the columns that are asked for", () => {
    const wide = table({ wide: true });
    for (const { architecture } of trials) expect(wide).toContain(architecture);
    expect(wide).not.toContain("left out");
    const head = table({ columns: ["test_accuracy", "latency@local"] })
      .split("\n")
      .slice(0, 3)
      .join("\n");
    expect(head).toMatch(/test +predicted +measured +architecture/);
    expect(head).not.toContain("flash");
    expect(() => table({ columns: ["acuracy"] })).toThrow("write instead: accuracy");
  });
});

describe("shortened texts", () => {
  it("differ where the texts differ, and are no longer than asked where that is possible", () => {
    const word = fc.constantFrom("conv", "skip", "pool", "none", "k3", "k5");
    const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join("|"));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (texts, width) => {
        const result = shortened(texts, width);
        expect(new Set(result).size).toBe(new Set(texts).size);
        result.forEach((short, i) => {
          expect(short.length).toBeLessThanOrEqual((texts[i] as string).length);
          if (short !== texts[i]) expect(short).toContain("…");
        });
      }),
    );
    expect(shortened(["stem-a body-b", "stem-a body-c"], 8)).toEqual(["stem-a…b", "stem-a…c"]);
    expect(shortened(["short"], 8)).toEqual(["short"]);
  });
});
