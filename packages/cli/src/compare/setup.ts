/** What `bench compare` compares on: tables read into tasks. */
import {
  type AccuracyUnit,
  accuracyColumn,
  type CategoricalSpace,
  candidatesSeen,
  createSpace,
  type Genotype,
  InputError,
  latencyColumn,
  objectiveTraits,
  resolveSpaceSpec,
  type SpaceSpec,
  stableHash,
  type Table,
  type TableTask,
  type Task,
  type TaskRow,
  tableColumn,
  tableOfSpace,
  tableTask,
  usualTaskOf,
  withoutConstants,
} from "@archwright/core";
import { parseTable } from "@archwright/core/devices";
import { readText } from "@archwright/engine";
import { columnNames } from "../input/latencyTables.ts";
import { namedSpace } from "../input/spaceArgs.ts";
import type { Workspace } from "../input/workspace.ts";
import { publishedTables } from "./tables/index.ts";

/** What the user says of the tables. */
export interface TableOptions {
  readonly space: string;
  readonly accuracy: string | undefined;
  /** Columns separated by commas. */
  readonly accuracyColumn: string | undefined;
  readonly accuracyUnit: AccuracyUnit | undefined;
  readonly testColumn: string | undefined;
  readonly latency: string | undefined;
  /** Columns separated by commas; `a+b` makes a task of both. */
  readonly latencyColumns: string | undefined;
  /** `COLUMN` or `COLUMN:FACTOR`. */
  readonly trainingCost: string | undefined;
}

/** A space in a form that can be sent to another thread. */
export type SpaceChoice = { readonly published: string } | { readonly spec: SpaceSpec; readonly task: Task };

/** A task in a form that can be sent to another thread. */
export interface TaskSetup {
  readonly name: string;
  readonly objectives: readonly string[];
  readonly rows: readonly TaskRow[];
  readonly reference: readonly number[] | undefined;
}

export interface CompareSetup {
  readonly space: SpaceChoice;
  readonly tasks: readonly TaskSetup[];
  /** Of every file that was read: its hash. */
  readonly files: readonly { readonly file: string; readonly sha256: string }[];
  readonly warnings: readonly string[];
}

/** Error in percent at which a search counts as having found nothing, as `bench search` has it. */
const errorReference = 90;

export function openSpace(choice: SpaceChoice): CategoricalSpace {
  if (!("published" in choice)) return createSpace(choice.spec, choice.task);
  const found = publishedTables.find(({ name }) => name === choice.published);
  if (!found) throw new Error(`no published table '${choice.published}'`);
  return found.space;
}

/**
 * The setup's tasks, each made when it is first asked for. Algorithms may look at the networks of a space of ours, each looked at once
 * for all tasks; those of published spaces are not known.
 */
export function openTasks({ space: choice, tasks }: Pick<CompareSetup, "space" | "tasks">): (index: number) => TableTask<Genotype> {
  const space = openSpace(choice);
  const features =
    "published" in choice ? undefined : candidatesSeen(choice.spec, choice.task, (genotype) => space.format(genotype), []).features;
  const made = new Map<number, TableTask<Genotype>>();
  return (index) => {
    const description = tasks[index];
    if (!description) throw new Error(`there is no task ${index}`);
    const { name, objectives, rows, reference } = description;
    const seen = features ? { features, traits: objectiveTraits(objectives) } : {};
    const task = made.get(index) ?? tableTask({ name, space, objectives, rows, seen, ...(reference && { reference }) });
    made.set(index, task);
    return task;
  };
}

