import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { learnLatencyPredictor } from "../../latency/index.ts";
import { createSpace, parseSpaceYaml, type SpaceSpec, type Task } from "../../spaces/index.ts";
import { createAnalyticModel, parseDeviceProfile } from "../index.ts";
import { checkSameSpace, describeSpace, sampleSpace } from "./describeSpace.ts";
import { fitDevice, fitSpace, openFittedSpace, predictLatency, type SpaceFit } from "./device.ts";
import { parseFittedDevice } from "./stored.ts";

const spec: SpaceSpec = { name: "nasbench201", cells_per_stage: 2, channels: 16 };
const task: Task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };
const architectures = sampleSpace(spec, task, 60, 0);
const space = createSpace(spec, task);

const profile = (rate: string, bandwidth: string, overhead: string) =>
  parseDeviceProfile(
    `name: made-up
description: made up
kind: cpu
format: float32
formats: { float32: { rate: ${rate} } }
memory: [{ name: ram, holds: [activations, weights], capacity: 1GiB, bandwidth: ${bandwidth} }]
overhead_per_kernel: ${overhead}
sources:
  formats: { basis: estimate, text: made up }
  memory: { basis: estimate, text: made up }
  overhead: { basis: estimate, text: made up }
`,
    "made-up.yaml",
  );

function latencies(...numbers: Parameters<typeof profile>): readonly number[] {
  const model = createAnalyticModel(profile(...numbers), { format: "float32" });
  return architectures.map((text) => model.estimate(space.network(space.parse(text), task)).costs.latencyMs?.value as number);
}

const sources = [
  { name: "slow", latenciesMs: latencies("2GMAC/s", "2GB/s", "5us") },
  { name: "busy", latenciesMs: latencies("20GMAC/s", "4GB/s", "40us") },
];
const truth = latencies("5GMAC/s", "3GB/s", "20us");
const predictor = learnLatencyPredictor("default", { architectures, devices: sources }, describeSpace(spec, task));
const measured = (rows: readonly number[]) =>
  rows.map((row) => ({ architecture: architectures[row] as string, latencyMs: truth[row] as number }));
const fittedSpace = (change: Partial<SpaceFit> = {}) =>
  fitSpace({
    space: spec,
    task,
    predictor,
    sources: ["slow", "busy"],
    architectures,
    measurements: measured([0, 7, 14, 21, 28, 35, 42, 49]),
    ...change,
  });
const fitted = (change: Partial<SpaceFit> = {}, other: { readonly measuredOn?: string; readonly fittedAt?: string } = {}) =>
  fitDevice({ name: "board", spaces: [fittedSpace(change)], files: [], measuredOn: null, fittedAt: "2026-11-22T00:00:00.000Z", ...other });

describe("a measurement that does not fit the others", () => {
  const rows = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45];
  const named = (measurements: readonly { architecture: string; latencyMs: number }[]) =>
    fittedSpace({ measurements }).report.warnings.filter((warning) => /does not fit/.test(warning));
  const good = measured(rows);

  it("is not there where all are right", () => expect(named(good)).toEqual([]));

  it.each([0.1, 10])("is named where it is %s times what it should be", (factor) => {
    for (const wrong of [1, 6]) {
      const warnings = named(good.map((one, i) => (i === wrong ? { ...one, latencyMs: factor * one.latencyMs } : one)));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(good[wrong]?.architecture);
    }
  });

  it("is named with the other where two rows are exchanged", () => {
    const order = good.map((_, i) => i).sort((a, b) => (good[a]?.latencyMs as number) - (good[b]?.latencyMs as number));
    const [fast, slow] = [order[0] as number, order.at(-1) as number];
    const latencyOf = (i: number) => good[i === fast ? slow : i === slow ? fast : i]?.latencyMs as number;
    const warnings = named(good.map((one, i) => ({ ...one, latencyMs: latencyOf(i) }))).join();
    expect(warnings).toContain(good[fast]?.architecture);
    expect(warnings).toContain(good[slow]?.architecture);
  });
});

