/** Latencies that a search in a table is told beforehand. */
import {
  createRng,
  describeSpace,
  type Genotype,
  InputError,
  type KnownObjective,
  type LatencyMeasurement,
  type LatencyPrediction,
  type LatencyPredictor,
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
export function exactLatencies(latencies: ReadonlyMap<string, number>, format: (g: Genotype) => string): KnownLatencies {
  const known = (genotype: Genotype) => [undefined, { value: latencies.get(format(genotype)) ?? Number.NaN, sd: 0 }];
  return { known, measurements: latencies.size };
}

export interface Prediction {
  readonly spec: SpaceSpec;
  readonly task: Task;
  readonly table: Table;
  readonly column: string;
  /** Columns to learn from, separated by commas. */
  readonly source: string;
  /** Cells of the column that are measured, chosen by the model. */
  readonly samples: number;
  /** Where learned models are kept. */
  readonly folder: string;
}

/** The few-shot model, and a column that it learns a few cells of. */
export interface FewShot {
  /** Measures the cells that the model chooses. @param seed of the choice. */
  readonly measure: (seed: string) => readonly LatencyMeasurement[];
  /** What is predicted for all architectures of the table, from measurements. */
  readonly predict: (measured: readonly LatencyMeasurement[]) => ReadonlyMap<string, LatencyPrediction>;
}

/** @throws InputError where the target is a source, or the sources cannot be learned from. */
export async function learnFewShot(options: Prediction): Promise<FewShot> {
  const { spec, task, table, column, samples, folder } = options;
  const sources = columnNames(options.source);
  if (sources.includes(column)) throw new InputError(`'${column}' is both a source and the target`, { expected: "different columns" });
  const devices = sources.map((name) => ({ name, latenciesMs: tableColumn(table, name) }));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const predictor: LatencyPredictor = await learnModel(
    { name: "default", space: spec.name, folder, say },
    { architectures: table.architectures, devices },
    describeSpace(spec, task),
  );
  return {
    measure: (seed) => measureColumn(table, column, predictor, samples, createRng(seed)),
    predict: (measured) => {
      const predictions = predictor.adapt(measured).predict(table.architectures);
      return new Map(table.architectures.map((text, i) => [text, predictions[i] as LatencyPrediction]));
    },
  };
}

/** Latencies predicted by the few-shot model from the cells that it chose. */
export function predictedLatencies({ measure, predict }: FewShot, seed: number, format: (g: Genotype) => string): KnownLatencies {
  const measured = measure(`${seed}/search samples`);
  const byText = new Map(
    Array.from(predict(measured), ([text, { latencyMs, sdMs }]): [string, KnownObjective] => [text, { value: latencyMs, sd: sdMs }]),
  );
  return { known: (genotype) => [undefined, byText.get(format(genotype))], measurements: measured.length };
}
