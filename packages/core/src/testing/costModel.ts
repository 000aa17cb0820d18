/** The conformance suite of cost models. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { item } from "../base/matrix.ts";
import { type CostEstimate, type CostModel, type CostReport, costNames, costValues } from "../devices/index.ts";
import { layerCounts, type Network, NetworkBuilder, type NumberFormat } from "../ir/index.ts";

/** Bytes that a file may hold for a quantised channel: scale and zero point, of its weights and of its bias. */
const largestChannelDescription = 24;

/** What the suite needs to know of a cost model. */
export interface CostModelSubject {
  /** The model for networks that run in this format. */
  create(format: NumberFormat): CostModel;
  readonly formats: readonly NumberFormat[];
  /** Names of the device's memory levels. */
  readonly levels: readonly string[];
}

/** A convolutional network in words: each block's kind, width and stride. */
export interface NetworkPlan {
  readonly resolution: number;
  readonly channels: number;
  readonly blocks: readonly { readonly kind: "conv" | "separable" | "residual" | "pool"; readonly width: number; readonly stride: 1 | 2 }[];
}

/** Plans of small convolutional networks. */
const networkPlans: fc.Arbitrary<NetworkPlan> = fc.record({
  resolution: fc.integer({ min: 8, max: 64 }),
  channels: fc.integer({ min: 1, max: 4 }),
  blocks: fc.array(
    fc.record({
      kind: fc.constantFrom("conv" as const, "separable" as const, "residual" as const, "pool" as const),
      width: fc.integer({ min: 1, max: 48 }),
      stride: fc.constantFrom(1 as const, 2 as const),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

/** The network of a plan, for `batch` images, every block `widen` times as wide. */
export function buildPlan(plan: NetworkPlan, { batch = 1, widen = 1 } = {}): Network {
  const b = new NetworkBuilder();
  let x = b.input([batch, plan.channels, plan.resolution, plan.resolution]);
  for (const { kind, width, stride } of plan.blocks) {
    const channels = width * widen;
    const normalised = (y: number) => b.activation(b.batchNorm(y), "relu6");
    if (kind === "conv") x = normalised(b.conv2d(x, channels, 3, { stride }));
    else if (kind === "separable") x = normalised(b.conv2d(normalised(b.depthwise(x, 3, { stride })), channels, 1));
    else if (kind === "residual") x = b.binary("add", x, b.conv2d(normalised(b.conv2d(x, channels, 1)), item(b.shape(x), 1), 3));
    else x = b.pool2d("max", x, 3, { stride, padding: 1 });
  }
  return b.build(b.dense(b.globalAveragePool(x), 10));
}

/** What every {@link CostModel} of convolutional networks must do that knows all costs and lists its kernels. */
export function costModelConformance(name: string, subject: CostModelSubject): void {
  const value = (report: CostReport, cost: (typeof costNames)[number]) => report.costs[cost]?.value as number;

  describe(`${name} as a cost model`, () => {
    test.each(subject.formats)("%s: costs are finite and positive, and the same every time", (format) => {
      fc.assert(
        fc.property(networkPlans, (plan) => {
          const network = buildPlan(plan);
          const report = subject.create(format).estimate(network);
          expect(Object.keys(costValues(report))).toEqual([...costNames]);
          for (const cost of costNames) {
            expect(Number.isFinite(value(report, cost)) && value(report, cost) > 0).toBe(true);
            const { low95, high95 } = report.costs[cost] as CostEstimate;
            if (low95 !== null) expect(low95).toBeLessThanOrEqual(value(report, cost));
            if (high95 !== null) expect(high95).toBeGreaterThanOrEqual(value(report, cost));
          }
          expect(subject.create(format).estimate(network)).toEqual(report);
        }),
        { numRuns: 15 },
      );
    });

    test.each(subject.formats)("%s: a larger batch and a wider network never cost less", (format) => {
      const model = subject.create(format);
      fc.assert(
        fc.property(networkPlans, fc.integer({ min: 2, max: 3 }), (plan, factor) => {
          const base = model.estimate(buildPlan(plan));
          for (const larger of [buildPlan(plan, { batch: factor }), buildPlan(plan, { widen: factor })]) {
            const report = model.estimate(larger);
            for (const cost of costNames) expect(value(report, cost)).toBeGreaterThanOrEqual(value(base, cost));
          }
        }),
        { numRuns: 15 },
      );
    });

    test("kernels cover the work once, sum to the totals, and name what binds them", () => {
      fc.assert(
        fc.property(networkPlans, fc.constantFrom(...subject.formats), (plan, format) => {
          const report = subject.create(format).estimate(buildPlan(plan));
          const kernels = report.kernels ?? [];
          const sum = (cost: "latencyMs" | "energyMj") => kernels.reduce((total, kernel) => total + (kernel[cost] ?? Number.NaN), 0);
          expect(kernels.length).toBeGreaterThan(0);
          expect(sum("latencyMs") / value(report, "latencyMs")).toBeCloseTo(1, 9);
          expect(sum("energyMj") / value(report, "energyMj")).toBeCloseTo(1, 9);
          const nodes = kernels.flatMap((kernel) => kernel.nodes);
          expect(new Set(nodes).size).toBe(nodes.length);
          for (const { bottleneck } of kernels) {
            if (bottleneck.kind === "memory") expect(subject.levels).toContain(bottleneck.level);
            else expect(["compute", "overhead"]).toContain(bottleneck.kind);
          }
        }),
        { numRuns: 15 },
      );
    });

    const comparable = subject.formats.includes("int8") && subject.formats.includes("float32");
    const reason = comparable ? "" : " (skipped: the device does not compute in both)";
    test.runIf(comparable)(`int8 never needs more memory than float32${reason}`, () => {
      fc.assert(
        fc.property(networkPlans, (plan) => {
          const network = buildPlan(plan);
          const [small, large] = [subject.create("int8").estimate(network), subject.create("float32").estimate(network)];
          expect(value(small, "peakMemoryBytes")).toBeLessThanOrEqual(value(large, "peakMemoryBytes"));
          // Where files describe quantised channels, those of few weights are larger than as float32.
          const scales = largestChannelDescription * layerCounts(network).channels;
          expect(value(small, "flashBytes")).toBeLessThanOrEqual(value(large, "flashBytes") + scales);
        }),
        { numRuns: 15 },
      );
    });
  });
}
