import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InFlightLimit } from "./inFlightLimit.ts";

describe("how many jobs are in flight", () => {
  function open() {
    let time = 0;
    const limit = new InFlightLimit(2, () => time);
    return {
      /** Jobs in flight and jobs in a batch at most, where there are so many slots. */
      jobs(slots: number) {
        limit.slots = slots;
        return limit.jobs;
      },
      batchSize(slots: number) {
        limit.slots = slots;
        return limit.batchSize;
      },
      /** Jobs are answered evenly for a while. */
      answer(count: number, milliseconds: number) {
        for (let i = 0; i < count; i++) {
          time += milliseconds / count;
          limit.answered();
        }
      },
    };
  }

  test("two for each slot where jobs take 100 ms or more, whatever the slots", () => {
    const slots = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(slots, fc.integer({ min: 100, max: 100_000 }), (count, jobMs) => {
        const { jobs, batchSize, answer } = open();
        answer(count * 10, jobMs * 10);
        expect(jobs(count)).toBe(2 * count);
        expect(batchSize(count)).toBe(1);
      }),
    );
  });

  test("of shorter jobs, what is answered in 100 ms behind those that are in hand", () => {
    const { jobs, answer } = open();
    expect(jobs(16)).toBe(32);
    answer(1_000, 500);
    expect(jobs(16)).toBe(16 + 200);
    // Another question within the window changes nothing.
    answer(500, 50);
    expect(jobs(16)).toBe(16 + 200);
    // The last jobs were long ones.
    answer(4, 20_000);
    expect(jobs(16)).toBe(32);
    answer(1e6, 1_000);
    expect(jobs(16)).toBe(16 + 2_000);
  });

  test("of short jobs, as many travel in one batch as a slot does in 50 ms", () => {
    const { batchSize, answer } = open();
    expect(batchSize(4)).toBe(1);
    // Four slots, 10 ms each.
    answer(400, 1_000);
    expect(batchSize(4)).toBe(5);
    answer(400, 100);
    expect(batchSize(4)).toBe(16);
    expect(batchSize(0)).toBe(16);
    answer(4, 26);
    answer(12, 78);
    expect(batchSize(4)).toBe(1);
  });
});
