import { describe, expect, it } from "vitest";
import { canonicalJson, InputError, type Json } from "../base/index.ts";
import { buildPlan } from "../testing/costModel.ts";
import { shippedProfiles } from "../testing/shippedDevices.ts";
import { createAnalyticModel, missingForEnergy, parseDeviceProfile, profileGaps } from "./index.ts";

const good = `name: toy
description: A made-up device
kind: board
format: int8
formats:
  int8: { rate: 1GMAC/s, energy_per_operation: 5pJ }
memory:
  - { name: cache, holds: [activations, weights], capacity: 64KiB, bandwidth: 8GB/s }
  - { name: ram, holds: [activations], capacity: 1MiB, bandwidth: 1GB/s, energy_per_byte: 2nJ }
  - { name: flash, holds: [weights], capacity: 2MB, bandwidth: 500MB/s }
overhead_per_kernel: 10us
static_power: 1.5W
planning: { im2col: { columns: 2, format: int16 } }
budgets: { peak_memory: 1MiB }
sources:
  formats: { basis: estimate, text: made up }
  memory: [{ basis: datasheet, text: made up }, { basis: estimate, text: made up }]
  overhead: { basis: estimate, text: made up }
  energy: { basis: estimate, text: made up }
  planning: { basis: estimate, text: made up }
`;

describe("parseDeviceProfile", () => {
  it("resolves quantities and defaults to plain JSON", () => {
    const profile = parseDeviceProfile(good, "toy.yaml");
    expect(profile).toMatchObject({
      name: "toy",
      format: "int8",
      formats: [{ format: "int8", operationsPerSecond: 2e9, energyPerOperationMj: 5e-9 }],
      overheadPerKernelMs: 0.01,
      efficiency: { convolution: null, depthwise: null, dense: null, elementwise: null },
      staticPowerMw: 1500,
      runtime: { memoryBytes: null, flashBytes: null },
      planning: { alignmentBytes: 16, inPlace: true, im2col: { columns: 2, integerBytes: 2 } },
      budgets: { peakMemoryBytes: 1_048_576 },
    });
    expect(profile.memory[1]).toEqual({
      name: "ram",
      holds: ["activations"],
      capacityBytes: 1_048_576,
      bandwidthBytesPerSecond: 1e9,
      energyPerByteMj: 2e-6,
    });
    expect(profile.sources.memory?.map((source) => source.basis)).toEqual(["datasheet", "estimate"]);
    expect(JSON.parse(canonicalJson(profile as unknown as Json))).toEqual(profile);
  });

  it("reads a planner by its preset, with what differs, and by its earlier key", () => {
    const planner =
      "{ preset: tflm, in_place: elementwise, order: free, persistent: { base: 1KiB, per_layer: 64B }, im2col: { columns: 2, format: int16 } }";
    const text = good.replace("planning: { im2col: { columns: 2, format: int16 } }", `planner: ${planner}`);
    expect(parseDeviceProfile(text, "toy.yaml").planning).toEqual({
      preset: "tflm",
      alignmentBytes: 16,
      inPlace: "elementwise",
      order: "free",
      persistent: { base: 1024, perLayer: 64, perChannel: 0 },
      im2col: { columns: 2, integerBytes: 2 },
    });
    expect(parseDeviceProfile(good.replace("planning: { im2col", "planner: { im2col"), "toy.yaml")).toEqual(
      parseDeviceProfile(good, "toy.yaml"),
    );
    const bare = good.replace(/^planning: .*$/m, "planner: { preset: tinyengine }").replace(/^ {2}planning: .*\n/m, "");
    expect(parseDeviceProfile(bare, "toy.yaml").planning).toEqual({
      preset: "tinyengine",
      alignmentBytes: 16,
      inPlace: "depthwise",
      im2col: null,
    });
  });

  const replaced = (before: string, after: string) => good.replace(before, after);
  it.each([
    ["a misspelt key", replaced("static_power", "static_pwer"), 12, "static_power"],
    ["a misspelt number format", replaced("  int8: { rate", "  itn8: { rate"), 6, "int8"],
    ["a misspelt unit", replaced("1GMAC/s", "1Gmac/s"), 6, "1GMAC/s"],
    ["a misspelt kind", replaced("kind: board", "kind: bord"), 3, "board"],
    ["no bandwidth at all", replaced("bandwidth: 1GB/s", "bandwidth: 0GB/s"), 9, undefined],
    ["an efficiency beyond the peak", `${good}efficiency: { dense: 1.2 }\n`, 21, undefined],
    ["a misspelt preset of the planner", replaced("planning: { im2col", "planner: { preset: tfml, im2col"), 13, "tflm"],
    ["both names of the planner", replaced("budgets:", "planner: { preset: tflm }\nbudgets:"), 13, "planner"],
    ["an unknown shared kind", replaced("planning: { im2col", "planner: { shares: [concatt], im2col"), 13, "concat"],
    ["a misspelt key of a nested group", replaced("columns: 2", "colums: 2"), 13, "columns"],
    ["a name that no file could have", replaced("name: toy", "name: My Toy"), 1, "my-toy"],
    ["the reserved name", replaced("name: toy", "name: local"), 1, undefined],
    ["a default format without a rate", replaced("format: int8", "format: float32"), 4, undefined],
    ["levels in the wrong order", replaced("bandwidth: 500MB/s", "bandwidth: 9GB/s"), 10, undefined],
    ["a far level smaller than a near one", replaced("capacity: 2MB", "capacity: 2kB"), 10, undefined],
    ["a budget of memory beyond what the device has", replaced("{ peak_memory: 1MiB }", "{ peak_memory: 4MiB }"), 14, "peak_memory: 1MiB"],
    ["a budget of flash beyond what the device has", replaced("{ peak_memory: 1MiB }", "{ flash: 4MiB }"), 14, "flash: 1.9MiB"],
    ["two levels of one name", replaced("name: flash", "name: ram"), 10, undefined],
    ["nowhere to keep weights", replaced("[weights]", "[activations]").replace("[activations, weights]", "[activations]"), 8, undefined],
    ["a number without a source", replaced("  energy: { basis: estimate, text: made up }\n", ""), 16, undefined],
    ["an unknown basis of a source", replaced("basis: datasheet", "basis: datashet"), 17, "datasheet"],
  ])("says where %s stands", (_what, text, line, suggestion) => {
    try {
      parseDeviceProfile(text, "toy.yaml");
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      expect(error.place).toMatchObject({ file: "toy.yaml", line });
      if (suggestion !== undefined) expect(error.suggestion).toBe(suggestion);
    }
  });
});

