import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createRng } from "../../../base/index.ts";
import { randomNetwork } from "../../../testing/networks/randomNetwork.ts";
import { bruteForceTraffic } from "../../../testing/traffic/bruteForce.ts";
import { graphOf, leastCapacity, randomGraph, wattsStrogatz } from "../../../testing/traffic/graphs.ts";
import { replay } from "../../../testing/traffic/replay.ts";
import { NetworkBuilder } from "../../builder.ts";
import { type MemoryOptions, sharedKinds } from "../options.ts";
import { planMemory } from "../plan.ts";
import { largestWorkingSet, planTraffic, type TrafficOptions, type TrafficPlan } from "./planTraffic.ts";
import { graphOfPlan } from "./views.ts";

const full = process.env.MODE === "full";
// A thousand graphs by brute force, on a machine that is busy.
if (full) vi.setConfig({ testTimeout: 120_000 });

function planned(graph: Parameters<typeof planTraffic>[0], options: TrafficOptions): TrafficPlan {
  const plan = planTraffic(graph, options);
  if (!plan) throw new Error("nothing was planned");
  return plan;
}

describe("planTraffic", () => {
  it("is equal to brute force over orders, replacement and addresses", () => {
    const rng = createRng("brute force");
    const graphs = full ? 1000 : 100;
    let compared = 0;
    let withTraffic = 0;
    while (compared < graphs) {
      const operators = 3 + rng.int(5);
      const graph = randomGraph(rng, {
        operators,
        inputs: 1 + rng.int(Math.min(2, 8 - operators)),
        sizes: rng.pick([[1], [1, 2], [2, 3, 5], [1, 2, 3, 4, 5, 6, 7]]),
        inPlace: rng.pick([0, 0.4]),
        scratch: rng.pick([0, 0.2]),
      });
      const capacity = leastCapacity(graph) + rng.pick([0, 0, 1, 2]);
      const expected = bruteForceTraffic(graph, capacity, 3_000_000);
      if (expected === undefined) continue;
      const plan = planned(graph, { capacityBytes: capacity });
      expect(replay(graph, plan, capacity)).toBe(plan.trafficBytes);
      expect({ compared, traffic: plan.trafficBytes, optimal: plan.optimal }).toEqual({ compared, traffic: expected, optimal: true });
      compared++;
      if (expected > 0) withTraffic++;
    }
    expect(withTraffic).toBeGreaterThan(graphs / 4);
  });
});

