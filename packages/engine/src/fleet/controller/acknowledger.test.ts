import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { createKeys } from "../protocol/keys.ts";
import { createAcceptance } from "./acknowledger.ts";
import type { Entry } from "./resultReader.ts";

describe("what becomes of results in Redis", () => {
  function open() {
    const deleted: string[] = [];
    const answered: string[] = [];
    const redis = {
      hdel: async (_: string, ...keys: string[]) => answered.push(...keys),
      xdel: async (_: string, ...ids: string[]) => deleted.push(...ids),
    } as unknown as Redis;
    return { acceptance: createAcceptance(redis, createKeys("test"), "run"), deleted, answered };
  }
  const result = (id: string, trial: number, together = 1, n = 1): Entry => ({
    id,
    together,
    key: `evaluate-${trial}`,
    n,
    worker: "w",
    report: "",
  });

  test("the newest thousand that were accepted stay, the rest is deleted", () => {
    const { acceptance, deleted, answered } = open();
    for (let trial = 0; trial < 1_500; trial++) acceptance.keep(result(`${trial}-0`, trial));
    acceptance.flush();
    expect(answered).toHaveLength(1_500);
    expect(deleted).toEqual(Array.from({ length: 500 }, (_, trial) => `${trial}-0`));
    expect([499, 500].map((trial) => acceptance.isSettled(result(`${trial}-0`, trial)))).toEqual([false, true]);
    expect(acceptance.numberOf("evaluate-0")).toBe(1);
  });

  test("an entry is deleted when all that it holds is settled, and not before", () => {
    const { acceptance, deleted } = open();
    acceptance.discard(result("1-0", 0, 2));
    acceptance.flush();
    expect(deleted).toEqual([]);
    acceptance.discard(result("1-0", 1, 2));
    acceptance.flush();
    expect(deleted).toEqual(["1-0"]);
    // One report of this entry waits for its job to be asked for.
    acceptance.keep(result("2-0", 2, 2));
    for (let trial = 10; trial < 1_500; trial++) acceptance.keep(result(`3-${trial}`, trial));
    acceptance.flush();
    expect(deleted).not.toContain("2-0");
    acceptance.keep(result("2-0", 3, 2));
    acceptance.flush();
    expect(deleted).toContain("2-0");
  });

  test("the accepted attempt of the last ten thousand jobs is remembered", () => {
    const { acceptance } = open();
    for (let trial = 0; trial < 30_000; trial++) acceptance.keep(result(`${trial}-0`, trial, 1, 2));
    for (const trial of [20_001, 25_000, 29_999]) expect(acceptance.numberOf(`evaluate-${trial}`)).toBe(2);
    expect(acceptance.numberOf("evaluate-0")).toBeUndefined();
  });
});
