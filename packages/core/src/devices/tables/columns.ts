/** What the numbers of a table must be: latencies in milliseconds, accuracies in percent. One set of rules for every command. */
import { InputError } from "../../base/index.ts";
import { type Table, tableColumn } from "./parse.ts";

/** A column that was checked. */
export interface CheckedColumn {
  /** One for each architecture of the table; NaN where unknown. */
  readonly values: Float64Array;
  /** What the user should know: which values were not taken as they stand. */
  readonly warnings: readonly string[];
}

/** How accuracies are written; `fraction` is of 1. */
export type AccuracyUnit = "percent" | "fraction";

/**
 * Latencies of which those that no measurement can be are NaN: zeros, and what is below a hundredth of the median. Some runtimes
 * show such values for networks whose output they computed beforehand.
 */
export function knownLatencies(latenciesMs: Float64Array): Float64Array {
  const least = leastLatency(latenciesMs);
  return latenciesMs.map((value) => (value === 0 || (value > 0 && value < least) ? Number.NaN : value));
}

/** A column of latencies, ms, by the rule of `knownLatencies`. @throws InputError with the line of a negative one. */
export function latencyColumn(table: Table, name: string): CheckedColumn {
  const column = tableColumn(table, name);
  refuseNegative(table, name, column);
  const values = knownLatencies(column);
  const zeros = column.filter((value) => value === 0).length;
  const tiny = column.filter((value, row) => value > 0 && Number.isNaN(values[row])).length;
  const least = `below ${leastLatency(column).toPrecision(2)} ms, a hundredth of the column's median,`;
  const warnings = [...unknown(zeros, name, ["is 0", "are 0"]), ...unknown(tiny, name, [`is ${least}`, `are ${least}`])];
  return { values, warnings };
}

/** @throws InputError with the line of a negative latency. */
export function refuseNegative(table: Table, name: string, column = tableColumn(table, name)): void {
  const row = column.findIndex((value) => value < 0);
  if (row === -1) return;
  throw new InputError(`the latency of '${table.architectures[row]}' on '${name}' is ${column[row]}`, {
    place: { file: table.file, line: table.lines[row] as number },
    expected: "a positive number of milliseconds, or an empty cell for what is unknown",
  });
}

/**
 * A column of accuracies, percent.
 * @param unit how they are written; where nothing says it, percent, and a column that looks like fractions is refused.
 * @param fractionIs how the user writes that they are fractions.
 * @throws InputError with the line of one that is outside of 0 to 100 percent, or for a column of which none is above 1.
 */
export function accuracyColumn(table: Table, name: string, unit: AccuracyUnit | undefined, fractionIs: string): CheckedColumn {
  const column = tableColumn(table, name);
  const row = column.findIndex((value) => value < 0 || value > (unit === "fraction" ? 1 : 100));
  if (row !== -1) {
    throw new InputError(`the accuracy of '${table.architectures[row]}' in column '${name}' is ${column[row]}`, {
      place: { file: table.file, line: table.lines[row] as number },
      expected: unit === "fraction" ? "a fraction of 0 to 1" : "percent, 0 to 100",
    });
  }
  const most = column.filter((value) => !Number.isNaN(value)).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (unit === undefined && most >= 0 && most <= 1) {
    throw new InputError(`no accuracy in column '${name}' is above ${most}, so they look like fractions of 1`, {
      place: { file: table.file },
      expected: "percent, 0 to 100, or a unit that says otherwise",
      suggestion: fractionIs,
    });
  }
  // Twelve digits: 100 × 0.07 is 7.000000000000001.
  const values = unit === "fraction" ? column.map((value) => Number((100 * value).toPrecision(12))) : column;
  return { values, warnings: [] };
}

/** What to say of latencies that are left out, if there are any. @param why of one, and of several. */
function unknown(count: number, name: string, [one, several]: readonly [string, string]): readonly string[] {
  if (count === 0) return [];
  return [
    count === 1
      ? `1 latency of '${name}' ${one} and counts as unknown.`
      : `${count} latencies of '${name}' ${several} and count as unknown.`,
  ];
}

/** A hundredth of the median of the known ones. */
function leastLatency(latenciesMs: Float64Array): number {
  const known = latenciesMs.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0) return 0;
  return ((known[(known.length - 1) >> 1] as number) + (known[known.length >> 1] as number)) / 200;
}

/**
 * The latencies that a search may take. Where a network's output does not depend on its input, some runtimes compute it beforehand
 * and run faster than any network that does something; such a latency says nothing, and would win every search. So a latency of
 * such an architecture is unknown where it is below those of all others.
 */
export function withoutConstants<G>(
  table: Table,
  name: string,
  { values, warnings }: CheckedColumn,
  space: ConstantSpace<G>,
): CheckedColumn {
  if (!space.isConstant) return { values, warnings };
  const constant = table.architectures.map((text) => space.isConstant?.(space.parse(text)) === true);
  let least = Number.POSITIVE_INFINITY;
  for (const [row, value] of values.entries()) if (!constant[row] && value < least) least = value;
  const kept = values.map((value, row) => (constant[row] && value < least ? Number.NaN : value));
  const count = kept.filter((value, row) => Number.isNaN(value) && !Number.isNaN(values[row])).length;
  const said = unknown(count, name, [
    "is of a network whose output does not depend on its input, below those of all others,",
    "are of networks whose output does not depend on their input, below those of all others,",
  ]);
  return { values: kept, warnings: [...warnings, ...said] };
}

/** What of a search space says which networks do nothing. */
export interface ConstantSpace<G> {
  parse(text: string): G;
  isConstant?(g: G): boolean;
}
