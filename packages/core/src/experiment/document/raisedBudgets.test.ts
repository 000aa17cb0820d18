import fc from "fast-check";
import { expect, it } from "vitest";
import { parseYaml } from "../../base/index.ts";
import { budgetsSchema, type CostName, costNames } from "../../devices/index.ts";
import { shippedProfiles } from "../../testing/shippedDevices.ts";
import type { Experiment } from "../experiment.ts";
import { metricNames } from "../metrics.ts";
import { raisedBudgets } from "./raisedBudgets.ts";

const profile = shippedProfiles().find(({ name }) => name === "stm32f746");

it("raises every exceeded budget to one that can be read, that the trial meets, and that the device has", () => {
  const costs = fc.record({
    latencyMs: fc.double({ min: 1e-4, max: 1e5, noNaN: true }),
    peakMemoryBytes: fc.oneof(fc.integer({ min: 1, max: 400_000 }), fc.constantFrom(327_679, 327_680, 327_681)),
    flashBytes: fc.integer({ min: 1, max: 2 ** 21 }),
    energyMj: fc.double({ min: 1e-7, max: 1e3, noNaN: true }),
  });
  fc.assert(
    fc.property(costs, costs, (has, budgets) => {
      const experiment = { devices: [{ kind: "profile", name: "d", profile, format: "int8", budgets }] } as unknown as Experiment;
      const estimates = Object.fromEntries(costNames.map((cost) => [cost, { value: has[cost], source: "analytic" }]));
      const raised = raisedBudgets(experiment, { devices: { d: { estimates, measurements: [] } }, excesses: [] } as never);
      expect(raised.map(({ cost }) => cost)).toEqual(costNames.filter((cost) => has[cost] > budgets[cost]));
      for (const { cost, limit } of raised) {
        const most = profile?.budgets[cost] ?? Number.POSITIVE_INFINITY;
        expect(limit === null).toBe(has[cost] > most);
        if (limit === null) continue;
        const read = parseYaml(`{ ${metricNames[cost].yaml}: ${limit} }`, "x.yaml", budgetsSchema)[cost] as number;
        expect(read).toBeGreaterThanOrEqual(has[cost]);
        expect(read).toBeLessThanOrEqual(most);
      }
    }),
  );
});

it("leaves a latency of this machine alone that was never measured", () => {
  const device = { kind: "measured", runtime: "onnxruntime-node", name: "local", profile, format: "float32", budgets: { latencyMs: 1 } };
  const trial = (measurements: readonly object[]) =>
    ({ devices: { local: { estimates: { latencyMs: { value: 5, profile: "laptop-cpu" } }, measurements } }, excesses: [] }) as never;
  const limits = (measurements: readonly object[]) =>
    raisedBudgets({ devices: [device] } as unknown as Experiment, trial(measurements)).map(({ limit }) => limit);
  expect(limits([])).toEqual([]);
  expect(limits([{ metric: "latencyMs" satisfies CostName, value: 4 }])).toEqual(["5ms"]);
});
