import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, item } from "../../base/index.ts";
import { breakDownByProfile } from "../../devices/kinds/profile.ts";
import { NetworkBuilder } from "../../ir/index.ts";
import { randomNetwork } from "../../testing/networks/randomNetwork.ts";
import { shippedProfiles } from "../../testing/shippedDevices.ts";
import { costPicture } from "./costPicture.ts";
import { costSvg } from "./costSvg.ts";
import { describeSummary, summariseNetwork } from "./networkSummary.ts";
import { operatorCosts } from "./operatorCosts.ts";
import { peakMemory } from "./peakMemory.ts";

const board = item(
  shippedProfiles().filter(({ name }) => name === "stm32f746"),
  0,
);
const networks = fc.integer().map((seed) => randomNetwork(createRng(seed)));

describe("what an estimate tells of a network", () => {
  it("counts operators by what they are, and what is shared once", () => {
    const b = new NetworkBuilder();
    const conv = {
      kind: "conv2d",
      outChannels: 4,
      kernel: [3, 3],
      stride: [1, 1],
      dilation: [1, 1],
      padding: [1, 1, 1, 1],
      groups: 1,
      bias: false,
    } as const;
    const first = b.add(conv, [b.input([1, 4, 8, 8])], "first", { stored: { weight: "kernel" } });
    const second = b.add(conv, [b.activation(first, "relu")], "second", { stored: { weight: "kernel" } });
    const summary = summariseNetwork(b.build(b.depthwise(second, 3)));
    expect(summary).toMatchObject({ parameters: 144 + 36, macs: 2 * 144 * 64 + 36 * 64, weight_format: "float32" });
    expect(summary.operators).toEqual({ conv2d: 2, "depthwise conv2d": 1, relu: 1 });
    expect(describeSummary(summary)).toContain("operators: 2 conv2d, 1 depthwise conv2d, 1 relu");
  });

  it("gives every kernel its share, and the memory while it runs", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const breakdown = breakDownByProfile(board, "int8", network);
        const rows = operatorCosts(breakdown);
        expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(rows.length === 0 ? 0 : 1, 9);
        const { live_bytes, arena_bytes, tensors } = peakMemory(breakdown);
        expect(tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(live_bytes);
        expect(arena_bytes).toBeGreaterThanOrEqual(live_bytes);
        for (const { memory_bytes } of rows) expect(memory_bytes).toBeLessThanOrEqual(live_bytes);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the drawing of an estimate", () => {
  it("has every point below its roofs, and says how many kernels have no place", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const breakdown = breakDownByProfile(board, "int8", network);
        const { roofline, memory } = costPicture("network", breakdown);
        const lowest = Math.max(...roofline.roofs.map(({ bytesPerSecond }) => bytesPerSecond));
        for (const { intensity, rate } of roofline.points) {
          expect(rate).toBeLessThanOrEqual(roofline.peak);
          expect(rate).toBeLessThanOrEqual(intensity * lowest * (1 + 1e-9));
        }
        expect(roofline.points.length + roofline.left).toBe(breakdown.kernels.length);
        expect(memory.steps.length).toBe(breakdown.plan.timeline.length);
        expect(costSvg(costPicture("network", breakdown))).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 50 },
    );
  });

  it("holds names with markup as text", () => {
    const b = new NetworkBuilder();
    const picture = costPicture('<script>"&', breakDownByProfile(board, "int8", b.build(b.dense(b.input([1, 8]), 4))));
    expect(costSvg(picture)).toContain("&lt;script&gt;&quot;&amp; on stm32f746");
    expect(costSvg(picture)).not.toContain("<script>");
  });
});