describe("traffic", () => {
  const graphOptions = fc.record({
    operators: fc.integer({ min: 2, max: 24 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    sizes: fc.constantFrom([16], [16, 32, 64], [16, 48, 80, 112, 144]),
    inPlace: fc.constantFrom(0, 0.4),
    scratch: fc.constantFrom(0, 0.2),
  });

  it("is 0 exactly where the scratchpad holds the planner's arena", () => {
    let belowPeak = 0;
    let compared = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 16 }), fc.boolean(), (seed, steps, sharing) => {
        const network = randomNetwork(createRng(seed), { steps });
        const options: MemoryOptions = sharing ? { shares: sharedKinds, depthwiseInPlace: true } : {};
        const plan = planMemory(network, options);
        const enough = planned(network, { ...options, capacityBytes: plan.arenaBytes });
        expect(enough).toMatchObject({ trafficBytes: 0, optimal: true });
        expect(enough.steps.some(({ kind }) => kind === "load" || kind === "store")).toBe(false);
        const graph = graphOfPlan(network, plan, options);
        expect(replay(graph, enough, plan.arenaBytes, 16)).toBe(0);
        // An input that is handed on unread need not be in the scratchpad at all.
        if (graph.nodes.some((_, vertex) => graph.source[vertex] && graph.consumers[vertex]?.length === 0)) return;
        // What a plan without traffic uses is an arena, so none is smaller than one that is proven.
        if (!plan.scheduleIsOptimal || plan.arenaBytes > plan.peakLiveBytes) return;
        compared++;
        const less = planTraffic(network, { ...options, capacityBytes: plan.arenaBytes - 16, searchLimit: 2000 });
        if (!less) return;
        belowPeak++;
        expect(less.trafficBytes).toBeGreaterThan(0);
        expect(replay(graph, less, plan.arenaBytes - 16, 16)).toBe(less.trafficBytes);
      }),
      { numRuns: full ? 500 : 100 },
    );
    expect(compared).toBeGreaterThan((full ? 500 : 100) * 0.8);
    expect(belowPeak).toBeGreaterThan(10);
  });

  it("is what a replay moves, within the capacity and not below the bound, however short the search", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        graphOptions,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 50, 1000, 20_000),
        fc.boolean(),
        (seed, options, share, searchLimit, reorder) => {
          const graph = randomGraph(createRng(seed), options);
          const least = leastCapacity(graph);
          const all = graph.bytes.reduce((sum, bytes) => sum + bytes, 0);
          const capacityBytes = least + 16 * Math.floor((share * Math.max(0, all - least)) / 32);
          const plan = planned(graph, { capacityBytes, searchLimit, reorder });
          expect(replay(graph, plan, capacityBytes, 16)).toBe(plan.trafficBytes);
          expect(plan.loadedBytes + plan.storedBytes).toBe(plan.trafficBytes);
          expect(plan.lowerBoundBytes).toBeLessThanOrEqual(plan.trafficBytes);
          expect(plan.optimal).toBe(plan.lowerBoundBytes === plan.trafficBytes);
          expect(plan.scratchpadBytes).toBeLessThanOrEqual(capacityBytes);
          if (!reorder) expect(plan.schedule).toEqual(graph.nodes.filter((vertex) => !graph.source[vertex]));
        },
      ),
      { numRuns: full ? 600 : 150 },
    );
  });

  it("is bounded truthfully where the search is cut short", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 5, max: 12 }), fc.integer({ min: 0, max: 200 }), (seed, operators, searchLimit) => {
        const graph = randomGraph(createRng(seed), { operators, inputs: 2, sizes: [16, 32, 80], inPlace: 0.3, scratch: 0.1 });
        const capacityBytes = leastCapacity(graph) + 16;
        const best = planned(graph, { capacityBytes });
        const short = planned(graph, { capacityBytes, searchLimit });
        expect(short.lowerBoundBytes).toBeLessThanOrEqual(best.trafficBytes);
        expect(short.trafficBytes).toBeGreaterThanOrEqual(best.lowerBoundBytes);
      }),
      { numRuns: full ? 300 : 60 },
    );
  });

  it("of randomly wired networks of 17 nodes is proven", () => {
    // WS(17, 4, 0.75), of tensors of one size, and with an input of twice that, as where a stage halves the image.
    for (const seed of [0, 1, 2]) {
      const reads = wattsStrogatz(createRng(`randomly wired ${seed}`), 17, 4, 0.75);
      for (const inputBytes of [1, 2]) {
        const graph = graphOf(
          1,
          Float64Array.from(reads, (_, vertex) => (vertex === 0 ? inputBytes : 1)),
          reads,
        );
        const least = leastCapacity(graph);
        for (const capacityBytes of [least, least + 1, least + 2]) {
          const plan = planned(graph, { capacityBytes });
          expect(plan.optimal).toBe(true);
          expect(replay(graph, plan, capacityBytes)).toBe(plan.trafficBytes);
        }
      }
    }
  });
});

describe("a plan of traffic", () => {
  /** Two long branches from one tensor, which meet: the shorter one's end waits. */
  function branches() {
    const b = new NetworkBuilder("int8");
    const x = b.input([1, 64]);
    const left = b.dense(b.dense(x, 256), 128);
    const right = b.dense(b.dense(x, 192), 128);
    return b.build(b.concat([left, right]));
  }

  it("says what is moved, and where the output ends", () => {
    // The last operator reads 128 + 128 and writes 256; before it, 192 + 128 with the other end, 128, and the input beside.
    const network = branches();
    expect(largestWorkingSet(network)).toBe(512);
    expect(planned(network, { capacityBytes: 512 })).toMatchObject({ trafficBytes: 0, optimal: true, scratchpadBytes: 512 });
  });

  it("stores a tensor once and loads it as often as it is read again", () => {
    // The tensor of vertex 1 is read by three operators. Between them, with 4 bytes of it, 14 bytes would be needed of 13.
    const reads = [[], [0], [1], [2], [1, 3], [4], [1, 5]];
    const graph = graphOf(1, Float64Array.of(4, 4, 6, 4, 2, 8, 1), reads);
    const capacityBytes = leastCapacity(graph);
    const plan = planned(graph, { capacityBytes });
    expect(plan).toMatchObject({ optimal: true, storedBytes: 4, loadedBytes: 8 });
    expect(plan.outputs).toEqual([{ node: 6, memory: "scratchpad", offsetBytes: expect.any(Number) }]);
  });

  it("does not exist where an operator does not fit", () => {
    expect(planTraffic(branches(), { capacityBytes: 511 })).toBeUndefined();
  });

  it.each([
    { capacityBytes: -1 },
    { capacityBytes: Number.NaN },
    { capacityBytes: 512, searchLimit: 0.5 },
    { capacityBytes: 512, alignmentBytes: 0 },
  ])("refuses %o", (options: TrafficOptions) => {
    expect(() => planTraffic(branches(), options)).toThrowError(expect.objectContaining({ name: "InputError" }));
  });
});
