/** The published tables of NAS-Bench-201 as the studies of this folder read them. */
import { readFileSync } from "node:fs";
import { parseTable, tableColumn } from "@archwright/core/devices";
import { createSpace } from "@archwright/core/spaces";

export const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
export const space = createSpace({ name: "nasbench201" }, task);

/** A column of a table, by architecture. */
export function columnOf(folder: string, file: string, column: string): ReadonlyMap<string, number> {
  const table = parseTable(readFileSync(`${folder}/${file}`, "utf8"), file);
  const values = tableColumn(table, column);
  return new Map(table.architectures.map((architecture, row) => [architecture, values[row] as number]));
}

export const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
