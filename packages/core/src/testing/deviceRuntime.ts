/** The conformance suite of device runtimes. */
import { describe, expect, test } from "vitest";
import type { DeviceRuntime, Measurement } from "../experiment/index.ts";
import { type Network, NetworkBuilder, parameterVectorLength } from "../ir/index.ts";

/** What every {@link DeviceRuntime} must do. */
export interface DeviceRuntimeCheck {
  readonly claim: string;
  /** Tries the claim on a runtime that nothing else uses meanwhile. @throws where it does not hold. */
  check(runtime: DeviceRuntime, options?: CheckOptions): Promise<void>;
}

export interface CheckOptions {
  /** How long an answer may take, ms. */
  readonly patienceMs?: number;
}

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

const small = convolutions(8);
const large = convolutions(64);
const filled = (network: Network, value: number) => new Float32Array(parameterVectorLength(network)).fill(value);

function expectSame(a: Measurement, b: Measurement): void {
  expect(a.value / b.value).toBeLessThan(REPEATABLE_WITHIN);
  expect(b.value / a.value).toBeLessThan(REPEATABLE_WITHIN);
}

const rejection = (code: RegExp) => ({ code: expect.stringMatching(code), message: expect.stringMatching(/./) });

/** The answer, or an error where it takes too long: a request that is never served must not hold up the tests. */
async function within<T>(answer: Promise<T>, { patienceMs = 120_000 }: CheckOptions = {}): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Each by itself, so that a test can show which of them rejects a runtime that is wrong. They take some twelve measurements. */
export const deviceRuntimeChecks: readonly DeviceRuntimeCheck[] = [
  {
    claim: "says of a measurement what it is, and only finite positive numbers",
    async check(runtime, options) {
      const measurement = await within(runtime.measure(small), options);
      expect(measurement).toMatchObject({ device: runtime.device, metric: "latencyMs" });
      const { value, median, spread, repetitions, drift = 0 } = measurement;
      for (const number of [value, median, repetitions]) expect(number).toBeGreaterThan(0);
      for (const number of [value, median, spread, drift]) expect(Number.isFinite(number)).toBe(true);
      expect(spread).toBeGreaterThanOrEqual(0);
      expect(drift).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(median);
      expect(Number.isInteger(repetitions)).toBe(true);
      expect(measurement.runtime).toMatch(/\d+\.\d+/);
      expect(new Date(measurement.takenAt).toISOString()).toBe(measurement.takenAt);
    },
  },
  {
    claim: "repeats itself, roughly",
    async check(runtime, options) {
      const [first, second] = [await within(runtime.measure(small), options), await within(runtime.measure(small), options)];
      expectSame(first, second);
      expect(second.runtime).toBe(first.runtime);
    },
  },
  {
    claim: "finds 64 times the arithmetic slower",
    async check(runtime, options) {
      const [few, many] = [await within(runtime.measure(small), options), await within(runtime.measure(large), options)];
      expect(many.value).toBeGreaterThan(2 * few.value);
    },
  },
  {
    claim: "measures with the weights that it is given",
    async check(runtime, options) {
      // Latency hardly tells which weights ran, so weights are given that cannot be used without being noticed.
      const length = parameterVectorLength(small);
      const measure = (weights: Float32Array) => within(runtime.measure(small, weights), options);
      for (const wrong of [0, length - 1, length + 1]) {
        await expect(measure(new Float32Array(wrong))).rejects.toMatchObject(rejection(/^invalid-network$/));
      }
      await expect(measure(filled(small, Number.NaN))).rejects.toMatchObject(rejection(/^not-finite$/));
      expect((await measure(filled(small, 0.1))).value).toBeGreaterThan(0);
    },
  },
  {
    claim: "serves measurements asked for at once, each with its own network and weights, as if it were alone",
    async check(runtime, options) {
      const alone = await within(runtime.measure(small), options);
      const [first, unfit, many, last] = await within(
        Promise.allSettled([
          runtime.measure(small),
          runtime.measure(small, filled(small, Number.NaN)),
          runtime.measure(large),
          runtime.measure(small, filled(small, 0.1)),
        ]),
        options,
      );
      if (first.status === "rejected") throw first.reason;
      if (many.status === "rejected") throw many.reason;
      if (last.status === "rejected") throw last.reason;
      expect(unfit).toMatchObject({ status: "rejected", reason: rejection(/^not-finite$/) });
      for (const { value } of [first.value, last.value]) expect(many.value.value).toBeGreaterThan(2 * value);
      expectSame(first.value, alone);
      expectSame(last.value, alone);
    },
  },
  {
    claim: "rejects a network that cannot run, with a code, and goes on",
    async check(runtime, options) {
      await expect(within(runtime.measure(broken()), options)).rejects.toMatchObject(rejection(/^(invalid-network|runtime)$/));
      expect((await within(runtime.measure(small), options)).value).toBeGreaterThan(0);
    },
  },
];

/** Tries every check on one runtime, as it is used: one measurement after another. */
export function deviceRuntimeConformance(name: string, create: () => DeviceRuntime): void {
  describe(`${name} as a device runtime`, () => {
    let runtime: DeviceRuntime | undefined;
    test.each(deviceRuntimeChecks)("$claim", async ({ check }) => {
      runtime ??= create();
      await check(runtime);
    });
  });
}
