/** Measurements of models that are in files, beside those of architectures. */
import { dirname, isAbsolute, join } from "node:path";
import { type FittedDevice, InputError, isSameSpace, type MeasuredFile, networkTerms, type Table, tableColumn } from "@archwright/core";
import { readTable } from "@archwright/engine";
import { namesModel } from "@archwright/runtimes";
import { measurementColumn } from "./latencyTables.ts";
import { readModelFile } from "./modelInput.ts";

/** What a CSV of measurements holds. */
export interface Measured {
  /** The rows whose first cell is an architecture's text. */
  readonly table: Table;
  readonly files: readonly MeasuredFile[];
}

/**
 * Reads a CSV of measurements. A row whose first cell names a model's file is of that file, whose path is relative to the CSV's; all
 * others are of architectures. Rows of files without a latency are left out.
 * @throws InputError with file and line, also for a model that cannot be read.
 */
export function readMeasured(file: string): Measured {
  const table = readTable(file);
  const ofFile = table.architectures.map(namesModel);
  if (!ofFile.includes(true)) return { table, files: [] };
  const latencies = tableColumn(table, measurementColumn);
  const files = table.architectures.flatMap((name, row): MeasuredFile[] => {
    const latencyMs = latencies[row] as number;
    if (!ofFile[row] || Number.isNaN(latencyMs)) return [];
    const place = { file, line: table.lines[row] as number };
    if (!(latencyMs > 0))
      throw new InputError(`the measured latency of '${name}' is ${latencyMs}`, { place, expected: "a positive number of milliseconds" });
    const { network } = readModelFile(isAbsolute(name) ? name : join(dirname(file), name));
    return [{ file: name, latencyMs, terms: networkTerms(network) }];
  });
  const rows = ofFile.flatMap((isFile, row) => (isFile ? [] : [row]));
  return {
    table: {
      ...table,
      architectures: rows.map((row) => table.architectures[row] as string),
      lines: rows.map((row) => table.lines[row] as number),
      columns: new Map([...table.columns].map(([name, values]) => [name, Float64Array.from(rows, (row) => values[row] as number)])),
    },
    files,
  };
}

type Parts = Pick<FittedDevice, "spaces" | "files">;

/** What a device was fitted to, with what is new in place of the same space and of files of the same name. */
export function pooled(known: Parts, { spaces, files }: Parts): Parts {
  return {
    spaces: [...spaces, ...known.spaces.filter((own) => !spaces.some((one) => isSameSpace(one, own)))],
    files: [...known.files.filter((own) => !files.some(({ file }) => file === own.file)), ...files],
  };
}
