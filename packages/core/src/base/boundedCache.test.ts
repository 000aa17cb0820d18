import { expect, it } from "vitest";
import { BoundedCache } from "./boundedCache.ts";

it("keeps no more than its limit, and computes again what went", () => {
  const computed: string[] = [];
  const cache = new BoundedCache<number>(2);
  const read = (key: string) =>
    cache.get(key, () => {
      computed.push(key);
      return key.length;
    });
  expect(["a", "bb", "a", "ccc", "bb", "a"].map(read)).toEqual([1, 2, 1, 3, 2, 1]);
  expect(computed).toEqual(["a", "bb", "ccc", "a"]);
  expect(cache.size).toBe(2);
});
