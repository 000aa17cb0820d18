/** Reads tables of architectures: CSV with one column for each device or metric. */
import { InputError, nearestSpelling, type Place } from "../../base/index.ts";
import { notANumber, splitCells, wrongSeparator } from "./cells.ts";

/** Numbers of architectures: one row an architecture, one column a device or metric. */
export interface Table {
  /** The name that messages give to it. */
  readonly file: string;
  /** Texts, all different, in the file's order. */
  readonly architectures: readonly string[];
  /** In which line of the file each architecture's row begins, from 1. */
  readonly lines: readonly number[];
  /** By column name, one number for each architecture; NaN where the cell is empty, that is unknown. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** By column name, what is wrong with its first cell that is not a number. Such a column cannot be used; the others can. */
  readonly faults: ReadonlyMap<string, InputError>;
}

const firstColumn = "architecture";

/**
 * Reads a CSV table: a header whose first column is `architecture`, then one column a device or metric. An empty cell is unknown.
 * Goes through the text line by line, so that a large table takes little more memory than its text and its numbers.
 * @throws InputError with line and column for a missing header, another separator, a doubled architecture or column, a row of
 * another length, and a quote that does not end. A cell that is not a number is an error only where its column is used.
 */
export function parseTable(text: string, file: string): Table {
  const records = recordsOf(text, file);
  const first = records.next();
  const header = first.done ? undefined : first.value;
  const names = readHeader(header, file);
  const columns = names.map(() => new Numbers());
  const faults = new Map<string, InputError>();
  const rowOf = new Map<string, number>();
  const lines: number[] = [];
  for (const record of records) {
    const { cells } = record;
    const fail = (cell: number, problem: string, expected: string, suggestion?: string) => {
      throw new InputError(problem, { place: placeOf(record, cell, file), expected, suggestion });
    };
    if (cells.length !== names.length + 1) {
      const hint = cells.length > names.length + 1 ? "; numbers have a decimal point, not a comma" : "";
      const expected = `${names.length + 1} cells, one for each column of the header${hint}`;
      fail(Math.min(cells.length, names.length + 1) - 1, `the row has ${cells.length} cells`, expected);
    }
    const architecture = (cells[0] as string).trim();
    if (architecture === "") fail(0, "the architecture is empty", "the canonical text of an architecture");
    const earlier = rowOf.get(architecture);
    if (earlier !== undefined) {
      fail(0, `'${architecture}' stands in the table twice`, `it once; the first is in line ${lines[earlier]}`);
    }
    rowOf.set(architecture, lines.length);
    lines.push(record.line);
    for (let i = 0; i < columns.length; i++) {
      const cell = cells[i + 1] as string;
      const value = numberOf(cell);
      (columns[i] as Numbers).push(value ?? Number.NaN);
      const name = names[i] as string;
      if (value === undefined && !faults.has(name)) faults.set(name, notANumber(cell.trim(), name, placeOf(record, i + 1, file)));
    }
  }
  if (lines.length === 0) {
    throw new InputError("the table has no rows", { place: { file }, expected: "a row for each architecture below the header" });
  }
  return {
    file,
    architectures: [...rowOf.keys()],
    lines,
    columns: new Map(names.map((name, i) => [name, (columns[i] as Numbers).values()])),
    faults,
  };
}

/** One column of a table as it stands there. @throws InputError naming the nearest column, or the cell that is not a number. */
export function tableColumn(table: Table, name: string): Float64Array {
  const fault = table.faults.get(name);
  if (fault) throw fault;
  const column = table.columns.get(name);
  if (column) return column;
  const names = [...table.columns.keys()];
  throw new InputError(`there is no column '${name}'`, {
    place: { file: table.file, line: 1 },
    expected: `one of ${names.join(", ")}`,
    suggestion: nearestSpelling(name, names),
  });
}

