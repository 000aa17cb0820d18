import { describe, expect, it } from "vitest";
import { NetworkBuilder } from "../ir/index.ts";
import { costModelConformance } from "../testing/costModel.ts";
import { mobilenetV1, mobilenetV2, resnet50 } from "../testing/networks/referenceNetworks.ts";
import { shippedProfiles } from "../testing/shippedDevices.ts";
import { type CostReport, createAnalyticModel, type DeviceProfile } from "./index.ts";

const profiles = shippedProfiles();
const shipped = (name: string) => profiles.find((profile) => profile.name === name) as DeviceProfile;

for (const profile of profiles) {
  costModelConformance(profile.name, {
    create: (format) => createAnalyticModel(profile, { format }),
    formats: profile.formats.map(({ format }) => format),
    levels: profile.memory.map(({ name }) => name),
  });
}

/** Round numbers, so that everything can be computed by hand: 1 operation/ns; cache 4 kB at 4 B/ns, ram 0.5 B/ns, flash 0.25 B/ns. */
const toy: DeviceProfile = {
  name: "toy",
  description: "made up",
  kind: "board",
  format: "int8",
  formats: [
    { format: "int8", operationsPerSecond: 1e9, energyPerOperationMj: 1e-9 },
    { format: "float32", operationsPerSecond: 5e8, energyPerOperationMj: 1e-9 },
  ],
  memory: [
    { name: "cache", holds: ["activations"], capacityBytes: 4000, bandwidthBytesPerSecond: 4e9, energyPerByteMj: 1e-9 },
    { name: "ram", holds: ["activations"], capacityBytes: 1e6, bandwidthBytesPerSecond: 5e8, energyPerByteMj: 1e-7 },
    { name: "flash", holds: ["weights"], capacityBytes: 1e6, bandwidthBytesPerSecond: 2.5e8, energyPerByteMj: 2e-7 },
  ],
  overheadPerKernelMs: 0.001,
  efficiency: { convolution: 0.5, depthwise: 0.25, dense: 1, elementwise: 0.1 },
  staticPowerMw: 10,
  runtime: { memoryBytes: 100, flashBytes: 1000 },
  planning: { alignmentBytes: 16, inPlace: true, im2col: null },
  budgets: {},
  sources: {},
};

const cost = (report: CostReport, name: keyof CostReport["costs"]) => report.costs[name]?.value as number;

