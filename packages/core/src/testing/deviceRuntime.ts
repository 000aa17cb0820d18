import { beforeAll, describe, expect, test } from "vitest";
import type { DeviceRuntime, Measurement } from "../experiment/index.ts";
import { type Network, NetworkBuilder, parameterVectorLength } from "../ir/index.ts";

/** Four 3×3 convolutions of a 16×16 image: eight times the width is almost 64 times the multiply-accumulates. */
function convolutions(width: number): Network {
  const b = new NetworkBuilder();
  let x = b.input([1, 3, 16, 16]);
  for (let i = 0; i < 4; i++) x = b.activation(b.batchNorm(b.conv2d(x, width, 3)), "relu");
  return b.build(b.dense(b.globalAveragePool(x), 10));
}

/** A network that no builder lets through: 3 channels in 2 groups. */
function broken(): Network {
  const whole = convolutions(4);
  const nodes = whole.nodes.map((node) => (node.op.kind === "conv2d" ? { ...node, op: { ...node.op, groups: 2 } } : node));
  return { ...whole, nodes };
}

/** Two measurements of the same network on a busy machine may differ by this factor. */
const REPEATABLE_WITHIN = 2.5;

/** What every {@link DeviceRuntime} must do. Takes about as long as eight measurements. */
export function deviceRuntimeConformance(name: string, create: () => DeviceRuntime): void {
  describe(`${name} as a device runtime`, () => {
    const network = convolutions(8);
    let runtime: DeviceRuntime;
    let first: Measurement;
    beforeAll(async () => {
      runtime = create();
      first = await runtime.measure(network);
    });

    test("says of a measurement what it is, and only finite positive numbers", () => {
      expect(first).toMatchObject({ device: runtime.device, metric: "latencyMs" });
      for (const number of [first.value, first.median, first.repetitions]) expect(number).toBeGreaterThan(0);
      for (const number of [first.value, first.median, first.spread]) expect(Number.isFinite(number)).toBe(true);
      expect(first.spread).toBeGreaterThanOrEqual(0);
      expect(first.value).toBeLessThanOrEqual(first.median);
      expect(Number.isInteger(first.repetitions)).toBe(true);
      expect(first.runtime).toMatch(/\d+\.\d+/);
      expect(new Date(first.takenAt).toISOString()).toBe(first.takenAt);
      if (first.drift !== undefined) expect(first.drift).toBeGreaterThanOrEqual(0);
    });

    test("repeats itself, roughly", async () => {
      const second = await runtime.measure(network);
      expect(second.value / first.value).toBeLessThan(REPEATABLE_WITHIN);
      expect(first.value / second.value).toBeLessThan(REPEATABLE_WITHIN);
      expect(second.runtime).toBe(first.runtime);
    });

    test("finds 64 times the arithmetic slower", async () => {
      const large = await runtime.measure(convolutions(64));
      expect(large.value).toBeGreaterThan(2 * first.value);
    });

    test("measures with the weights that it is given", async () => {
      const size = parameterVectorLength(network);
      const { value } = await runtime.measure(network, new Float32Array(size).fill(0.1));
      expect(value).toBeGreaterThan(0);
    });

    test("takes measurements asked for at once", async () => {
      const both = await Promise.all([runtime.measure(network), runtime.measure(convolutions(4))]);
      for (const { value } of both) expect(value).toBeGreaterThan(0);
    });

    test("rejects a network that cannot run, with a code, and goes on", async () => {
      await expect(runtime.measure(broken())).rejects.toMatchObject({
        code: expect.stringMatching(/^(invalid-network|runtime)$/),
        message: expect.stringMatching(/./),
      });
      expect((await runtime.measure(network)).value).toBeGreaterThan(0);
    });
  });
}