describe("what a profile does not state", () => {
  const withEnergy = good
    .replace("bandwidth: 8GB/s", "bandwidth: 8GB/s, energy_per_byte: 0")
    .replace("bandwidth: 500MB/s", "bandwidth: 500MB/s, energy_per_byte: 1nJ");
  const stated = parseDeviceProfile(withEnergy, "toy.yaml");

  it("is named, and makes energy unknown where anything that it consists of is missing", () => {
    expect(missingForEnergy(stated, "int8")).toEqual([]);
    expect(missingForEnergy(stated, "float32")).toEqual(["energy_per_operation of float32"]);
    expect(missingForEnergy(parseDeviceProfile(good, "toy.yaml"), "int8")).toEqual([
      "energy_per_byte of cache",
      "energy_per_byte of flash",
    ]);
    const withoutPower = parseDeviceProfile(withEnergy.replace("static_power: 1.5W\n", ""), "toy.yaml");
    const network = buildPlan({ resolution: 8, channels: 1, blocks: [{ kind: "conv", width: 4, stride: 1 }] });
    const report = createAnalyticModel(withoutPower).estimate(network);
    expect(report.costs.energyMj).toBeUndefined();
    expect(report.kernels?.map(({ energyMj }) => energyMj)).toEqual(report.kernels?.map(() => null));
    expect(createAnalyticModel(stated).estimate(network).costs.energyMj?.value).toBeGreaterThan(0);
  });

  it("is said of the costs that are lower bounds without it", () => {
    expect(profileGaps(stated, "int8").join("\n")).toMatch(
      /efficiency.*latency is a lower bound[\s\S]*memory is a lower bound[\s\S]*flash is a lower bound/,
    );
    const whole = `${withEnergy.replace("sources:", "runtime: { memory: 0, flash: 1MiB }\nefficiency: { convolution: 1, depthwise: 1, dense: 1, elementwise: 1 }\nsources:")}  efficiency: { basis: estimate, text: made up }
  runtime: { basis: estimate, text: made up }
`;
    expect(profileGaps(parseDeviceProfile(whole, "toy.yaml"), "int8")).toEqual([]);
  });

  it("needs a source even where it is stated to be 0", () => {
    const zero = good.replace("sources:", "runtime: { memory: 0 }\nsources:");
    expect(() => parseDeviceProfile(zero, "toy.yaml")).toThrow("nothing says where the numbers of 'runtime' come from");
  });

  it("leaves a budget of the profile's own without what it limits", () => {
    const text = good.replace("budgets: { peak_memory: 1MiB }", "budgets: { energy: 1J }");
    expect(() => parseDeviceProfile(text, "toy.yaml")).toThrow(/toy.yaml:14[\s\S]*energy[\s\S]*not known[\s\S]*energy_per_byte of cache/);
  });
});

describe("the shipped profiles", () => {
  const profiles = shippedProfiles();

  it.each(profiles.map((profile) => [profile.name, profile] as const))("%s states all that costs are computed from", (_name, profile) => {
    for (const { format } of profile.formats) expect(profileGaps(profile, format)).toEqual([]);
  });

  it("are those that the documentation lists", () => {
    expect(profiles.map((profile) => profile.name)).toEqual([
      "datacenter-gpu",
      "esp32s3",
      "jetson-nano",
      "laptop-cpu",
      "nrf52840",
      "phone-cpu",
      "raspberry-pi-4",
      "stm32f746-tflm",
      "stm32f746",
    ]);
  });

  it.each(profiles.map((profile) => [profile.name, profile] as const))("%s can be budgeted by what it has", (_name, profile) => {
    const home = profile.memory.findLast((level) => level.holds.includes("activations"));
    expect(profile.budgets.peakMemoryBytes).toBe(home?.capacityBytes);
    const store = profile.memory.findLast((level) => level.holds.includes("weights"));
    if (store !== home) expect(profile.budgets.flashBytes).toBe(store?.capacityBytes);
  });
});
