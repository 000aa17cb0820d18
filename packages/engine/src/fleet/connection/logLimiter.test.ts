import { expect, test } from "vitest";
import { createLogLimiter } from "./logLimiter.ts";

test("what lasts is told at first, then at growing intervals", () => {
  const { isDue } = createLogLimiter();
  const told = Array.from({ length: 4 * 24 * 3_600 }, (_, quarter) => quarter * 250).filter(isDue);
  expect(told.slice(0, 5)).toEqual([0, 10_000, 30_000, 70_000, 150_000]);
  expect((told.at(-1) as number) - (told.at(-2) as number)).toBe(600_000);
  // A day without a Redis, tried four times a second.
  expect(told.length).toBeLessThan(155);
});
