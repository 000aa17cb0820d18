import { describe, expect, it } from "vitest";
import { nearestSpelling } from "./nearest.ts";

describe("nearestSpelling", () => {
  it.each([
    ["latncy", "latency"],
    ["LATENCY", "latency"],
    ["nsga", "nsga2"],
    ["cvs", "csv"],
    ["stm32f476", "stm32f746"],
    ["table", undefined],
    ["", undefined],
  ])("takes '%s' for %s", (written, meant) => {
    expect(nearestSpelling(written, ["latency", "nsga2", "svg", "csv", "stm32f746"])).toBe(meant);
  });
});
