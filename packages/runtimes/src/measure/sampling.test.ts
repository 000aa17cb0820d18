import { createRng } from "@archwright/core/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile } from "./quantile.ts";
import { defaultSampling, sampleLatency } from "./sampling.ts";

describe("quantile", () => {
  // R 4: quantile(c(1, 2, 4, 8), c(0, .2, .5, 1)), type 7.
  it.each([
    [0, 1],
    [0.2, 1.6],
    [0.5, 3],
    [1, 8],
  ])("%d of 1, 2, 4, 8 is %d", (q, expected) => {
    expect(quantile([8, 1, 4, 2], q)).toBeCloseTo(expected, 12);
  });

  it("never leaves the values and never falls as q rises", () => {
    const q = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), q, q, (values, a, b) => {
        const [low, high] = [quantile(values, Math.min(a, b)), quantile(values, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high + 1e-9);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      }),
    );
  });
});

/** A machine with a clock of its own: an inference takes `ms` times how slow the machine is at that moment. */
function machine(slowness: (clockMs: number) => number) {
  let clock = 0;
  const counts = { run: 0, reference: 0 };
  const work = (kind: keyof typeof counts, ms: number) => async () => {
    counts[kind]++;
    clock += ms * slowness(clock);
  };
  const subject = { run: work("run", 2), reference: work("reference", 1), bestReferenceMs: Number.POSITIVE_INFINITY, now: () => clock };
  return { subject, counts, clock: () => clock };
}

const value = (times: readonly number[]) => quantile(times, 0.2);

describe("sampleLatency", () => {
  it("ends after the fewest repetitions on a quiet machine, and warms up first", async () => {
    const quiet = machine(() => 1);
    const samples = await sampleLatency(quiet.subject, defaultSampling);
    expect(samples).toMatchObject({ stable: true, drift: 0, droppedBlocks: 0, bestReferenceMs: 1 });
    expect(samples.timesMs).toEqual(Array(100).fill(2));
    expect(quiet.counts).toEqual({ run: 110, reference: 10 + 10 * 5 });
  });

  it("drops the blocks taken while the machine was slower, whenever that was", async () => {
    for (const [from, to] of [
      [0, 200],
      [150, 400],
      [100, 1000],
    ] as const) {
      const disturbed = machine((clock) => (from <= clock && clock < to ? 1.3 : 1));
      const samples = await sampleLatency(disturbed.subject, defaultSampling);
      expect(samples.stable).toBe(true);
      expect(samples.droppedBlocks).toBeGreaterThan(0);
      expect(value(samples.timesMs)).toBeCloseTo(2, 9);
    }
  });

  it("remembers how fast the machine can be, and admits drift where it stays slower", async () => {
    const slow = machine(() => 1.5);
    const samples = await sampleLatency({ ...slow.subject, bestReferenceMs: 1 }, defaultSampling);
    expect(samples.stable).toBe(false);
    expect(samples.drift).toBeCloseTo(0.5, 9);
    expect(samples.timesMs).toHaveLength(100);
    // Never scaled by the reference.
    expect(value(samples.timesMs)).toBeCloseTo(3, 9);
    expect(slow.counts.run).toBeLessThanOrEqual(defaultSampling.maxRepetitions + defaultSampling.warmup);
    expect(slow.clock()).toBeLessThan(defaultSampling.maxSeconds * 1000 + 200);
  });

  it("goes on while the quantile still moves", async () => {
    // Everything gets faster by and by, the reference too little to be noticed.
    const settling = machine((clock) => 1 + 0.09 * Math.exp(-clock / 300));
    const samples = await sampleLatency(settling.subject, { ...defaultSampling, tolerance: 0.005 });
    expect(samples.stable).toBe(true);
    expect(samples.timesMs.length).toBeGreaterThan(100);
  });

  it("ends at the limit of repetitions where the times never settle", async () => {
    const rng = createRng("noise");
    const wild = machine(() => 1);
    let clock = 0;
    const run = async () => {
      clock += 0.001 * 10 ** (3 * rng.next());
    };
    const reference = async () => {
      clock += 1;
    };
    const samples = await sampleLatency(
      { ...wild.subject, run, reference, now: () => clock },
      { ...defaultSampling, tolerance: 0, maxRepetitions: 300 },
    );
    expect(samples.stable).toBe(false);
    expect(samples.timesMs).toHaveLength(300);
  });
});
