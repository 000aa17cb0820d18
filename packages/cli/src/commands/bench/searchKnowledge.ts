/** What a search in a table is told beforehand: the candidates' graphs, and their latencies as far as they are known. */
import {
  type CandidateFeatures,
  candidateFeatures,
  createRng,
  describeSpace,
  type Genotype,
  InputError,
  type KnownObjective,
  type ObjectiveTraits,
  type SearcherOptions,
  type SpaceSpec,
  type Table,
  type Task,
  tableColumn,
} from "@archwright/core";
import { learnModel } from "@archwright/engine";
import { columnNames, measureColumn } from "../../input/latencyTables.ts";

/** Error in percent: nothing is better than 0, and from 90 on nothing is learned. */
const error: ObjectiveTraits = { nature: "score", least: 0, worst: 90 };
const latency: ObjectiveTraits = { nature: "cost", least: 0 };

/** Traits of the objectives, features of the candidates; each network is looked at once in all searches. */
export function candidatesSeen(
  spec: SpaceSpec,
  task: Task,
  format: (g: Genotype) => string,
  objectives: number,
): Required<Pick<SearcherOptions<Genotype>, "features" | "traits">> {
  const look = candidateFeatures(spec, task);
  const looked = new Map<string, CandidateFeatures>();
  return {
    traits: [error, latency].slice(0, objectives),
    features: (genotype) => {
      const text = format(genotype);
      const features = looked.get(text) ?? look(genotype);
      looked.set(text, features);
      return features;
    },
  };
}

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
