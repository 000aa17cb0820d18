/** What a drawing of a network's costs shows, without how it is drawn: a roofline, and working memory over time. */
import { formatQuantity } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import type { CostBreakdown } from "../../devices/kinds/index.ts";
import { describeBottleneck, operatorCosts } from "./operatorCosts.ts";

/** A kernel as a point under the roofs: operations a byte, and operations a second. */
export interface RooflinePoint {
  readonly intensity: number;
  readonly rate: number;
  /** Of the network's latency, 0 to 1. */
  readonly share: number;
  readonly title: string;
}

/** The bandwidth of a memory level: no more than `intensity · bytesPerSecond` operations a second. */
export interface Roof {
  readonly label: string;
  readonly bytesPerSecond: number;
}

/** Bytes of working memory in use while one operator runs. */
export interface MemoryStep {
  readonly operator: string;
  readonly bytes: number;
}

/** All that is drawn of a network's costs on a device. */
export interface CostPicture {
  readonly title: string;
  readonly roofline: {
    /** Operations a second, the device's peak for this number format. */
    readonly peak: number;
    readonly peakLabel: string;
    readonly roofs: readonly Roof[];
    readonly points: readonly RooflinePoint[];
    /** Kernels that compute nothing, or move nothing, and so have no place. */
    readonly left: number;
  };
  readonly memory: {
    readonly steps: readonly MemoryStep[];
    /** What the device has for the arena, beside what its runtime takes; undefined where it states none. */
    readonly limitBytes: number | undefined;
    readonly peakLabel: string;
  };
}

/** @param target what the network is called. */
export function costPicture(target: string, breakdown: CostBreakdown): CostPicture {
  const { kernels, deployed, plan, profile, format } = breakdown;
  const rows = operatorCosts(breakdown);
  const points = kernels.flatMap((kernel, i): RooflinePoint[] => {
    // The level that takes longest: its roof is the one that can hold the kernel back.
    const times = kernel.bytes.map((bytes, level) => bytes / item(profile.memory, level).bandwidthBytesPerSecond);
    const bytes = kernel.bytes[times.indexOf(Math.max(...times))] ?? 0;
    if (kernel.operations === 0 || bytes === 0 || kernel.latencyMs === 0) return [];
    const { operators, share, latency_ms } = item(rows, i);
    const title = `${operators.join(" + ")}: ${formatQuantity(latency_ms, "time")}, ${describeBottleneck(kernel.bottleneck)}`;
    return [{ intensity: kernel.operations / bytes, rate: kernel.operations / (kernel.latencyMs / 1e3), share, title }];
  });
  const peak = profile.formats.find((known) => known.format === format)?.operationsPerSecond ?? 0;
  const budget = profile.budgets.peakMemoryBytes;
  const largest = plan.timeline.indexOf(Math.max(...plan.timeline));
  const stepName = (step: number) => item(deployed.nodes, item(plan.schedule, step)).name;
  return {
    title: `${target} on ${profile.name} (${format}), computed`,
    roofline: {
      peak,
      peakLabel: `peak, ${rateText(peak)}`,
      roofs: profile.memory.map(({ name, bandwidthBytesPerSecond }) => ({
        label: `${name}, ${formatQuantity(bandwidthBytesPerSecond, "bandwidth")}`,
        bytesPerSecond: bandwidthBytesPerSecond,
      })),
      points,
      left: kernels.length - points.length,
    },
    memory: {
      steps: plan.timeline.map((bytes, step) => ({ operator: stepName(step), bytes })),
      limitBytes: budget === undefined ? undefined : Math.max(0, budget - (profile.runtime.memoryBytes ?? 0)),
      peakLabel: `${formatQuantity(Math.max(...plan.timeline), "memory")} at ${stepName(largest)}`,
    },
  };
}

/** `864 Mop/s` */
function rateText(operationsPerSecond: number): string {
  return `${formatQuantity(operationsPerSecond, "count")}op/s`;
}
