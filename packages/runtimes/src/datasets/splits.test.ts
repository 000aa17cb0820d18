import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dealSplits, holdOutTail, limitByClass, splitBounds } from "./splits.ts";

const twentieths = fc.integer({ min: 1, max: 9 });
const shares = fc.record({ validation: twentieths, test: twentieths }).map(({ validation, test }) => ({
  // As YAML gives them: decimal numbers, not quotients.
  validation: Number((validation * 0.05).toFixed(2)),
  test: Number((test * 0.05).toFixed(2)),
}));
const upTo = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 300 }).map((values) => Int32Array.from(values));

describe("dealSplits", () => {
  it("with shares of 0.15: of each twenty, 14 train, 3 validation, 3 test", () => {
    const { train, validation, test } = dealSplits(upTo(40), { validation: 0.15, test: 0.15 });
    expect([...validation]).toEqual([14, 15, 16, 34, 35, 36]);
    expect([...test]).toEqual([17, 18, 19, 37, 38, 39]);
    expect(train).toHaveLength(28);
  });

  it("puts every image into exactly one split, in order, and the same one every time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1000 }), { maxLength: 200 }), shares, (positions, share) => {
        const { train, validation, test } = dealSplits(Int32Array.from(positions), share);
        for (const split of [train, validation, test]) expect([...split]).toEqual([...split].sort((a, b) => a - b));
        expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual([...positions.keys()]);
        expect(dealSplits(Int32Array.from(positions), share)).toEqual({ train, validation, test });
      }),
    );
  });

  it("gives each split its exact share of every full round", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), shares, (rounds, share) => {
        const { validation, test } = dealSplits(upTo(20 * rounds), share);
        expect(validation.length).toBeCloseTo(20 * rounds * share.validation, 6);
        expect(test.length).toBeCloseTo(20 * rounds * share.test, 6);
        expect(splitBounds(share)[0]).toBeGreaterThan(0);
      }),
    );
  });
});

describe("holdOutTail", () => {
  it("keeps the last images for validation", () => {
    const { train, validation } = holdOutTail(60_000, 0.15);
    expect([train.length, validation[0], validation.length]).toEqual([51_000, 51_000, 9000]);
    fc.assert(
      fc.property(fc.nat({ max: 500 }), shares, (count, share) => {
        const split = holdOutTail(count, share.validation);
        expect([...split.train, ...split.validation]).toEqual([...Array(count).keys()]);
        expect(split.validation.length).toBe(Math.floor(Number((count * share.validation).toFixed(6))));
      }),
    );
  });
});

describe("limitByClass", () => {
  it("keeps every class in proportion, whatever the order of the file", () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: 300 }), (all, limit) => {
        const chosen = limitByClass(upTo(all.length), all, limit);
        expect(chosen).toHaveLength(Math.min(limit, all.length));
        expect([...chosen]).toEqual([...new Set(chosen)].sort((a, b) => a - b));
        for (const label of new Set(all)) {
          const share = all.filter((other) => other === label).length / all.length;
          const kept = chosen.filter((index) => all[index] === label).length;
          expect(Math.abs(kept - share * chosen.length)).toBeLessThan(5);
        }
      }),
    );
  });

  it("keeps the first images of a class, and more of them where the limit is higher", () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: 299 }), (all, limit) => {
        const fewer = new Set(limitByClass(upTo(all.length), all, limit));
        const more = new Set(limitByClass(upTo(all.length), all, limit + 1));
        for (const index of fewer) expect(more.has(index)).toBe(true);
        for (const index of fewer) {
          for (let earlier = 0; earlier < index; earlier++) if (all[earlier] === all[index]) expect(fewer.has(earlier)).toBe(true);
        }
      }),
    );
  });

  it("leaves everything where there is no limit", () => {
    expect(limitByClass(upTo(7), new Int32Array(7), undefined)).toEqual(upTo(7));
  });
});
