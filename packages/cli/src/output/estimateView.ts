/** How `archwright estimate` shows what a network costs. */
import { type CostEstimate, type CostName, costNames, formatQuantity, type LibraryEstimate, metricNames } from "@archwright/core";
import { operatorCosts, type PeakMemory, peakMemory } from "@archwright/core/query";
import { renderTable } from "./render.ts";

/** By the names of columns: `latency_ms`, `peak_memory_bytes`, `flash_bytes`, `energy_mj`. What is unknown is null. */
export type EstimateColumns = Readonly<Record<string, CostEstimate | null>>;

/** All costs, those not known as null. */
export function asColumns(known: LibraryEstimate["estimates"]): EstimateColumns {
  return Object.fromEntries(costNames.map((cost) => [metricNames[cost].column, known[cost] ?? null]));
}

/** A table of the costs on one device. */
export function describeEstimates(estimates: EstimateColumns): string {
  const rows = costNames.map((cost) => {
    const estimate = estimates[metricNames[cost].column];
    if (!estimate) return [metricNames[cost].yaml, "unknown", "", ""];
    return [metricNames[cost].yaml, shown(cost, estimate.value), intervalOf(cost, estimate) ?? "unknown", estimate.source];
  });
  return renderTable(["cost", "value", "95 % interval", "how"], rows, (column) => column === 1);
}

/** A table of the costs on several devices. */
export function describeDevices(devices: ReadonlyMap<string, EstimateColumns>): string {
  const rows = [...devices].map(([device, estimates]) => [
    device,
    ...costNames.map((cost) => {
      const estimate = estimates[metricNames[cost].column];
      if (!estimate) return "unknown";
      const interval = intervalOf(cost, estimate);
      return `${shown(cost, estimate.value)}${interval === undefined ? "" : ` (${interval})`}`;
    }),
  ]);
  return renderTable(["device", ...costNames.map((cost) => metricNames[cost].yaml)], rows, (column) => column > 0);
}

function shown(cost: CostName, value: number): string {
  return formatQuantity(value, metricNames[cost].dimension);
}

function intervalOf(cost: CostName, { low95, high95 }: CostEstimate): string | undefined {
  return low95 === null || high95 === null ? undefined : `${shown(cost, low95)} to ${shown(cost, high95)}`;
}

/** Where time and memory go, as JSON; null where the device does not know. */
export function detailsJson({ breakdown }: LibraryEstimate) {
  return { peak: breakdown ? peakMemory(breakdown) : null, kernels: breakdown ? operatorCosts(breakdown) : null };
}

/** The tensors of the peak, and with `operators` a row for each operator. */
export function describeDetails({ breakdown }: LibraryEstimate, operators: boolean): readonly string[] {
  if (!breakdown) return operators ? ["", "where time and memory go is known only of devices with a profile"] : [];
  return ["", describePeak(peakMemory(breakdown)), ...(operators ? ["", describeOperators(operatorCosts(breakdown))] : [])];
}

const tensorsShown = 4;

function describePeak({ live_bytes, operator, tensors }: PeakMemory): string {
  const largest = tensors
    .slice(0, tensorsShown)
    .map(({ name, kind, bytes }) => `${kind === "scratch" ? "scratch of " : ""}${name} ${formatQuantity(bytes, "memory")}`);
  const others = tensors.length - largest.length;
  const held = [...largest, ...(others > 0 ? [`${others} more`] : [])].join(", ");
  return `most memory, ${formatQuantity(live_bytes, "memory")}, while ${operator} runs: ${held}`;
}

function describeOperators(rows: ReturnType<typeof operatorCosts>): string {
  const cells = rows.map(({ operators, latency_ms, share, bound_by, operations, bytes, memory_bytes }) => [
    operators.length > 2 ? `${operators.slice(0, 2).join(" + ")} + ${operators.length - 2} more` : operators.join(" + "),
    formatQuantity(latency_ms, "time"),
    `${(100 * share).toFixed(1)} %`,
    bound_by,
    formatQuantity(operations, "count"),
    formatQuantity(Math.max(0, ...Object.values(bytes)), "memory"),
    formatQuantity(memory_bytes, "memory"),
  ]);
  return renderTable(
    ["operator", "latency", "share", "bound by", "operations", "moved", "memory"],
    cells,
    (column) => column !== 0 && column !== 3,
  );
}
