/** A column of a table, as an experiment names it. */
import { z } from "zod";
import type { AccuracyUnit } from "./columns.ts";

/** As written in YAML. */
export const tableColumnSchema = z.strictObject({
  file: z.string().describe("Path of a CSV table, plain or gzip, whose first column is 'architecture'."),
  column: z.string().describe("The column's name."),
});

/** A column of a CSV table whose first column is `architecture`. */
export interface TableColumn {
  /** Absolute path. */
  readonly file: string;
  readonly column: string;
  /** Hash of its architectures and values, so that a changed table is another experiment. */
  readonly contentHash: string;
}

/** A column of accuracies; where no unit is named, percent. */
export interface AccuracyColumn extends TableColumn {
  readonly unit?: AccuracyUnit;
}
