/** Every kind of device, with an example of each, through the suite; and the table as a whole. */
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { learnLatencyPredictor } from "../../latency/index.ts";
import { createSpace, type SpaceSpec, type Task } from "../../spaces/index.ts";
import { type DeviceKindSubject, deviceKindConformance } from "../../testing/deviceKind.ts";
import { describeSpace, fitDevice, fitSpace } from "../fitted/index.ts";
import { createAnalyticModel, parseDeviceProfile } from "../index.ts";
import { type DeviceKind, type DeviceSpec, deviceKinds, type SpecOfKind } from "./index.ts";

const space: SpaceSpec = { name: "nasbench201", cells_per_stage: 1, channels: 8 };
const task: Task = { kind: "image-classification", channels: 3, height: 16, width: 16, classes: 10 };
const opened = createSpace(space, task);
const rng = createRng("device kinds");
const architectures = [...new Set(Array.from({ length: 40 }, () => opened.format(opened.sample(rng))))];
const profile = parseDeviceProfile(
  `
name: board
description: made up
kind: board
format: float32
formats: { float32: { rate: 2GMAC/s, energy_per_operation: 1pJ } }
memory: [{ name: ram, holds: [activations, weights], capacity: 64MiB, bandwidth: 1GB/s, energy_per_byte: 10pJ }]
overhead_per_kernel: 10us
static_power: 100mW
runtime: { memory: 16KiB, flash: 64KiB }
budgets: { peak_memory: 64MiB }
sources:
  formats: { basis: estimate, text: made up }
  memory: { basis: estimate, text: made up }
  overhead: { basis: estimate, text: made up }
  energy: { basis: estimate, text: made up }
  runtime: { basis: estimate, text: made up }
`,
  "board.yaml",
);
const model = createAnalyticModel(profile);
const latencyMs = (text: string) => model.estimate(opened.network(opened.parse(text), task)).costs.latencyMs?.value as number;

function fitted() {
  const learned = { architectures, devices: [] };
  const fittedSpace = fitSpace({
    space,
    task,
    predictor: learnLatencyPredictor("default", learned, describeSpace(space, task)),
    sources: [],
    architectures,
    measurements: architectures.slice(0, 10).map((architecture) => ({ architecture, latencyMs: latencyMs(architecture) })),
  });
  return fitDevice({ name: "phone", spaces: [fittedSpace], files: [], measuredOn: null, fittedAt: "2026-11-26T00:00:00.000Z" });
}

const subject = (entry: { name: string } & Record<string, unknown>, device: () => unknown): (() => DeviceKindSubject) => {
  const library = device() as never;
  return () => ({
    entry: { budgets: {}, ...entry },
    context: { space, task, library: () => library, column: (written) => ({ ...written, contentHash: "hash" }) },
    latencies: () => new Map(architectures.map((text) => [text, latencyMs(text)])),
    architectures,
  });
};

/** The compiler asks for an example of a new kind here. */
const examples: Record<DeviceSpec["kind"], () => DeviceKindSubject> = {
  profile: subject({ name: "board" }, () => profile),
  fitted: subject({ name: "phone" }, fitted),
  table: subject({ name: "column", latency_table: { file: "/latency.csv", column: "column" } }, () => profile),
  measured: subject({ name: "local" }, () => profile),
};

for (const row of deviceKinds as unknown as readonly DeviceKind<SpecOfKind>[]) {
  deviceKindConformance(row, examples[row.kind as DeviceSpec["kind"]]);
}

describe("the table of device kinds", () => {
  it("has each kind, key and reserved name once", () => {
    for (const names of [
      deviceKinds.map(({ kind }) => kind),
      deviceKinds.flatMap(({ keys }) => Object.keys(keys)),
      deviceKinds.flatMap(({ names }) => names),
    ]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
