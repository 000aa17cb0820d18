/** What every row of the table of device kinds must do. */
import { describe, expect, test } from "vitest";
import { canonicalJson, InputError, type Json } from "../base/index.ts";
import { type CostName, costNames, measuringRuntimes } from "../devices/index.ts";
import {
  type CostSourceContext,
  type DeviceContext,
  type DeviceEntry,
  type DeviceKind,
  deviceKindOf,
  resolveDevice,
  type SpecOfKind,
} from "../devices/kinds/index.ts";
import { latencyModels } from "../latency/index.ts";
import { createSpace } from "../spaces/index.ts";

/** An example of a kind: an entry of an experiment, and what it is resolved and opened with. */
export interface DeviceKindSubject {
  readonly entry: DeviceEntry & Readonly<Record<string, unknown>>;
  readonly context: Omit<DeviceContext, "located">;
  readonly latencies?: CostSourceContext["latencies"];
  /** Canonical texts of architectures of the space, all of which the device knows. */
  readonly architectures: readonly string[];
}

export function deviceKindConformance<Spec extends SpecOfKind>(row: DeviceKind<Spec>, subject: () => DeviceKindSubject): void {
  const located: DeviceContext["located"] = (_, read) => read();
  const resolve = (budgets: DeviceEntry["budgets"] = {}) => {
    const { entry, context } = subject();
    return resolveDevice({ ...entry, budgets }, { ...context, located });
  };
  const open = () => {
    const { context, latencies = () => new Map() } = subject();
    const space = createSpace(context.space, context.task);
    const device = resolve();
    const source = deviceKindOf(device).open(device, { space, latencies, latencyModels });
    const estimate = (text: string) =>
      source.estimate(text, source.needsNetwork ? space.network(space.parse(text), context.task) : undefined);
    return { device, source, estimate };
  };

  describe(`${row.kind} as a kind of device`, () => {
    test("is the kind of its own entries, and is found by its name", () => {
      const device = resolve();
      expect(device).toMatchObject({ kind: row.kind, name: subject().entry.name });
      expect(deviceKindOf(device)).toBe(row);
    });

    test("keeps plain JSON, which says the same after a journey", () => {
      const device = resolve();
      expect(JSON.parse(JSON.stringify(device))).toEqual(device);
      const decides = (spec: unknown) => canonicalJson(row.decides(spec as Spec));
      expect(decides(JSON.parse(JSON.stringify(device)))).toBe(decides(device));
      expect(JSON.parse(JSON.stringify(row.describe(device as unknown as Spec) as Json))).toBeTypeOf("object");
    });

    test("estimates every cost that it may be judged by, and refuses the others as a budget or an objective", () => {
      const { device, estimate } = open();
      const [architecture = ""] = subject().architectures;
      const own = device as unknown as Spec & { readonly name: string };
      for (const cost of costNames) {
        const knows = () => row.checkKnows(own, cost, "an objective");
        const budget = { [cost]: 1e300 } as DeviceEntry["budgets"];
        if (attempt(knows) === undefined) {
          if (!row.gates.includes("measured")) expect(estimate(architecture)[cost]?.value).toBeGreaterThan(0);
          // A budget may still be refused as more than the device has, in words about the budget.
          const refused = attempt(() => resolve(budget));
          if (refused) expect(refused.message).toContain("budget");
        } else {
          expect(attempt(() => resolve(budget))?.message).toMatch(/cannot be a budget/);
        }
      }
    });

    test("estimates the same each time, in finite numbers inside their intervals, marked with where they come from", () => {
      const [first, second] = [open(), open()];
      for (const architecture of subject().architectures) {
        const estimates = first.estimate(architecture);
        expect(second.estimate(architecture)).toEqual(estimates);
        for (const { value, low95, high95, source, profile } of Object.values(estimates)) {
          expect(Number.isFinite(value) && value >= 0).toBe(true);
          expect((low95 === null) === (high95 === null)).toBe(true);
          if (low95 !== null && high95 !== null) expect(low95 <= value && value <= high95).toBe(true);
          expect(profile !== undefined).toBe(row.hints);
          if (!row.hints) expect(row.gates).toContain(source === "predicted" ? "predicted" : "analytic");
        }
      }
    });

    test("names what it knows where it restricts the candidates, and a runtime where it is measured", () => {
      const { device, source } = open();
      expect(source.known !== undefined).toBe(row.restricts);
      for (const architecture of subject().architectures) if (source.known) expect(source.known.has(architecture)).toBe(true);
      const runtime = row.runtime?.(device as unknown as Spec);
      expect(runtime !== undefined).toBe(row.gates.includes("measured"));
      if (runtime !== undefined) expect(measuringRuntimes.map(({ name }) => name)).toContain(runtime);
    });

    test("breaks a network's cost down into kernels that add up to its latency, if it does", () => {
      const { context, architectures } = subject();
      const space = createSpace(context.space, context.task);
      const network = space.network(space.parse(architectures[0] as string), context.task);
      const { device, estimate } = open();
      const breakdown = row.breakDown?.(device as unknown as Spec, network);
      if (!breakdown) return;
      const sum = breakdown.kernels.reduce((total, { latencyMs }) => total + latencyMs, 0);
      expect(sum / (estimate(architectures[0] as string).latencyMs?.value as number)).toBeCloseTo(1, 9);
    });

    test("sets no budget above what the device has", () => {
      const device = resolve();
      const limits = row.limits(device as unknown as Spec);
      for (const [cost, most] of Object.entries(limits) as [CostName, number][]) expect(device.budgets[cost]).toBeLessThanOrEqual(most);
    });
  });
}

/** The error of an action that refuses its input; undefined where it does not. */
function attempt(action: () => unknown): InputError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
