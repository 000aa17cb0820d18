/** The rows of a table as architectures of a search space. */
import { InputError } from "../../base/index.ts";
import type { Table } from "./parse.ts";

/** What of a search space is needed to tell its architectures. */
export interface TextSpace<G> {
  readonly name: string;
  parse(text: string): G;
  format(g: G): string;
}

/** How many rows a message names. */
const NAMED = 3;

/**
 * The table with the canonical texts of the space; rows of no architecture of the space are left out, and the warnings say which.
 * @param strict refuses the first such row.
 * @throws InputError where no row is an architecture of the space, and where two are the same one.
 */
export function tableOfSpace<G>(
  table: Table,
  space: TextSpace<G>,
  { strict = false } = {},
): { readonly table: Table; readonly warnings: readonly string[] } {
  const { file, lines } = table;
  const lineOf = (row: number) => lines[row] as number;
  const rowOf = new Map<string, number>();
  const foreign: number[] = [];
  const rewritten: number[] = [];
  let complaint: InputError | undefined;
  for (const [row, text] of table.architectures.entries()) {
    let canonical: string;
    try {
      canonical = space.format(space.parse(text));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      complaint ??= error.at({ file, line: lineOf(row) });
      if (strict) throw complaint;
      foreign.push(row);
      continue;
    }
    const earlier = rowOf.get(canonical);
    if (earlier !== undefined) {
      throw new InputError(`'${canonical}' stands in the table twice`, {
        place: { file, line: lineOf(row) },
        expected: `it once; the first is in line ${lineOf(earlier)}`,
      });
    }
    if (canonical !== text) rewritten.push(row);
    rowOf.set(canonical, row);
  }
  if (rowOf.size === 0) {
    const { problem, expected, place } = complaint as InputError;
    const all =
      foreign.length === 1 ? "the one row of the table is no architecture" : `none of the ${foreign.length} rows is an architecture`;
    throw new InputError(`${all} of the space '${space.name}': ${problem}`, { place, expected });
  }
  const named = (rows: readonly number[]) =>
    rows
      .slice(0, NAMED)
      .map((row) => `'${table.architectures[row]}' (line ${lineOf(row)})`)
      .join(", ") + (rows.length > NAMED ? ", …" : ".");
  const warnings: string[] = [];
  if (foreign.length === 1) {
    warnings.push(`${file}: 1 row of ${lines.length} is no architecture of the space '${space.name}' and is left out: ${named(foreign)}`);
  } else if (foreign.length > 1) {
    const count = `${foreign.length} rows of ${lines.length}`;
    warnings.push(`${file}: ${count} are no architectures of the space '${space.name}' and are left out: ${named(foreign)}`);
  }
  if (rewritten.length > 0) {
    warnings.push(`${file}: rows not written canonically are read all the same, ${rewritten.length} in number: ${named(rewritten)}`);
  }
  const kept = [...rowOf.values()];
  if (foreign.length === 0 && rewritten.length === 0) return { table, warnings };
  return {
    table: {
      ...table,
      architectures: [...rowOf.keys()],
      lines: kept.map(lineOf),
      columns: new Map([...table.columns].map(([name, values]) => [name, Float64Array.from(kept, (row) => values[row] as number)])),
    },
    warnings,
  };
}
