/** The rows of a CSV file, whatever its encoding and separator. */
import { Readable } from "node:stream";
import { decodePieces, guessSeparator, InputError, type Separator } from "@archwright/core/base";
import { CsvError, parse } from "csv-parse";

/** A row, and the line on which it ends. */
export interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Rows and the separator of their fields. */
export interface Rows {
  readonly separator: Separator;
  /** @throws InputError with the line where the text is no CSV or cannot be decoded. */
  readonly rows: AsyncIterable<Row>;
}

export function readRows(bytes: Uint8Array, file: string): Rows {
  const [start = ""] = decodePieces(bytes, file);
  const separator = guessSeparator(start);
  return { separator, rows: parseRows(bytes, file, separator) };
}

async function* parseRows(bytes: Uint8Array, file: string, delimiter: Separator): AsyncGenerator<Row> {
  const options = { info: true, delimiter, trim: true, skip_empty_lines: true, relax_column_count: true } as const;
  const text = Readable.from(decodePieces(bytes, file));
  const parser = parse(options);
  // An encoding error is the reader's: a pipe alone would leave the parser waiting.
  text.on("error", (error) => parser.destroy(error));
  text.pipe(parser);
  try {
    for await (const row of parser) yield row as Row;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === "number" ? error.lines : undefined;
    throw new InputError(`not valid CSV: ${error.message}`, { place: line === undefined ? { file } : { file, line } });
  }
}

/** Character column of a field, counted from 1; unknown where quotes make separators ambiguous. */
export function characterColumn(bytes: Uint8Array, file: string, line: number, field: number): number | undefined {
  const separator = readRows(bytes, file).separator;
  const text = [...decodePieces(bytes, file)].join("").split(/\r?\n/)[line - 1] ?? "";
  if (text.includes('"')) return undefined;
  return text
    .split(separator)
    .slice(0, field)
    .reduce((column, cell) => column + cell.length + 1, 1);
}
