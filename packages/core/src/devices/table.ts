import { parse } from "csv-parse/browser/esm/sync";
import { InputError, nearestSpelling, type Place } from "../base/index.ts";

/** Numbers of architectures: one row an architecture, one column a device or metric. */
export interface Table {
  /** The name that messages give to it. */
  readonly file: string;
  /** Canonical texts, all different, in the file's order. */
  readonly architectures: readonly string[];
  /** By column name, one number for each architecture; NaN where the cell is empty, that is unknown. */
  readonly columns: ReadonlyMap<string, Float64Array>;
}

const firstColumn = "architecture";

/**
 * Reads a CSV table: a header whose first column is `architecture`, then one column a device or metric. An empty cell is unknown.
 * @throws InputError with line and column for a missing header, a doubled architecture or column, a row of another
 * length, and a cell that is not a finite number.
 */
export function parseTable(text: string, file: string): Table {
  const records = readRecords(text, file);
  const fail = (record: number, field: number, problem: string, expected?: string, suggestion?: string): never => {
    throw new InputError(problem, { place: placeOf(text, file, record, field), expected, suggestion });
  };
  const header = records[0] ?? [];
  if (header[0] !== firstColumn) {
    const found = header[0] === undefined || header[0] === "" ? "the table has no header" : `the first column is '${header[0]}'`;
    fail(0, 0, found, `a header that starts with '${firstColumn}'`, [firstColumn, ...header.slice(1)].join(","));
  }
  const names = header.slice(1);
  names.forEach((name, i) => {
    if (name === "") fail(0, i + 1, `column ${i + 2} has no name`, "the name of a device or metric");
    if (header.indexOf(name) !== i + 1) fail(0, i + 1, `two columns are called '${name}'`, "different names");
  });

  const rows = records.length - 1;
  const columns = names.map(() => new Float64Array(rows));
  const architectures: string[] = [];
  const lines = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const record = records[row + 1] as readonly string[];
    if (record.length !== header.length) {
      fail(
        row + 1,
        Math.min(record.length, header.length) - 1,
        `the row has ${record.length} cells`,
        `${header.length} cells, one for each column of the header`,
      );
    }
    const architecture = record[0] as string;
    if (architecture === "") fail(row + 1, 0, "the architecture is empty", "the canonical text of an architecture");
    const earlier = lines.get(architecture);
    if (earlier !== undefined) {
      fail(
        row + 1,
        0,
        `'${architecture}' stands in the table twice`,
        `it once; the first is in line ${placeOf(text, file, earlier, 0).line}`,
      );
    }
    lines.set(architecture, row + 1);
    architectures.push(architecture);
    for (let i = 0; i < columns.length; i++) {
      const cell = record[i + 1] as string;
      const value = cell === "" ? Number.NaN : Number(cell);
      if (!Number.isFinite(value) && cell !== "") {
        fail(row + 1, i + 1, `'${cell}' in column '${names[i]}' is not a number`, "a finite number, or an empty cell for what is unknown");
      }
      (columns[i] as Float64Array)[row] = value === 0 && cell.trim() === "" ? Number.NaN : value;
    }
  }
  return { file, architectures, columns: new Map(names.map((name, i) => [name, columns[i] as Float64Array])) };
}

/** One column of a table. @throws InputError naming the nearest column. */
export function tableColumn(table: Table, name: string): Float64Array {
  const column = table.columns.get(name);
  if (column) return column;
  const names = [...table.columns.keys()];
  throw new InputError(`there is no column '${name}'`, {
    place: { file: table.file, line: 1 },
    expected: `one of ${names.join(", ")}`,
    suggestion: nearestSpelling(name, names),
  });
}

// Tables of 15,625 × 22 cells are read at every start, and splitting is seven times as fast as the general reader, which only quotes need.
function readRecords(text: string, file: string): readonly (readonly string[])[] {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (!body.includes('"')) {
    const lines = body.split(/\r?\n/);
    return lines.filter((line) => line !== "").map((line) => line.split(","));
  }
  try {
    return parse(body, { relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    const { lines, message } = error as { readonly lines?: number; readonly message: string };
    throw new InputError(`not valid CSV: ${message}`, { place: { file, ...(lines === undefined ? {} : { line: lines }) } });
  }
}

/** Where a field starts. Walks the text again: only errors ask. */
function placeOf(text: string, file: string, record: number, field: number): Place {
  let [line, column, records, fields] = [1, 1, 0, 0];
  let quoted = false;
  let filled = false;
  for (
    let i = text.startsWith("\uFEFF") ? 1 : 0;
    i < text.length && !(records === record && fields === field && !(text[i] === "\n" && !filled));
    i++
  ) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    if (character !== "\n") filled ||= character !== "\r";
    if (character === "," && !quoted) fields++;
    if (character === "\n") {
      if (!quoted && filled) [records, fields, filled] = [records + 1, 0, false];
      [line, column] = [line + 1, 1];
    } else column++;
  }
  return { file, line, column };
}
