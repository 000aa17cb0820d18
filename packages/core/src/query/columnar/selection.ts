/** Chooses among the rows of columns: those that meet a condition, and those where something is known. */
import type { Sign } from "../where.ts";

const at = (values: Float64Array, row: number) => values[row] as number;

/** The rows whose value meets a condition, in the same order; an unknown one meets none. */
export function rowsWhere(rows: Int32Array, values: Float64Array, sign: Sign, bound: number): Int32Array {
  const kept = new Int32Array(rows.length);
  let count = 0;
  // A loop for each sign: a comparison that is called for each row takes longer than all else here.
  if (sign === "<=") for (const row of rows) count += put(kept, count, row, at(values, row) <= bound);
  else if (sign === "<") for (const row of rows) count += put(kept, count, row, at(values, row) < bound);
  else if (sign === ">=") for (const row of rows) count += put(kept, count, row, at(values, row) >= bound);
  else if (sign === ">") for (const row of rows) count += put(kept, count, row, at(values, row) > bound);
  else for (const row of rows) count += put(kept, count, row, at(values, row) === bound);
  return kept.subarray(0, count);
}

function put(kept: Int32Array, at: number, row: number, holds: boolean): number {
  kept[at] = row;
  return holds ? 1 : 0;
}

/** The rows whose value is known. */
export function rowsKnown(rows: Int32Array, values: Float64Array | undefined): Int32Array {
  // Everything but NaN is at most infinite.
  return values === undefined ? rows.subarray(0, 0) : rowsWhere(rows, values, "<=", Number.POSITIVE_INFINITY);
}

export function countKnown(rows: Int32Array, values: Float64Array | undefined): number {
  let count = 0;
  if (values !== undefined) for (const row of rows) if (!Number.isNaN(at(values, row))) count++;
  return count;
}

export function someKnown(rows: Int32Array, values: Float64Array | undefined): boolean {
  return values !== undefined && rows.some((row) => !Number.isNaN(at(values, row)));
}

export function allKnown(rows: Int32Array, values: Float64Array | undefined): boolean {
  return values !== undefined && rows.every((row) => !Number.isNaN(at(values, row)));
}
