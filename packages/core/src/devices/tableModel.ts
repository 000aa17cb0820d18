import type { CostReport } from "./types.ts";

/** Architecture → costs on one device, for devices that are known by a table of architectures and not by networks. */
export interface ArchitectureCostModel {
  /** The device's name. */
  readonly device: string;
  /** @param architecture canonical text. A cost that the table does not know is absent. */
  estimate(architecture: string): CostReport;
}

/** A device that is a column of a table: latencies in ms by canonical text; NaN and absent entries are unknown. */
export function createTableModel(device: string, latenciesMs: ReadonlyMap<string, number>): ArchitectureCostModel {
  return {
    device,
    estimate(architecture) {
      const value = latenciesMs.get(architecture);
      return value === undefined || Number.isNaN(value) ? { costs: {} } : { costs: { latencyMs: { value, sd: 0, source: "table" } } };
    },
  };
}