describe("the roofline of a made-up device", () => {
  it("is the closed form where arithmetic binds", () => {
    // 8×8×16 → 3×3 conv, 8 channels, bias, relu fused. MACs 64·8·16·9 = 73,728, operations 2·73,728 + 512 (bias) + 512 (relu) = 148,480.
    // Arithmetic 148,480 / (1e9 · 0.5) = 0.29696 ms. Activations 1,024 + 512 B fit the cache: 1,536 / 4e9 = 0.000384 ms.
    // Weights 8·16·9 + 8·4 (int32 biases) = 1,184 B from flash: 0.004736 ms. So 0.29696 + 0.001 overhead.
    const b = new NetworkBuilder();
    const x = b.activation(b.conv2d(b.input([1, 16, 8, 8]), 8, 3, { bias: true }), "relu");
    const report = createAnalyticModel(toy).estimate(b.build(x));
    expect(report.kernels).toHaveLength(1);
    expect(report.kernels?.[0]).toMatchObject({ nodes: [1, 2], bottleneck: { kind: "compute" } });
    expect(cost(report, "latencyMs")).toBeCloseTo(0.29796, 12);
    // Operations 148,480e-9 + cache 1,536e-9 + flash 1,184·2e-7 mJ, and 10 mW for 0.29796 ms.
    expect(cost(report, "energyMj")).toBeCloseTo(148_480e-9 + 1_536e-9 + 1_184 * 2e-7 + 0.0029796, 15);
    expect(cost(report, "peakMemoryBytes")).toBe(1024 + 512 + 100);
    expect(cost(report, "flashBytes")).toBe(1184 + 1000);
  });

  it("is the closed form where weights bind, and counts batch normalisation as folded", () => {
    // Dense 1,000 → 100 with bias: 100,000 + 400 B at 2.5e8 B/s = 0.4016 ms; operations 200,100 / 1e9 = 0.2001 ms.
    const b = new NetworkBuilder();
    const report = createAnalyticModel(toy).estimate(b.build(b.batchNorm(b.dense(b.input([1, 1000]), 100, { bias: false }))));
    expect(report.kernels).toHaveLength(1);
    expect(report.kernels?.[0]?.bottleneck).toEqual({ kind: "memory", level: "flash" });
    expect(cost(report, "latencyMs")).toBeCloseTo(0.4016 + 0.001, 12);
  });

  it("moves to the farther level when the working set leaves the cache", () => {
    // relu of n int8 numbers: 2n bytes and n operations at 1e8/s. At n = 2,000 the cache just holds both; one channel more, and it doesn't.
    const relu = (n: number) => {
      const b = new NetworkBuilder();
      return createAnalyticModel({ ...toy, efficiency: { ...toy.efficiency, elementwise: 1 } }).estimate(
        b.build(b.activation(b.input([1, n]), "relu")),
      );
    };
    expect(relu(2000).kernels?.[0]?.bottleneck).toEqual({ kind: "compute" });
    expect(cost(relu(2000), "latencyMs")).toBeCloseTo(0.002 + 0.001, 12);
    expect(relu(2001).kernels?.[0]?.bottleneck).toEqual({ kind: "memory", level: "ram" });
    expect(cost(relu(2001), "latencyMs")).toBeCloseTo(4002 / 5e5 + 0.001, 12);
    // What the ram serves passes through the cache as well.
    expect(cost(relu(2001), "energyMj")).toBeCloseTo(2001e-9 + 4002e-9 + 4002e-7 + 10 * (4002 / 5e8 + 1e-6), 15);
  });

  it("names the overhead where it is longer than everything else", () => {
    const b = new NetworkBuilder();
    const report = createAnalyticModel(toy).estimate(b.build(b.activation(b.input([1, 10]), "relu")));
    expect(report.kernels?.[0]?.bottleneck).toEqual({ kind: "overhead" });
  });

  it("uses each class's efficiency and the format's rate", () => {
    const depthwise = (groups: number) => {
      const b = new NetworkBuilder();
      return b.build(b.conv2d(b.input([1, 8, 8, 8]), 8, 3, { groups }));
    };
    // 64·8·9 MACs depthwise at a quarter of the peak; four times as many with two groups, at half of it.
    expect(cost(createAnalyticModel(toy).estimate(depthwise(8)), "latencyMs")).toBeCloseTo((2 * 4608) / 1e6 / 0.25 + 0.001, 12);
    expect(cost(createAnalyticModel(toy).estimate(depthwise(2)), "latencyMs")).toBeCloseTo((8 * 4608) / 1e6 / 0.5 + 0.001, 12);
    const float = createAnalyticModel(toy, { format: "float32" }).estimate(depthwise(2));
    expect(cost(float, "latencyMs")).toBeCloseTo((8 * 4608) / 5e5 / 0.5 + 0.001, 12);
  });

  it("serves weights from a cache only if all of them and the arena stay there", () => {
    const shared = (capacityBytes: number): DeviceProfile => ({
      ...toy,
      memory: [
        { name: "cache", holds: ["activations", "weights"], capacityBytes, bandwidthBytesPerSecond: 4e9, energyPerByteMj: 0 },
        { name: "dram", holds: ["activations", "weights"], capacityBytes: 1e6, bandwidthBytesPerSecond: 1e8, energyPerByteMj: 0 },
      ],
    });
    const b = new NetworkBuilder();
    const network = b.build(b.dense(b.input([1, 1600]), 16, { bias: false }));
    // Weights 25,600 B, arena 1,600 + 16 B.
    const fits = createAnalyticModel(shared(27_216)).estimate(network);
    const spills = createAnalyticModel(shared(27_215)).estimate(network);
    expect(fits.kernels?.[0]?.bottleneck).toEqual({ kind: "compute" });
    expect(spills.kernels?.[0]?.bottleneck).toEqual({ kind: "memory", level: "dram" });
    // Weights that live where activations live take memory from them.
    expect(cost(fits, "peakMemoryBytes")).toBe(25_600 + 1_616 + 100);
  });

  it("refuses a format that the device does not compute in", () => {
    expect(() => createAnalyticModel(toy, { format: "int4" })).toThrow(
      /toy does not compute in int4[\s\S]*int8, float32[\s\S]*write instead: int8/,
    );
  });
});

