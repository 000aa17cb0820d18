import { describe, expect, it } from "vitest";
import { InputError, parseYaml } from "../base/index.ts";
import { budgetsSchema, budgetViolation, checkBudgets, costValues } from "./index.ts";

describe("checkBudgets", () => {
  it("names the costs over budget, and only known ones", () => {
    const costs = { latencyMs: 12, peakMemoryBytes: 1000, flashBytes: 500 };
    expect(checkBudgets(costs, { latencyMs: 10, peakMemoryBytes: 1000, flashBytes: 400, energyMj: 1 })).toEqual([
      { cost: "latencyMs", value: 12, budget: 10 },
      { cost: "flashBytes", value: 500, budget: 400 },
    ]);
    expect(checkBudgets(costs, {})).toEqual([]);
  });

  it("adds up how far over they are", () => {
    expect(budgetViolation(checkBudgets({ latencyMs: 12, flashBytes: 600 }, { latencyMs: 10, flashBytes: 400 }))).toBeCloseTo(
      0.2 + 0.5,
      12,
    );
    expect(budgetViolation([])).toBe(0);
  });
});

it("costValues leaves out what a model does not know", () => {
  expect(costValues({ costs: { latencyMs: { value: 3, low95: null, high95: null, source: "table" } } })).toEqual({ latencyMs: 3 });
});

describe("budgetsSchema", () => {
  it("reads quantities into the costs' units", () => {
    expect(parseYaml("{ latency: 0.1s, peak_memory: 320KiB, energy: 2uJ }", "b.yaml", budgetsSchema)).toEqual({
      latencyMs: 100,
      peakMemoryBytes: 327_680,
      energyMj: 0.002,
    });
  });

  it.each([
    ["{ peak_memroy: 1KiB }", "peak_memory"],
    ["{ latency: 100KiB }", undefined],
    ["{ flash: 0B }", undefined],
  ])("refuses %s", (text, suggestion) => {
    try {
      parseYaml(text, "b.yaml", budgetsSchema);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).place?.line).toBe(1);
      if (suggestion) expect((error as InputError).suggestion).toBe(suggestion);
    }
  });
});
