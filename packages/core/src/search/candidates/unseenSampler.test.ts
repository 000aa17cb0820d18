import { describe, expect, it } from "vitest";
import { createQuickRng, createRng } from "../../base/index.ts";
import { toySpace } from "../../testing/searcher.ts";
import { listedSize, listSpace, UnseenSampler } from "./unseenSampler.ts";

describe("Unseen", () => {
  it("lists a space of the largest size that is listed, each text once", () => {
    const space = toySpace([50, 40, 25]);
    expect(Number(space.size)).toBe(listedSize);
    const texts = listSpace(space, createRng(1));
    expect(texts).toHaveLength(listedSize);
    expect(new Set(texts).size).toBe(listedSize);
  });

  it("lists in an order that depends on the generator alone", () => {
    const space = toySpace([3, 4]);
    expect(listSpace(space, createRng(1))).toEqual(listSpace(space, createRng(1)));
    expect(listSpace(space, createRng(1))).not.toEqual(listSpace(space, createRng(2)));
  });

  it("asks a space that can enumerate itself, and lists all of it in a random order", () => {
    const all = [
      [0, 1],
      [1, 0],
      [2, 2],
    ];
    const sampled = () => {
      throw new Error("not needed");
    };
    const space = { ...toySpace([3, 3]), enumerate: () => all, sample: sampled };
    const orders = new Set(Array.from({ length: 50 }, (_, seed) => listSpace(space, createRng(seed)).join(" ")));
    expect(orders.size).toBe(6);
    expect([...orders].every((order) => order.split(" ").sort().join(" ") === "0-1 1-0 2-2")).toBe(true);
  });

  it("finds what sampling never gives, if mutation leads there", () => {
    const plain = toySpace([10, 10, 10]);
    const lazy = { ...plain, sample: () => [0, 0, 0] };
    const unseen = new UnseenSampler(lazy, createRng("list"));
    const found = new Set<string>();
    for (let at = 0; ; at++) {
      const genotype = unseen.sample(createQuickRng(at));
      if (genotype === undefined) break;
      found.add(plain.format(genotype));
    }
    expect(found.size).toBe(1000);
  });

  it("finds nearly all of a space too large to list before it gives up", () => {
    const space = toySpace([250, 250]);
    const unseen = new UnseenSampler(space, createRng("list"));
    let found = 0;
    while (unseen.sample(createQuickRng(found)) !== undefined) found++;
    expect(found).toBe(unseen.count);
    expect(found).toBeGreaterThan(0.97 * 62_500);
    expect(found).toBeLessThanOrEqual(62_500);
  });
});
