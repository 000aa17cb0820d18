/** Published tables in forms of their own: what an importer is. */
import { type CategoricalSpace, categoricalSpace, type Gene, type Genotype, InputError, type Table } from "@archwright/core";

/** A published table's form: one file, one row of the table in `index.ts`. */
export interface PublishedTable {
  /** What `--space` calls it. */
  readonly name: string;
  readonly space: CategoricalSpace;
  /** Reads a file as published, or exported as docs/comparing.md says. @throws InputError */
  read(text: string, file: string): Table;
}

/** The space of a table whose architectures are texts of choices; its networks are not known here. */
export function choiceSpace(
  name: string,
  genes: readonly Gene[],
  text: { readonly format: (g: Genotype) => string; readonly parse: (text: string) => Genotype },
): CategoricalSpace {
  const network = () => {
    throw new Error(`the networks of '${name}' are not known, only their table`);
  };
  return categoricalSpace({ name, genes, network, ...text });
}

/** Parses by a pattern whose groups are the choices. @throws InputError for a text that is not of the form. */
export function matchText(text: string, pattern: RegExp, example: string): readonly string[] {
  const match = pattern.exec(text);
  if (match) return match.slice(1);
  throw new InputError(`'${text}' is not an architecture`, { expected: `a text such as ${example}` });
}

/** Columns of a table by name, from objects of numbers; a number that is missing or null is unknown. */
export function tableOf(
  file: string,
  rows: readonly { readonly architecture: string; readonly line: number; readonly numbers: Readonly<Record<string, unknown>> }[],
): Table {
  if (rows.length === 0) throw new InputError("the file holds no architecture", { place: { file }, expected: "at least one" });
  const names = [...new Set(rows.flatMap(({ numbers }) => Object.keys(numbers)))];
  const numberOf = (value: unknown) => (typeof value === "number" ? value : Number.NaN);
  return {
    file,
    architectures: rows.map(({ architecture }) => architecture),
    lines: rows.map(({ line }) => line),
    columns: new Map(names.map((name) => [name, Float64Array.from(rows, ({ numbers }) => numberOf(numbers[name]))])),
    faults: new Map(),
  };
}

/** Parses JSON. @throws InputError with the file, and the line where it is one of several documents. */
export function parseJson(text: string, file: string, line?: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError("this is not JSON", { place: line === undefined ? { file } : { file, line }, expected: "the published JSON" });
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
