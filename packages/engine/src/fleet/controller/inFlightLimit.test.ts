import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDepth } from "./inFlightLimit.ts";

describe("how many jobs are given out", () => {
  function open() {
    let time = 0;
    const depth = createDepth(2, () => time);
    return {
      depth,
      /** Jobs are answered evenly for a while. */
      answer(count: number, milliseconds: number) {
        for (let i = 0; i < count; i++) {
          time += milliseconds / count;
          depth.answered();
        }
      },
    };
  }

  test("two for each slot where jobs take 100 ms or more, whatever the slots", () => {
    const slots = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(slots, fc.integer({ min: 100, max: 100_000 }), (count, jobMs) => {
        const { depth, answer } = open();
        answer(count * 10, jobMs * 10);
        expect(depth.limit(count)).toBe(2 * count);
        expect(depth.together(count)).toBe(1);
      }),
    );
  });

  test("of shorter jobs, what is answered in 100 ms behind those that are in hand", () => {
    const { depth, answer } = open();
    expect(depth.limit(16)).toBe(32);
    answer(1_000, 500);
    expect(depth.limit(16)).toBe(16 + 200);
    // Another look within the window changes nothing.
    answer(500, 50);
    expect(depth.limit(16)).toBe(16 + 200);
    // The last jobs were long ones.
    answer(4, 20_000);
    expect(depth.limit(16)).toBe(32);
    answer(1e6, 1_000);
    expect(depth.limit(16)).toBe(16 + 2_000);
  });

  test("of short jobs, as many travel together as a slot does in 50 ms", () => {
    const { depth, answer } = open();
    expect(depth.together(4)).toBe(1);
    // Four slots, 10 ms each.
    answer(400, 1_000);
    expect(depth.together(4)).toBe(5);
    answer(400, 100);
    expect(depth.together(4)).toBe(16);
    expect(depth.together(0)).toBe(16);
    answer(4, 26);
    answer(12, 78);
    expect(depth.together(4)).toBe(1);
  });
});
