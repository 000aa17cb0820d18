import fc from "fast-check";
import { expect, it } from "vitest";
import type { OperatorWork } from "./operatorWork.ts";
import { SyntheticDevices } from "./syntheticDevices.ts";

const scale = { operators: 10, operations: 1e7, bytes: 1e6 };
const devices = new SyntheticDevices(128, scale);
const work = (change: Partial<OperatorWork> = {}): OperatorWork => {
  const made = {
    kind: "conv 3x3 /1x1 ",
    workClass: "convolution" as const,
    operations: 1e6,
    activationBytes: 5e4,
    weightBytes: 5e4,
    channels: 32,
    pixels: 256,
    count: 1,
    liveCount: 1,
    ...change,
  };
  return { key: JSON.stringify(made), ...made };
};
const logRatios = (a: OperatorWork, b: OperatorWork) => {
  const [x, y] = [devices.times(a), devices.times(b)];
  return x.map((time, i) => Math.log(time / (y[i] as number)));
};
const deviation = (values: Float64Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

it("gives positive times that grow with the work, whatever the operator", () => {
  const sizes = fc.record({
    operations: fc.integer({ min: 0, max: 1e9 }),
    activationBytes: fc.integer({ min: 0, max: 1e8 }),
    channels: fc.integer({ min: 1, max: 2000 }),
    pixels: fc.integer({ min: 1, max: 1e6 }),
  });
  fc.assert(
    fc.property(sizes, (size) => {
      const times = devices.times(work(size));
      const more = devices.times(work({ ...size, activationBytes: 2 * size.activationBytes + 1000 }));
      times.forEach((time, i) => {
        expect(time > 0 && Number.isFinite(time)).toBe(true);
        expect(more[i]).toBeGreaterThanOrEqual(time);
      });
    }),
    { numRuns: 50 },
  );
});

it("has devices that hide small work behind a launch, and devices that add it", () => {
  const small = { operations: 1e5, activationBytes: 5e3, weightBytes: 5e3 };
  const more = devices.times(work({ operations: 2e5, activationBytes: 1e4, weightBytes: 1e4 }));
  const growth = Array.from(devices.times(work(small)), (time, i) => (more[i] as number) / time - 1);
  // Where times add, so little would need a launch of ten thousand times the work.
  expect(growth.filter((share) => share < 1e-4).length).toBeGreaterThan(4);
  expect(growth.filter((share) => share > 0.1).length).toBeGreaterThan(10);
});

it("differs more between distant resolutions than between near ones, and between numbers of channels", () => {
  const near = deviation(logRatios(work({ pixels: 256 }), work({ pixels: 1024 })));
  const far = deviation(logRatios(work({ pixels: 256 }), work({ pixels: 65536 })));
  expect(near).toBeGreaterThan(0.02);
  expect(far).toBeGreaterThan(1.2 * near);
  expect(deviation(logRatios(work(), work({ channels: 64 })))).toBeGreaterThan(0.05);
});

it("is the same whatever was asked before", () => {
  const fresh = new SyntheticDevices(128, scale);
  const last = work({ channels: 24, pixels: 49 });
  expect(fresh.times(last)).toEqual(devices.times(last));
});
