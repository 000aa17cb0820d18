/** Tables of latencies, and the CSV that a user fills in with measurements. */
import { existsSync } from "node:fs";
import {
  type AnySearchSpace,
  InputError,
  knownLatencies,
  type LatencyMeasurement,
  type LatencyPredictor,
  type LatencySources,
  latencyColumn,
  type Rng,
  refuseNegative,
  type Table,
  tableColumn,
  tableOfSpace,
} from "@archwright/core";
import { readTable, readText } from "@archwright/engine";
import { stringify } from "csv-stringify/sync";

/** The column of a CSV of measurements. */
export const measurementColumn = "latency_ms";

/** A table with the rows that are of the space; of the others it warns. @throws InputError with file and line. */
export function readLatencyTable(file: string, space: AnySearchSpace): ReturnType<typeof tableOfSpace> {
  return tableOfSpace(readTable(file), space);
}

/**
 * Columns to learn from. What can be no measurement is unknown, as in published tables.
 * @throws InputError for a column that is not there, and for negative cells.
 */
export function sourcesOf(
  table: Table,
  columns: readonly string[],
): { readonly sources: LatencySources; readonly warnings: readonly string[] } {
  const read = columns.map((name) => ({ name, ...latencyColumn(table, name) }));
  return {
    sources: { architectures: table.architectures, devices: read.map(({ name, values }) => ({ name, latenciesMs: values })) },
    warnings: read.flatMap(({ warnings }) => warnings),
  };
}

/** The CSV that a user fills in: architectures with empty latencies, but for those that are measured already. */
export function measurementForm(architectures: readonly string[], measured: readonly LatencyMeasurement[]): string {
  const known = new Map(measured.map(({ architecture, latencyMs }) => [architecture, latencyMs]));
  const rows = [...new Set([...architectures, ...known.keys()])];
  return stringify([["architecture", measurementColumn], ...rows.map((architecture) => [architecture, known.get(architecture) ?? ""])]);
}

/** What a form holds that was filled in, if this file is one. @throws InputError where it is one and cannot be read. */
export function filledIn(file: string, space: AnySearchSpace): readonly LatencyMeasurement[] {
  if (!existsSync(file)) return [];
  const [head] = readText(file, "a form to fill in").split(/\r?\n/, 1);
  return head === `architecture,${measurementColumn}` ? measurementsOf(readTable(file), space) : [];
}

/** What a user measured; rows without a latency are left out. @throws InputError with the file, and where it is known the line. */
export function measurementsOf(written: Table, space: AnySearchSpace): readonly LatencyMeasurement[] {
  const { table } = tableOfSpace(written, space, { strict: true });
  const latencies = tableColumn(table, measurementColumn);
  return table.architectures.flatMap((architecture, row) => {
    const latencyMs = latencies[row] as number;
    return Number.isNaN(latencyMs) ? [] : [{ architecture, latencyMs }];
  });
}

/**
 * Measures by looking into a column: reads the cells that the model asks for and no others. An empty cell, or what can be no
 * measurement beside the other ones, is a measurement that failed, and another architecture is asked for.
 */
export function measureColumn(
  table: Table,
  column: string,
  predictor: LatencyPredictor,
  samples: number,
  rng: Rng,
): readonly LatencyMeasurement[] {
  const latencies = tableColumn(table, column);
  const rows = new Map(table.architectures.map((architecture, row) => [architecture, row]));
  refuseNegative(table, column);
  let measurements: readonly LatencyMeasurement[] = [];
  const asked = new Set<string>();
  while (measurements.length < samples) {
    const pool = table.architectures.filter((architecture) => !asked.has(architecture));
    const wanted = samples - measurements.length;
    if (pool.length < wanted) {
      throw new InputError(`the column '${column}' has ${measurements.length} known latencies`, {
        place: { file: table.file },
        expected: `at least the ${samples} of --samples`,
      });
    }
    const measured = measurements.map(({ architecture }) => architecture);
    for (const architecture of predictor.suggest(pool, wanted, rng, measured)) {
      asked.add(architecture);
      const latencyMs = latencies[rows.get(architecture) as number] as number;
      if (!Number.isNaN(latencyMs)) measurements = [...measurements, { architecture, latencyMs }];
    }
    const known = knownLatencies(Float64Array.from(measurements, ({ latencyMs }) => latencyMs));
    measurements = measurements.filter((_, i) => !Number.isNaN(known[i]));
  }
  return measurements;
}

/** Column names as options give them: separated by commas. */
export function columnNames(list: string): readonly string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
