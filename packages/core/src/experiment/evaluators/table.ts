/** Scores are looked up in a column of a CSV table. */
import { z } from "zod";
import { type AccuracyColumn, tableColumnSchema } from "../../devices/index.ts";
import type { EvaluatorKind } from "./types.ts";

export interface TableEvaluatorSpec {
  readonly kind: "table";
  readonly accuracy: AccuracyColumn;
}

const accuracySchema = tableColumnSchema.extend({
  unit: z.enum(["percent", "fraction"]).optional().describe("What the accuracies are written in, percent by default."),
});

export const tableEvaluatorKind: EvaluatorKind<TableEvaluatorSpec> = {
  kind: "table",
  keys: { accuracy: accuracySchema.optional().describe("A column of accuracies in a CSV table, in place of training.") },
  chosenBy: "accuracy",
  meaning: { text: "a table of accuracies", example: "accuracy: { file: accuracies.csv, column: validation }" },
  runs: "controller",
  verb: "looked up",
  tests: false,
  resolve: async (document, { located, column }) => {
    const { unit, ...written } = document.accuracy as z.output<typeof accuracySchema>;
    const found = located(["accuracy", "file"], () => column(written));
    return { evaluator: { kind: "table", accuracy: { ...found, ...(unit === undefined ? {} : { unit }) } } };
  },
  inWords: ({ accuracy }) => `accuracy from ${accuracy.file}, column ${accuracy.column}`,
  // Looking something up trains for no epoch.
  stages: () => [{ epochs: 0, seeds: 1 }],
  decides: ({ kind, accuracy: { file: _file, column: _column, ...content } }) => ({ kind, accuracy: content }),
  describe: ({ accuracy }) => ({ accuracy }),
  columns: ({ accuracy }) => [accuracy],
  open: ({ accuracy }, { accuracies, space }) => accuracies(accuracy, space),
};
