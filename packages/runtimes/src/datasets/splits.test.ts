import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { upTo } from "./source.ts";
import { dealByClass, dealInRounds, limitByClass } from "./splits.ts";

const twentieths = fc.integer({ min: 1, max: 9 });
const shares = fc.record({ validation: twentieths, test: twentieths }).map(({ validation, test }) => ({
  // As YAML gives them: decimal numbers, not quotients.
  validation: Number((validation * 0.05).toFixed(2)),
  test: Number((test * 0.05).toFixed(2)),
}));
const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 300 }).map((values) => Int32Array.from(values));

describe("dealInRounds", () => {
  it("with shares of 0.15: of each twenty, 14 train, 3 validation, 3 test", () => {
    const { train, validation, test } = dealInRounds(40, { validation: 0.15, test: 0.15 });
    expect([...validation]).toEqual([14, 15, 16, 34, 35, 36]);
    expect([...test]).toEqual([17, 18, 19, 37, 38, 39]);
    expect(train).toHaveLength(28);
  });
});

describe("dealByClass", () => {
  const enough = fc.array(fc.integer({ min: 3, max: 60 }), { minLength: 1, maxLength: 12 });
  const labelsOf = (counts: readonly number[]) => counts.flatMap((count, label) => Array<number>(count).fill(label));

  it("gives every split images of every class, in the shares asked for, whatever the order of the file", () => {
    fc.assert(
      fc.property(enough, shares, fc.nat(), fc.constantFrom("sorted", "cyclic", "reversed"), (counts, share, seed, order) => {
        const sorted = labelsOf(counts);
        const cyclic = sorted
          .map((label, i) => [sorted.slice(0, i).filter((other) => other === label).length, label] as const)
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        const all = Int32Array.from(order === "cyclic" ? cyclic.map(([, label]) => label) : order === "sorted" ? sorted : sorted.reverse());
        const dealt = dealByClass(upTo(all.length), all, { ...share, classes: counts.length, seed });
        const { train, validation, test } = dealt;
        expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual([...all.keys()]);
        for (const split of [train, validation, test]) expect(new Set(Array.from(split, (i) => all[i])).size).toBe(counts.length);
        // To a rounded image, or what each class has to give at least or must keep.
        for (const split of ["validation", "test"] as const) {
          expect(Math.abs(dealt[split].length - share[split] * all.length)).toBeLessThanOrEqual(counts.length + 0.5);
        }
        expect(dealByClass(upTo(all.length), all, { ...share, classes: counts.length, seed })).toEqual(dealt);
      }),
    );
  });

  it("shuffles: another seed gives other images, and no split is a stretch of the file", () => {
    const all = Int32Array.from(labelsOf([100, 100]));
    const deal = (seed: number) => dealByClass(upTo(200), all, { validation: 0.15, test: 0.15, classes: 2, seed });
    expect([deal(0).train.length, deal(0).validation.length, deal(0).test.length]).toEqual([140, 30, 30]);
    expect(deal(1).test).not.toEqual(deal(0).test);
    const test = deal(0).test.slice(0, 15).sort();
    expect((test.at(-1) as number) - (test[0] as number)).toBeGreaterThan(40);
  });

  it("deals nothing to a split that the user brings", () => {
    const all = Int32Array.from(labelsOf([10, 10]));
    expect(dealByClass(upTo(20), all, { validation: 0.2, test: 0, classes: 2, seed: 0 }).test).toHaveLength(0);
  });
});

describe("limitByClass", () => {
  it("keeps every class in proportion, whatever the order of the file", () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: 300 }), (all, limit) => {
        const chosen = limitByClass(upTo(all.length), all, limit);
        expect(chosen).toHaveLength(Math.min(limit, all.length));
        expect(new Set(chosen).size).toBe(chosen.length);
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
