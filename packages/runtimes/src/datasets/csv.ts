import { Readable } from "node:stream";
import { InputError, nearestSpelling } from "@archwright/core/base";
import type { DatasetSpec } from "@archwright/core/experiment";
import { CsvError, parse } from "csv-parse";
import { readBytes } from "./files.ts";
import { numberedClasses, type RawDataset } from "./raw.ts";

type CsvSpec = Extract<DatasetSpec, { kind: "csv" }>;

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

const LARGEST_LABEL = 65_535;
const CHUNK_BYTES = 1 << 16;

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

async function* readRows(bytes: Uint8Array, file: string): AsyncGenerator<Row> {
  const parser = Readable.from(chunks(bytes)).pipe(
    parse({ info: true, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true }),
  );
  try {
    for await (const row of parser) yield row as Row;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === "number" ? error.lines : undefined;
    throw new InputError(`not valid CSV: ${error.message}`, { place: line === undefined ? { file } : { file, line } });
  }
}

/** Character column of a field, counted from 1; unknown where quotes make commas ambiguous. */
function characterColumn(bytes: Uint8Array, line: number, field: number): number | undefined {
  const text = new TextDecoder().decode(bytes).split(/\r?\n/)[line - 1] ?? "";
  if (text.includes('"')) return undefined;
  return text
    .split(",")
    .slice(0, field)
    .reduce((column, cell) => column + cell.length + 1, 1);
}

function findLabelColumn(spec: CsvSpec, columns: number, header: readonly string[] | undefined, line: number): number {
  const wanted = spec.label_column;
  const place = { file: spec.file, line };
  if (wanted === "first" || wanted === "last") return wanted === "first" ? 0 : columns - 1;
  if (typeof wanted === "number") {
    if (wanted < columns) return wanted;
    throw new InputError(`there is no column ${wanted}`, { place, expected: `a label_column from 0 to ${columns - 1}` });
  }
  const index = header?.indexOf(wanted) ?? -1;
  if (index >= 0) return index;
  const near = nearestSpelling(wanted, header ?? []);
  throw new InputError(`there is no column '${wanted}'`, {
    place,
    expected: header === undefined ? "a header row (header: true)" : "label_column to be a name from the header row",
    suggestion: near === undefined ? undefined : `label_column: ${near}`,
  });
}

function labelReader(names: readonly string[] | undefined): {
  readonly read: (cell: string) => number | undefined;
  readonly expected: string;
} {
  const index = new Map(names?.map((name, label) => [name, label]));
  const largest = names === undefined ? LARGEST_LABEL : names.length - 1;
  return {
    read: (cell) => index.get(cell) ?? (/^\d+$/.test(cell) && Number(cell) <= largest ? Number(cell) : undefined),
    expected: `${names === undefined ? "" : `one of ${names.join(", ")}, or `}a whole number from 0 to ${largest}`,
  };
}

/** Reads a CSV of one image a row. @throws InputError with line and column. */
export async function readCsvDataset(spec: CsvSpec): Promise<RawDataset> {
  const { file, scale } = spec;
  const [channels, height, width] = spec.shape;
  const pixelCount = channels * height * width;
  const bytes = await readBytes(file, `a CSV file with ${pixelCount} pixels and a label a row, plain or gzip`);
  const hasHeader = spec.header ?? !(typeof spec.label_column === "number" || ["first", "last"].includes(spec.label_column));
  const label = labelReader(spec.classes);

  let header: readonly string[] | undefined;
  let labelColumn: number | undefined;
  let pixels = new Float32Array(pixelCount * 1024);
  const labels: number[] = [];

  for await (const { record, info } of readRows(bytes, file)) {
    const line = info.lines;
    if (record.length !== pixelCount + 1) {
      throw new InputError(`the row has ${record.length} fields`, {
        place: { file, line },
        expected: `${pixelCount + 1}: ${channels} × ${height} × ${width} pixels and a label`,
      });
    }
    if (hasHeader && header === undefined) {
      header = record;
      continue;
    }
    labelColumn ??= findLabelColumn(spec, record.length, header, header === undefined ? line : 1);
    const complain = (field: number, what: string, expected: string): never => {
      const column = characterColumn(bytes, line, field);
      const shown = record[field] === "" ? "empty" : `'${record[field]}'`;
      throw new InputError(`the ${what} in field ${field + 1} is ${shown}`, {
        place: column === undefined ? { file, line } : { file, line, column },
        expected,
      });
    };
    const value = label.read(record[labelColumn] as string);
    if (value === undefined) complain(labelColumn, "label", label.expected);
    let at = labels.length * pixelCount;
    labels.push(value as number);
    if (at + pixelCount > pixels.length) {
      const larger = new Float32Array(pixels.length * 2);
      larger.set(pixels);
      pixels = larger;
    }
    for (let field = 0; field < record.length; field++) {
      if (field === labelColumn) continue;
      const cell = record[field] as string;
      const pixel = cell === "" ? Number.NaN : Number(cell);
      if (!(pixel >= 0 && pixel <= scale)) complain(field, "pixel", `a number from 0 to ${scale} (the dataset's scale)`);
      pixels[at++] = pixel;
    }
  }
  if (labels.length === 0) throw new InputError("the file has no images", { place: { file }, expected: "one image a row" });
  const all = Int32Array.from(labels);
  return {
    file,
    images: { pixels: pixels.subarray(0, all.length * pixelCount), scale, labels: all, channels, height, width },
    classes: spec.classes ?? numberedClasses(all),
  };
}
