/** A dataset in a CSV of one image a row, as an experiment has it. */
import type { DatasetSpec } from "@archwright/core/experiment";

export type CsvSpec = Extract<DatasetSpec, { kind: "csv" }>;
