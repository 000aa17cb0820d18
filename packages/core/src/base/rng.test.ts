import { describe, expect, it } from "vitest";
import { createRng } from "./rng.ts";

describe("createRng", () => {
  it("gives the same stream for the same seed, and another for another", () => {
    const draw = (seed: number | string) =>
      Array.from(
        { length: 5 },
        (
          (rng) => () =>
            rng.next()
        )(createRng(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("is uniform, and normal numbers have mean 0 and variance 1", () => {
    const rng = createRng("moments");
    const uniform = Array.from({ length: 20_000 }, () => rng.next());
    const normal = Array.from({ length: 20_000 }, () => rng.normal());
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
  });

  it("forks streams that do not depend on what was drawn before", () => {
    const a = createRng(7);
    const b = createRng(7);
    b.next();
    expect(a.fork("x").next()).toBe(b.fork("x").next());
    expect(a.fork("x").next()).not.toBe(a.fork("y").next());
  });

  it("shuffles into a permutation and leaves its argument alone", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = createRng(3).shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((x, y) => x - y)).toEqual(items);
  });
});