/** Reads the tables and makes a task of every accuracy column with every latency column. @throws InputError */
export function readSetup(options: TableOptions, workspace: Workspace): CompareSetup {
  const published = publishedTables.find(({ name }) => name === options.space);
  const choice = published ? { published: published.name } : specOf(options.space, workspace);
  const space = openSpace(choice);
  const files: { file: string; sha256: string }[] = [];
  const said = new Set<string>();
  const told = <T extends { readonly warnings: readonly string[] }>(result: T): T => {
    for (const warning of result.warnings) said.add(warning);
    return result;
  };
  const read = (file: string): Table => {
    const text = readText(file, "a table");
    files.push({ file, sha256: stableHash(text) });
    return told(tableOfSpace(published ? published.read(text, file) : parseTable(text, file), space)).table;
  };

  const accuracies = options.accuracy === undefined ? undefined : read(options.accuracy);
  const latencies = options.latency === undefined || options.latency === options.accuracy ? accuracies : read(options.latency);
  const accuracyNames = columnNames(options.accuracyColumn ?? "");
  const latencyNames = columnNames(options.latencyColumns ?? "").map((name) => name.split("+"));
  if (accuracyNames.length > 0 && !accuracies)
    throw new InputError("--accuracy-column without --accuracy", { suggestion: "--accuracy accuracy.csv" });
  if (latencyNames.length > 0 && !latencies)
    throw new InputError("--latency-columns without --latency", { suggestion: "--latency latency.csv" });
  if (accuracyNames.length + latencyNames.length === 0) {
    throw new InputError("there is nothing to compare on", { expected: "--accuracy-column, --latency-columns or both" });
  }

  if (accuracyNames.length === 0 && new Set(latencyNames.map((names) => names.length === 1)).size > 1) {
    throw new InputError("some tasks have one objective and some have several", {
      expected: "tasks of one kind, because they are judged differently",
      advice: "Make two comparisons.",
    });
  }

  const accuracyOf = (table: Table, name: string) =>
    told(accuracyColumn(table, name, options.accuracyUnit, "--accuracy-unit fraction")).values;
  const latencyOf = (table: Table, name: string) => told(withoutConstants(table, name, latencyColumn(table, name), space)).values;
  const test =
    options.testColumn !== undefined && accuracies ? valuesByText(accuracies, accuracyOf(accuracies, options.testColumn)) : undefined;
  const cost = options.trainingCost === undefined ? undefined : costColumn(options.trainingCost, [accuracies, latencies]);
  const tasks = (accuracyNames.length > 0 ? accuracyNames : [undefined]).flatMap((accuracyName) =>
    (latencyNames.length > 0 ? latencyNames : [[]]).map((names): TaskSetup => {
      const error = accuracyName !== undefined && accuracies ? [valuesByText(accuracies, accuracyOf(accuracies, accuracyName))] : [];
      const measured = names.flatMap((name) => (latencies ? [valuesByText(latencies, latencyOf(latencies, name))] : []));
      const texts = (error.length > 0 ? accuracies : latencies)?.architectures ?? [];
      const rows = texts.map((architecture): TaskRow => {
        const accuracy = error.map((column) => column.get(architecture) ?? Number.NaN);
        const objectives = [...accuracy.map((value) => 100 - value), ...measured.map((column) => column.get(architecture) ?? Number.NaN)];
        const merit = test ? (test.get(architecture) ?? Number.NaN) : accuracy[0];
        const seconds = cost?.get(architecture);
        return {
          architecture,
          objectives,
          ...(merit !== undefined && { merit }),
          ...(seconds !== undefined && { trainingSeconds: seconds }),
        };
      });
      const known = rows.filter(({ objectives, merit }) => objectives.every(Number.isFinite) && !Number.isNaN(merit ?? 0));
      const largest = measured.map((_, i) =>
        known.reduce((most, row) => Math.max(most, row.objectives[error.length + i] as number), -Infinity),
      );
      return {
        name: [...(accuracyName === undefined ? [] : [accuracyName]), ...names].join(", "),
        objectives: [...error.map(() => "error"), ...names],
        rows: known,
        reference: known.length === 0 ? undefined : [...error.map(() => errorReference), ...largest],
      };
    }),
  );
  return { space: choice, tasks, files, warnings: [...said] };
}

function specOf(name: string, workspace: Workspace): SpaceChoice {
  const named = publishedTables.map((table) => table.name);
  try {
    const spec = namedSpace(name, workspace);
    const task = usualTaskOf(spec);
    return { spec: resolveSpaceSpec(spec, task), task };
  } catch (error) {
    if (!(error instanceof InputError) || error.place !== undefined || error.expected === undefined) throw error;
    throw new InputError(error.problem, {
      expected: `${error.expected}, or a published table: ${named.join(", ")}`,
      suggestion: error.suggestion,
    });
  }
}

function valuesByText({ architectures }: Table, values: Float64Array): ReadonlyMap<string, number> {
  return new Map(architectures.map((architecture, row) => [architecture, values[row] as number]));
}

/** Seconds that an evaluation would take: the column, times the factor. */
function costColumn(written: string, tables: readonly (Table | undefined)[]): ReadonlyMap<string, number> {
  const [, name = "", times] = /^(.*?)(?::([^:]+))?$/.exec(written) ?? [];
  const factor = times === undefined ? 1 : Number(times);
  if (!(factor > 0)) {
    throw new InputError(`--training-cost '${written}': the factor is not a number above 0`, {
      expected: "a column of seconds and a factor, such as time_s_per_epoch:200",
    });
  }
  const table = tables.find((candidate) => candidate?.columns.has(name)) ?? tables.find((candidate) => candidate !== undefined);
  if (!table) throw new InputError("--training-cost without a table", { expected: "--accuracy or --latency" });
  return valuesByText(
    table,
    tableColumn(table, name).map((value) => factor * value),
  );
}
