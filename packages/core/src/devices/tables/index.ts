/** Tables of latencies and accuracies: how they are read, and what their numbers must be. */
export {
  type AccuracyUnit,
  accuracyColumn,
  type CheckedColumn,
  knownLatencies,
  latencyColumn,
  refuseNegative,
  withoutConstants,
} from "./columns.ts";
export { parseTable, type Table, tableColumn } from "./parse.ts";
export { type TextSpace, tableOfSpace } from "./rows.ts";
export { type AccuracyColumn, type TableColumn, tableColumnSchema } from "./tableColumn.ts";
