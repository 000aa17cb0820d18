import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import { largestWorkingSet, type Network, NetworkBuilder, planMemory, planTraffic } from "../ir/index.ts";
import { randomNetwork } from "../testing/networks/randomNetwork.ts";
import { createAnalyticModel, type DeviceProfile } from "./index.ts";

/** Round numbers: 1 operation/ps; SRAM 4 B/ns, PSRAM behind it 0.01 B/ns, weights in flash. */
function device(sramBytes: number, kind: DeviceProfile["kind"] = "microcontroller"): DeviceProfile {
  return {
    name: "toy",
    description: "made up",
    kind,
    format: "int8",
    formats: [{ format: "int8", operationsPerSecond: 1e12, energyPerOperationMj: null }],
    memory: [
      { name: "sram", holds: ["activations"], capacityBytes: sramBytes, bandwidthBytesPerSecond: 4e9, energyPerByteMj: null },
      { name: "psram", holds: ["activations"], capacityBytes: 1e9, bandwidthBytesPerSecond: 1e7, energyPerByteMj: null },
      { name: "flash", holds: ["weights"], capacityBytes: 1e9, bandwidthBytesPerSecond: 1e12, energyPerByteMj: null },
    ],
    overheadPerKernelMs: 0,
    efficiency: { convolution: null, depthwise: null, dense: null, elementwise: null },
    staticPowerMw: null,
    runtime: { memoryBytes: null, flashBytes: null },
    planning: { alignmentBytes: 16, inPlace: true, im2col: null },
    budgets: {},
    sources: {},
  };
}

/** A tensor of 400 bytes that waits while a branch of larger ones is computed. */
function waiting(): Network {
  const b = new NetworkBuilder("int8");
  const x = b.dense(b.input([1, 16]), 400);
  const y = b.dense(b.dense(b.dense(x, 480), 480), 400);
  return b.build(b.binary("add", x, y));
}

function psramBytes(profile: DeviceProfile, network: Network): number {
  const { kernels = [] } = createAnalyticModel(profile).estimate(network);
  return kernels.reduce((sum, { bytes }) => sum + (bytes[1] as number), 0);
}

describe("a scratchpad smaller than the arena", () => {
  it("charges the kernels what is stored and loaded for them", () => {
    // 400 + 480 + 480 are alive with all in the scratchpad; without the tensor that waits, 960 are enough.
    const network = waiting();
    expect(planMemory(network).arenaBytes).toBe(1360);
    expect(psramBytes(device(1360), network)).toBe(0);
    expect(psramBytes(device(960), network)).toBe(800);
    const latency = (bytes: number) => createAnalyticModel(device(bytes)).estimate(network).costs.latencyMs?.value as number;
    // Stored beside the first layer that reads it, loaded for the sum: 400 B at 1e7 B/s each, 0.04 ms, more than all else there.
    const { kernels = [] } = createAnalyticModel(device(960)).estimate(network);
    expect(kernels.filter(({ bottleneck }) => bottleneck.kind === "memory" && bottleneck.level === "psram")).toHaveLength(2);
    expect(latency(960)).toBeGreaterThan(0.08);
    expect(latency(1360)).toBeLessThan(0.002);
  });

  it("is a cache on other kinds of hardware, which keeps by itself what fits", () => {
    // The last layer and the sum are one kernel, of 480 + 400 + 400.
    expect(psramBytes(device(1280, "cpu"), waiting())).toBe(0);
    expect(psramBytes(device(1280), waiting())).toBe(800);
  });

  it("leaves operators that do not fit in the memory behind it", () => {
    // 480 → 480 needs 960: it reads and writes in PSRAM, its input is stored and its result loaded. Without SRAM every kernel does; the sum is fused.
    const network = waiting();
    expect(psramBytes(device(944), network)).toBeGreaterThanOrEqual(960 + 480 + 480);
    expect(psramBytes(device(0), network)).toBe(16 + 400 + (400 + 480) + 960 + (480 + 400 + 400));
  });

  it("moves what a plan of traffic says, and more where it is smaller", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
        const { deployed } = createAnalyticModel(device(1e9)).estimate(randomNetwork(createRng(seed), { withDeadNodes: false }));
        if (!deployed) throw new Error("the model says what it deploys");
        const plan = planMemory(deployed);
        const least = largestWorkingSet(deployed);
        const room = least + 16 * Math.floor((share * (plan.arenaBytes - least)) / 16);
        expect(psramBytes(device(plan.arenaBytes), deployed)).toBe(0);
        const moved = psramBytes(device(room), deployed);
        expect(moved).toBe(room >= plan.arenaBytes ? 0 : planTraffic(deployed, { capacityBytes: room, searchLimit: 2000 })?.trafficBytes);
        expect(psramBytes(device(Math.floor(least / 2)), deployed)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 100 },
    );
  });
});
