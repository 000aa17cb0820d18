/** The tables of an experiment: read once, and looked into by architecture. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  type AccuracyColumn,
  type AnySearchSpace,
  accuracyColumn,
  type CheckedColumn,
  decodeText,
  InputError,
  latencyColumn,
  parseTable,
  stableHash,
  type Table,
  type TableColumn,
  tableColumn,
  tableOfSpace,
  withoutConstants,
} from "@archwright/core";

/** Known values by canonical text. */
export type KnownValues = ReadonlyMap<string, number>;

/** More text than this is more than one string can hold. */
const MOST_BYTES = 500e6;

/** Reads a table, plain or gzip. @throws InputError naming the file where it cannot be read or is no table. */
export function readTable(file: string): Table {
  return parseTable(decodeText(unpacked(readBytes(file), file), file), file);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_FS_FILE_TOO_LARGE") throw tooLarge(file);
    throw new InputError(`cannot be read (${code})`, { place: { file }, expected: "a CSV table" });
  }
}

function unpacked(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    if (bytes.length > MOST_BYTES) throw tooLarge(file);
    return bytes;
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(file);
    throw new InputError("the gzip data is damaged", { place: { file }, expected: "a CSV table, plain or gzip" });
  }
}

function tooLarge(file: string): InputError {
  return new InputError(`the table has more than ${MOST_BYTES / 1e6} MB of text`, {
    place: { file },
    expected: "a table with the columns that are needed; this takes the first three",
    suggestion: `cut -d , -f 1-3 '${file}' > smaller.csv`,
  });
}

/** Tables by file, each read once, however many of its columns are asked for. */
export interface TableReader {
  /** Hash of a column as it stands there: architectures and values. @throws InputError where there is no such file or column. */
  contentHash(file: string, column: string): string;
  /** What a search takes from a column of latencies, ms. @throws InputError for what latencies cannot be, or where no row is of the space. */
  latencies(column: TableColumn, space: AnySearchSpace): KnownValues;
  /** Accuracies in percent. @throws InputError for what accuracies cannot be, or where no row is of the space. */
  accuracies(column: AccuracyColumn, space: AnySearchSpace): KnownValues;
  /** What the user should know of what was asked for, each once. */
  readonly warnings: ReadonlySet<string>;
}

export function createTableReader(): TableReader {
  const files = new Map<string, { readonly table: Table; readonly rowsHash: string; ofSpace?: Table }>();
  const warnings = new Set<string>();
  const open = (file: string) => {
    const known = files.get(file);
    if (known) return known;
    const table = readTable(file);
    const opened = { table, rowsHash: stableHash(table.architectures.join("\n")) };
    files.set(file, opened);
    return opened;
  };
  const ofSpace = (file: string, space: AnySearchSpace): Table => {
    const opened: ReturnType<typeof open> & { ofSpace?: Table } = open(file);
    if (opened.ofSpace) return opened.ofSpace;
    const { table, warnings: said } = tableOfSpace(opened.table, space);
    for (const warning of said) warnings.add(warning);
    opened.ofSpace = table;
    return table;
  };
  const known = ({ architectures, file }: Table, { values, warnings: said }: CheckedColumn): KnownValues => {
    for (const warning of said) warnings.add(`${file}: ${warning}`);
    return new Map(
      architectures.map((architecture, row) => [architecture, values[row] as number] as const).filter(([, value]) => !Number.isNaN(value)),
    );
  };
  return {
    warnings,
    contentHash: (file, column) => {
      const { table, rowsHash } = open(file);
      return stableHash(rowsHash + stableHash(new Uint8Array(tableColumn(table, column).buffer)));
    },
    latencies: ({ file, column }, space) => {
      const table = ofSpace(file, space);
      return known(table, withoutConstants(table, column, latencyColumn(table, column), space));
    },
    accuracies: ({ file, column, unit }, space) => {
      const table = ofSpace(file, space);
      return known(table, accuracyColumn(table, column, unit, `{ file: ${file}, column: ${column}, unit: fraction }`));
    },
  };
}