describe("published networks", () => {
  it("gives MobileNetV1 0.25 at 96×96 the arena and weights of its closed form", () => {
    const { runtime } = shipped("stm32f746");
    const report = createAnalyticModel(shipped("stm32f746")).estimate(mobilenetV1(0.25, 96, 2));
    // The first pointwise convolution binds: 48·48·8 + 48·48·16 bytes; 1×1 kernels need no im2col buffer.
    expect(cost(report, "peakMemoryBytes") - (runtime.memoryBytes as number)).toBe(48 * 48 * (8 + 16));
    // int8 weights: conv 3·9·8, depthwise 9·1,240, pointwise 196,224, dense 512; int32 biases of 2,738 channels. MLPerf Tiny's
    // file has 325 KB (Banbury et al. 2021); the rest of it are scales and zero points (12 bytes for each channel's weights and
    // again for its bias, 65.7 kB) and FlatBuffers tables, neither of which is counted here.
    expect(cost(report, "flashBytes") - (runtime.flashBytes as number)).toBe(216 + 11_160 + 196_224 + 512 + 4 * 2_738);
  });

  it("is near the latency published for CMSIS-NN's CIFAR-10 network on the STM32F746", () => {
    // Lai, Suda and Chandra 2018 (arXiv:1801.06601), table 2: 24.7 M operations, 99.1 ms. The profile's convolution efficiency was
    // chosen from the same paper, so this shows that the model adds up, not that it predicts.
    const b = new NetworkBuilder();
    let x = b.input([1, 3, 32, 32]);
    for (const [width, mode] of [
      [32, "max"],
      [32, "average"],
      [64, "average"],
    ] as const) {
      x = b.activation(b.conv2d(x, width, 5, { bias: true }), "relu");
      x = b.pool2d(mode, x, 3, { stride: 2, padding: [0, 0, 1, 1] });
    }
    const report = createAnalyticModel(shipped("stm32f746")).estimate(
      b.build(b.dense(b.add({ kind: "reshape", shape: [1, -1] }, [x]), 10)),
    );
    expect(cost(report, "latencyMs") / 99.1).toBeGreaterThan(0.8);
    expect(cost(report, "latencyMs") / 99.1).toBeLessThan(1.25);
  });

  it.each([
    // README of github.com/google/XNNPACK, February 2020, multi-threaded, float32. Both went into the profile's efficiencies.
    ["raspberry-pi-4", "float32", "MobileNetV1", mobilenetV1(), 75, 0.1],
    ["raspberry-pi-4", "float32", "MobileNetV2", mobilenetV2(), 44, 0.1],
    // github.com/kentaroy47/benchmark-FP32-FP16-INT8-with-TensorRT, 256×256. The profile's convolution efficiency comes from both.
    ["jetson-nano", "float16", "ResNet-50", resnet50(256), 42, 0.1],
    ["jetson-nano", "float32", "ResNet-50", resnet50(256), 79, 0.1],
  ] as const)("is near what was measured on %s in %s for %s", (device, format, _name, network, measuredMs, tolerance) => {
    const report = createAnalyticModel(shipped(device), { format }).estimate(network);
    expect(Math.abs(cost(report, "latencyMs") / measuredMs - 1)).toBeLessThan(tolerance);
  });

  it("is within a factor of two of the latency published for person detection on the ESP32-S3", () => {
    // README of github.com/espressif/esp-tflite-micro: 54 ms at 240 MHz with ESP-NN, tensors in internal memory; the network is
    // MobileNetV1 0.25 on 96×96 images, grey ones there and coloured here. The profile's efficiencies come from ticks of single kernels in external memory.
    const report = createAnalyticModel(shipped("esp32s3")).estimate(mobilenetV1(0.25, 96, 2));
    expect(cost(report, "latencyMs") / 54).toBeGreaterThan(0.5);
    expect(cost(report, "latencyMs") / 54).toBeLessThan(2);
  });
});
