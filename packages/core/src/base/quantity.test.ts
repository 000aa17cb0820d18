import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "./errors.ts";
import { formatLimit, formatQuantity, parseQuantity } from "./quantity.ts";

describe("parseQuantity", () => {
  it.each([
    ["5ms", "time", 5],
    ["1.5 s", "time", 1500],
    ["256KiB", "memory", 262_144],
    ["1.5MB", "memory", 1_500_000],
    ["3mJ", "energy", 3],
    ["2e3uJ", "energy", 2],
    ["2.5W", "power", 2500],
    ["1.2TOP/s", "rate", 1.2e12],
    ["4GMAC/s", "rate", 8e9],
  ] as const)("%s is a %s of %d", (text, dimension, value) => {
    expect(parseQuantity(text, dimension)).toBeCloseTo(value, 9);
  });

  it.each([
    ["5", "time", "5ms"],
    ["256kib", "memory", "256KiB"],
    ["5 Ms", "time", "5ms"],
  ] as const)("%s is refused and %s is proposed", (text, dimension, proposal) => {
    expect(() => parseQuantity(text, dimension)).toThrow(`write instead: ${proposal}`);
  });

  it("refuses what is no quantity at all", () => {
    expect(() => parseQuantity("fast", "time")).toThrow(InputError);
    expect(() => parseQuantity("", "memory")).toThrow(InputError);
    expect(() => parseQuantity("5 constructor", "time")).toThrow(InputError);
  });

  it("reads back what formatQuantity wrote, to three digits", () => {
    const dimensions = ["time", "memory", "energy", "power", "rate", "bandwidth", "count"] as const;
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e12, noNaN: true }), fc.constantFrom(...dimensions), (value, dimension) => {
        expect(Math.abs(parseQuantity(formatQuantity(value, dimension), dimension) / value - 1)).toBeLessThan(
          dimension === "memory" && value < 1 ? 1 : 0.006,
        );
      }),
    );
    expect([formatQuantity(0, "energy"), formatQuantity(0, "memory"), formatQuantity(4e-9, "energy")]).toEqual(["0mJ", "0B", "4pJ"]);
    expect([formatQuantity(8.64e8, "rate"), formatQuantity(1_235_000, "count")]).toEqual(["864MOP/s", "1.24M"]);
  });

  it("proposes limits that the value meets when they are read back, and that are near it", () => {
    const bytes = fc.integer({ min: 1, max: 2 ** 40 }).map((value) => [value, "memory"] as const);
    const others = fc.tuple(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.constantFrom("time" as const, "energy" as const));
    fc.assert(
      fc.property(fc.oneof(bytes, others), ([value, dimension]) => {
        const [up, down] = (["up", "down"] as const).map((way) => parseQuantity(formatLimit(value, dimension, way), dimension));
        expect(up).toBeGreaterThanOrEqual(value);
        expect(down).toBeLessThanOrEqual(value);
        expect(up).toBeLessThanOrEqual(value * 1.021);
        expect(down).toBeGreaterThanOrEqual(value / 1.021);
      }),
    );
    expect(formatLimit(320 * 1024, "memory", "up")).toBe("320KiB");
    expect(formatLimit(1_000_003, "memory", "down")).toBe("976KiB");
    expect(formatLimit(0.0123456, "time", "up")).toBe("12.4µs");
  });
});
