import fc from "fast-check";
import { expect, test } from "vitest";
import { createSemaphore } from "./semaphore.ts";

const pause = () => new Promise((resolve) => setImmediate(resolve));

test("callers start in order of coming, never more than there are slots, and exclusive ones alone", async () => {
  const callers = fc.array(fc.record({ exclusive: fc.boolean(), turns: fc.nat(3), comesAfter: fc.nat(2) }), {
    minLength: 1,
    maxLength: 15,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), callers, async (slots, all) => {
      const semaphore = createSemaphore(slots);
      const started: number[] = [];
      const running = new Set<number>();
      const tasks: Promise<void>[] = [];
      for (const [index, { exclusive, turns, comesAfter }] of all.entries()) {
        for (let turn = 0; turn < comesAfter; turn++) await pause();
        tasks.push(
          (async () => {
            const release = await semaphore.acquire(exclusive);
            started.push(index);
            running.add(index);
            expect(running.size).toBeLessThanOrEqual([...running].some((other) => all[other]?.exclusive) ? 1 : slots);
            for (let turn = 0; turn < turns; turn++) await pause();
            running.delete(index);
            release();
          })(),
        );
      }
      await Promise.all(tasks);
      expect(started).toEqual(all.map((_, index) => index));
    }),
    { numRuns: 100 },
  );
});

test("closing rejects those who wait and those who come, and lets those who run end", async () => {
  const semaphore = createSemaphore(1);
  const release = await semaphore.acquire(false);
  const waiting = semaphore.acquire(true);
  semaphore.close(new Error("closed by the test"));
  await expect(waiting).rejects.toThrow("closed by the test");
  await expect(semaphore.acquire(false)).rejects.toThrow("closed by the test");
  release();
});
