/** `archwright estimate` of models that people bring: what was read, where the costs go, and on which devices. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NetworkBuilder, networkCosts, parameterVectorLength } from "@archwright/core/ir";
import { exportOnnx } from "@archwright/runtimes";
import { describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";

const folder = createFolder();
const b = new NetworkBuilder();
const x = b.activation(b.conv2d(b.input([1, 3, 96, 96]), 16, 3, { stride: 2, name: "stem", bias: true }), "relu");
const wide = b.activation(b.conv2d(x, 256, 1, { name: "expand" }), "hard-swish");
const network = b.build(b.dense(b.globalAveragePool(b.depthwise(wide, 3, { stride: 2, name: "filter" })), 10, { name: "classifier" }));
const costs = networkCosts(network);
folder.write("model.onnx", exportOnnx(network, new Float32Array(parameterVectorLength(network))));

interface Kernel {
  readonly operators: readonly string[];
  readonly latency_ms: number;
  readonly share: number;
  readonly memory_bytes: number;
}

interface OnDevice {
  readonly estimates: Readonly<Record<string, { readonly value: number } | null>>;
  readonly macs: number;
  readonly parameters: number;
  readonly network: {
    readonly operators: Readonly<Record<string, number>>;
    readonly inputs: readonly { readonly shape: readonly number[] }[];
  };
  readonly peak: { readonly live_bytes: number; readonly tensors: readonly { readonly bytes: number }[] };
  readonly kernels?: readonly Kernel[];
  readonly warnings: readonly string[];
}

const estimate = (...args: readonly string[]) => folder.json("estimate", "model.onnx", ...args);

describe("estimate of a model on one device", () => {
  it("says what it read, and that it does not fit", async () => {
    const { macs, parameters, network: read, peak, estimates, warnings, kernels } = (await estimate("--device", "stm32f746")) as OnDevice;
    expect({ macs, parameters }).toEqual({ macs: costs.macs, parameters: costs.parameters });
    expect(read.inputs.map(({ shape }) => shape)).toEqual([[1, 3, 96, 96]]);
    expect(read.operators).toMatchObject({ conv2d: 2, "depthwise conv2d": 1, "hard-swish": 1, dense: 1 });
    // 256 channels of 48 × 48 in int8 are 576 KiB, and the board has 320.
    expect(peak.live_bytes).toBeGreaterThan(576 * 1024);
    expect(peak.tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(peak.live_bytes);
    expect(estimates.peak_memory_bytes?.value).toBeGreaterThan(320 * 1024);
    expect(warnings).toContainEqual(expect.stringMatching(/^peak_memory is \S+, more than the 320KiB of stm32f746$/));
    expect(kernels).toBeUndefined();
  });

  it("shows where time and memory go, operator by operator", async () => {
    const { kernels = [], estimates, peak } = (await estimate("--device", "stm32f746", "--operators")) as OnDevice;
    expect(kernels.length).toBeGreaterThan(3);
    expect(kernels.reduce((sum, { latency_ms }) => sum + latency_ms, 0)).toBeCloseTo(estimates.latency_ms?.value as number, 9);
    expect(kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(Math.max(...kernels.map(({ memory_bytes }) => memory_bytes))).toBe(peak.live_bytes);
    const { stdout } = await folder.run("estimate", "model.onnx", "--device", "stm32f746", "--operators");
    for (const said of ["input: ", "multiply-accumulates: ", "most memory, ", "bound by", "HardSwish_3"]) expect(stdout).toContain(said);
  });

  it("computes in another format of the device, and refuses one that it has not", async () => {
    const [whole, float] = (await Promise.all([
      estimate("--device", "stm32f746"),
      estimate("--device", "stm32f746", "--format", "float32"),
    ])) as [OnDevice, OnDevice];
    expect(float.peak.live_bytes).toBeGreaterThan(3.9 * whole.peak.live_bytes);
    const { code, stderr } = await folder.run("estimate", "model.onnx", "--device", "stm32f746", "--format", "float61");
    expect(code).toBe(2);
    expect(stderr).toMatch(/one of float32, int8/);
  });

  it("draws the roofline and memory over time", async () => {
    await estimate("--device", "stm32f746", "--plot", "costs.svg");
    const svg = readFileSync(join(folder.path, "costs.svg"), "utf8");
    expect(svg).toMatch(/^<svg xmlns/);
    for (const said of ["model.onnx on stm32f746 (int8)", "sram, 864MB/s", "304KiB are there", "HardSwish_3"]) expect(svg).toContain(said);
  });
});

it("counts what TensorFlow Lite Micro takes: no operator overwrites its input, and layers have descriptions", async () => {
  const [ours, theirs] = (await Promise.all([estimate("--device", "stm32f746"), estimate("--device", "stm32f746-tflm")])) as [
    OnDevice,
    OnDevice,
  ];
  // Hard-swish between 256 channels of 48 × 48: its input and its output.
  expect(theirs.peak.live_bytes).toBeGreaterThanOrEqual(2 * 576 * 1024);
  expect(theirs.estimates.peak_memory_bytes?.value).toBeGreaterThan(theirs.peak.live_bytes + 4096);
  expect(theirs.estimates.latency_ms?.value).toBeGreaterThanOrEqual(ours.estimates.latency_ms?.value as number);
});

describe("estimate of a model on all devices", () => {
  it("is a table, and in JSON the same as device by device", async () => {
    const all = (await estimate()) as {
      readonly devices: Readonly<Record<string, Pick<OnDevice, "estimates" | "warnings">>>;
      readonly macs: number;
    };
    expect(all.macs).toBe(costs.macs);
    expect(Object.keys(all.devices)).toEqual(expect.arrayContaining(["stm32f746", "laptop-cpu"]));
    const { estimates, warnings } = (await estimate("--device", "stm32f746")) as OnDevice;
    expect(all.devices.stm32f746).toEqual({ estimates, warnings });
    const { stdout } = await folder.run("estimate", "model.onnx");
    expect(stdout).toMatch(/device +latency +peak_memory +flash +energy/);
  });

  it("is not drawn", async () => {
    const { code, stderr } = await folder.run("estimate", "model.onnx", "--plot", "all.svg");
    expect(code).toBe(2);
    expect(stderr).toContain("--plot is for one device");
  });
});

it.each(["0x3x96x96", "1x3x", "height:3", "height=0", ""])("refuses '--input %s'", async (input) => {
  const { code, stderr } = await folder.run("estimate", "model.onnx", "--device", "stm32f746", `--input=${input}`);
  expect(code).toBe(2);
  expect(stderr).toContain("--input");
});
