import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { createKeys } from "../../protocol/keys.ts";
import type { StreamedReport } from "../../protocol/resultStream.ts";
import { Acknowledger } from "./acknowledger.ts";

describe("what becomes of results in Redis", () => {
  function open() {
    const deleted: string[] = [];
    const answered: string[] = [];
    const redis = {
      hdel: async (_: string, ...keys: string[]) => answered.push(...keys),
      xdel: async (_: string, ...ids: string[]) => deleted.push(...ids),
    } as unknown as Redis;
    return { acknowledger: new Acknowledger(redis, createKeys("test"), "run"), deleted, answered };
  }
  const result = (entry: string, trial: number, reportsInEntry = 1, number = 1): StreamedReport => ({
    entry,
    reportsInEntry,
    key: `evaluate-${trial}`,
    number,
    worker: "w",
    report: "",
  });

  test("the newest thousand that were accepted stay, the rest is deleted", () => {
    const { acknowledger, deleted, answered } = open();
    for (let trial = 0; trial < 1_500; trial++) acknowledger.accept(result(`${trial}-0`, trial));
    acknowledger.flush();
    expect(answered).toHaveLength(1_500);
    expect(deleted).toEqual(Array.from({ length: 500 }, (_, trial) => `${trial}-0`));
    expect([499, 500].map((trial) => acknowledger.isSettled(result(`${trial}-0`, trial)))).toEqual([false, true]);
    expect(acknowledger.numberOf("evaluate-0")).toBe(1);
  });

  test("an entry is deleted when all that it holds is settled, and not before", () => {
    const { acknowledger, deleted } = open();
    acknowledger.discard(result("1-0", 0, 2));
    acknowledger.flush();
    expect(deleted).toEqual([]);
    acknowledger.discard(result("1-0", 1, 2));
    acknowledger.flush();
    expect(deleted).toEqual(["1-0"]);
    // One report of this entry waits for its job to be asked for.
    acknowledger.accept(result("2-0", 2, 2));
    for (let trial = 10; trial < 1_500; trial++) acknowledger.accept(result(`3-${trial}`, trial));
    acknowledger.flush();
    expect(deleted).not.toContain("2-0");
    acknowledger.accept(result("2-0", 3, 2));
    acknowledger.flush();
    expect(deleted).toContain("2-0");
  });

  test("the accepted attempt of the last ten thousand jobs is remembered", () => {
    const { acknowledger } = open();
    for (let trial = 0; trial < 30_000; trial++) acknowledger.accept(result(`${trial}-0`, trial, 1, 2));
    for (const trial of [20_001, 25_000, 29_999]) expect(acknowledger.numberOf(`evaluate-${trial}`)).toBe(2);
    expect(acknowledger.numberOf("evaluate-0")).toBeUndefined();
  });
});
