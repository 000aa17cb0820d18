/** Latencies that a search in a table is told beforehand. */
import {
  createRng,
  describeSpace,
  type Genotype,
  InputError,
  type KnownObjective,
  type SpaceSpec,
  type Table,
  type Task,
  tableColumn,
} from "@archwright/core";
import { learnModel } from "@archwright/engine";
import { columnNames, measureColumn } from "../../input/latencyTables.ts";

/** Latencies that are known of all candidates beforehand, and how many cells of the column that took. */
export interface KnownLatencies {
  readonly known: (genotype: Genotype) => readonly (KnownObjective | undefined)[];
  readonly measurements: number;
}

/** The table's own latencies. */
export function exactLatencies(latencies: ReadonlyMap<string, readonly number[]>, format: (g: Genotype) => string): KnownLatencies {
  const known = (genotype: Genotype) => [undefined, { value: latencies.get(format(genotype))?.[1] ?? Number.NaN, sd: 0 }];
  return { known, measurements: latencies.size };
}

export interface Prediction {
  readonly spec: SpaceSpec;
  readonly task: Task;
  readonly table: Table;
  readonly column: string;
  /** Columns to learn from, separated by commas. */
  readonly source: string;
  readonly samples: number;
  readonly seed: number;
  /** Where learned models are kept. */
  readonly folder: string;
  readonly format: (g: Genotype) => string;
}

/** Latencies predicted by the few-shot model, which chooses the cells to measure. @throws InputError where the target is a source. */
export async function predictedLatencies(options: Prediction): Promise<KnownLatencies> {
  const { spec, task, table, column, samples, seed, folder, format } = options;
  const sources = columnNames(options.source);
  if (sources.includes(column)) throw new InputError(`'${column}' is both a source and the target`, { expected: "different columns" });
  const devices = sources.map((name) => ({ name, latenciesMs: tableColumn(table, name) }));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const predictor = await learnModel(
    { name: "default", space: spec.name, folder, say },
    { architectures: table.architectures, devices },
    describeSpace(spec, task),
  );
  const measured = measureColumn(table, column, predictor, samples, createRng(`${seed}/search samples`));
  const predictions = predictor.adapt(measured).predict(table.architectures);
  const byText = new Map(
    table.architectures.map((text, i): [string, KnownObjective] => {
      const { latencyMs = Number.NaN, sdMs = Number.NaN } = predictions[i] ?? {};
      return [text, { value: latencyMs, sd: sdMs }];
    }),
  );
  return { known: (genotype) => [undefined, byText.get(format(genotype))], measurements: samples };
}