/** The number of a cell: NaN for an empty one, undefined for one that is no finite decimal number. */
function numberOf(cell: string): number | undefined {
  const value = Number(cell);
  if (value === 0 && cell.trim() === "") return Number.NaN;
  // `Number` also reads 0x1F and the like.
  return Number.isFinite(value) && !/^\s*0[xob]/i.test(cell) ? value : undefined;
}

/** The names of the columns of numbers. */
function readHeader(header: CsvRecord | undefined, file: string): readonly string[] {
  const fail = (cell: number, problem: string, expected: string, suggestion?: string): never => {
    const place = header ? placeOf(header, cell, file) : { file, line: 1, column: 1 };
    throw new InputError(problem, { place, expected, suggestion });
  };
  const [first, ...names] = header?.cells.map((name) => name.trim()) ?? [];
  if (first === undefined) fail(0, "the table is empty", `a header that starts with '${firstColumn}'`);
  if (first !== firstColumn) {
    const separated = wrongSeparator((header as CsvRecord).text);
    if (separated) fail(0, separated.problem, "commas between the cells", separated.suggestion);
    fail(0, `the first column is '${first}'`, `a header that starts with '${firstColumn}'`, [firstColumn, ...names].join(","));
  }
  if (names.length === 0) fail(0, `'${firstColumn}' is the only column`, "a column for each device or metric");
  names.forEach((name, i) => {
    if (name === "") fail(i + 1, `column ${i + 2} has no name`, "the name of a device or metric");
    if (names.indexOf(name) !== i) fail(i + 1, `two columns are called '${name}'`, "different names");
  });
  return names;
}

/** A row of a CSV file; with quotes it may take several lines. */
interface CsvRecord {
  readonly text: string;
  readonly cells: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
}

/** The rows that are not empty. @throws InputError for a quote that does not end, or stands within a cell. */
function* recordsOf(given: string, file: string): Generator<CsvRecord> {
  const body = given.startsWith("\uFEFF") ? given.slice(1) : given;
  const text = body.includes("\r") && !body.includes("\n") ? body.replaceAll("\r", "\n") : body;
  /** The next one. */
  let quote = text.indexOf('"');
  let next = 0;
  for (let line = 1, at = 0; at < text.length; at = next) {
    const start = line;
    let end = at;
    let quotes = 0;
    do {
      const searched = end === at ? at : end + 1;
      end = text.indexOf("\n", searched);
      line++;
      if (end === -1) end = text.length;
      for (; quote !== -1 && quote < end; quote = text.indexOf('"', quote + 1)) quotes++;
    } while (quotes % 2 === 1 && end < text.length);
    next = end + 1;
    const record = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    const cells = quotes === 0 ? record.split(",") : splitCells(record);
    if (!cells) {
      throw new InputError(`not valid CSV: ${quotes % 2 === 1 ? "a quote that does not end" : "a quote within a cell"}`, {
        place: { file, line: start },
        expected: 'a cell with commas or quotes between quotes, its own quotes doubled, like "say ""a"""',
      });
    }
    if (cells.some((cell) => cell.trim() !== "")) yield { text: record, cells, line: start };
  }
}

/** Where a cell of a row begins. Walks the row again: only errors ask. */
function placeOf({ text, line }: CsvRecord, cell: number, file: string): Place {
  let [atLine, column, cells, quoted] = [line, 1, 0, false];
  for (let i = 0; i < text.length && cells < cell; i++) {
    if (text[i] === '"') quoted = !quoted;
    if (text[i] === "," && !quoted) cells++;
    if (text[i] === "\n") [atLine, column] = [atLine + 1, 1];
    else column++;
  }
  return { file, line: atLine, column };
}

/** Numbers that come one by one, in an array that doubles. */
class Numbers {
  #held = new Float64Array(1024);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#held.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#held);
      this.#held = larger;
    }
    this.#held[this.#count++] = value;
  }

  values(): Float64Array {
    return this.#held.slice(0, this.#count);
  }
}