describe("a fitted device", () => {
  it("predicts the same after it was written and read", () => {
    const device = fitted();
    const read = parseFittedDevice(JSON.stringify(device), "board.fitted.json");
    expect(read).toEqual(JSON.parse(JSON.stringify(device)));
    const [own] = read.spaces;
    if (!own) throw new Error("the device has a space");
    const adapted = predictor.adapt(own.measurements);
    const opened = openFittedSpace(own);
    for (const architecture of architectures) expect(predictLatency(opened, architecture)).toEqual(predictLatency(adapted, architecture));
    const errors = architectures.map((text, row) => Math.abs(predictLatency(opened, text).latencyMs / (truth[row] as number) - 1));
    expect(errors.sort((a, b) => a - b)[30]).toBeLessThan(0.05);
  });

  it("is told apart by what was measured, not by when it was fitted", { timeout: 120_000 }, () => {
    const { hash } = fitted();
    expect(fitted({}, { fittedAt: "2027-01-01T00:00:00.000Z" }).hash).toBe(hash);
    expect(fitted({ measurements: measured([0, 7, 14, 21]) }).hash).not.toBe(hash);
    expect(fitted({}, { measuredOn: "2026-11-20" }).hash).not.toBe(hash);
  });

  it("checks itself by predicting each measurement from the others", () => {
    const { report, measurements } = fittedSpace();
    const errors = measurements.map((left) => {
      const others = predictor.adapt(measurements.filter((other) => other !== left));
      return 100 * Math.abs(predictLatency(others, left.architecture).latencyMs / left.latencyMs - 1);
    });
    expect(report.leaveOneOut?.worstErrorPercent).toBe(Math.max(...errors));
    expect(report.leaveOneOut?.spearman).toBeGreaterThan(0.8);
    expect(fittedSpace({ measurements: measured([0, 7, 14]) }).report.leaveOneOut).toBeNull();
    expect(fittedSpace({ warnings: ["a word"] }).report.warnings).toEqual(["a word"]);
  });

  const text = JSON.stringify(fitted());
  it.each([
    ["no JSON", "name: board", "not JSON"],
    ["another JSON", '{ "kind": "cpu" }', "not a fitted device"],
    ["a list", "[]", "not a fitted device"],
    ["a later version", text.replace('"kind":"fitted","version":2', '"kind":"fitted","version":3'), "version 3"],
    ["a cut file", text.slice(0, -40), "not JSON"],
    ["a changed number", text.replace(/"latencyMs":\d/, '"latencyMs":7777'), "changed by hand"],
    ["a missing part", text.replace(/"measuredOn":null,/, ""), "changed by hand"],
  ])("is refused as %s", (_what, content, message) => {
    expect(() => parseFittedDevice(content, "board.fitted.json")).toThrow(InputError);
    expect(() => parseFittedDevice(content, "board.fitted.json")).toThrow(message);
  });
});

describe("sampleSpace", () => {
  it("gives different architectures, the same for the same seed, and all of a small space", () => {
    expect(new Set(architectures).size).toBe(60);
    expect(sampleSpace(spec, task, 60, 0)).toEqual(architectures);
    expect(sampleSpace(spec, task, 60, 1)).not.toEqual(architectures);
    expect(sampleSpace({ name: "fbnet", stem_stride: 2 }, { ...task, height: 224, width: 224 }, 20, 0)).toHaveLength(20);
    const tiny = "name: custom\nstem: { channels: 8 }\nstages: [{ channels: [8, 16], blocks: [{ type: conv }] }]\n";
    expect(new Set(sampleSpace(parseSpaceYaml(tiny, "tiny.yaml"), task, 60, 0)).size).toBe(2);
  });
});

describe("checkSameSpace", () => {
  it("bears another number of classes, and nothing else", () => {
    const fittedFor = { space: spec, task };
    expect(() => checkSameSpace("it", fittedFor, { space: spec, task: { ...task, classes: 100 } })).not.toThrow();
    expect(() => checkSameSpace("it", fittedFor, { space: { ...spec, channels: 8 }, task })).toThrow(
      "other options: 'channels' was 16 and is now 8\n",
    );
    expect(() => checkSameSpace("it", fittedFor, { space: spec, task: { ...task, height: 16 } })).toThrow("not for 3x16x32");
  });
});
