import { readFileSync } from "node:fs";
import { InputError, parseTable, type Table, type TableColumn, tableColumn } from "@archwright/core";

/** The value of an architecture by its canonical text; absent where the table's cell is empty or the row is missing. */
export type TableLookup = (architecture: string) => number | undefined;

/** Reads a table file. @throws InputError naming the file where it cannot be read. */
export function readTable(file: string): Table {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`cannot be read (${(error as NodeJS.ErrnoException).code})`, { place: { file }, expected: "a CSV table" });
  }
  return parseTable(text, file);
}

/**
 * Makes lookups of tables' columns by architecture. Each file is read once, however many of its columns are asked for.
 * The lookups' maker throws InputError where a file cannot be read, and naming the nearest column where there is none of this name.
 */
export function createTableReader(): (column: TableColumn) => TableLookup {
  const files = new Map<string, { readonly table: Table; readonly rows: ReadonlyMap<string, number> }>();
  const open = (file: string) => {
    const table = readTable(file);
    const opened = { table, rows: new Map(table.architectures.map((architecture, row) => [architecture, row])) };
    files.set(file, opened);
    return opened;
  };
  return ({ file, column }) => {
    const { table, rows } = files.get(file) ?? open(file);
    const values = tableColumn(table, column);
    return (architecture) => {
      const row = rows.get(architecture);
      const value = row === undefined ? Number.NaN : (values[row] as number);
      return Number.isNaN(value) ? undefined : value;
    };
  };
}
