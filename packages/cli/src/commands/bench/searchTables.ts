/** The tables that `bench search` searches. */
import {
  accuracyColumn,
  type CategoricalSpace,
  errorLatencyTable,
  InputError,
  latencyColumn,
  quantile,
  type SearchTable,
  type Table,
  tableOfSpace,
  withoutConstants,
} from "@archwright/core";
import { readTable } from "@archwright/engine";

export interface TableArgs {
  readonly accuracy: string;
  readonly accuracyColumn: string;
  readonly accuracyUnit: "fraction" | "percent" | undefined;
  readonly testColumn: string | undefined;
  readonly latency: string | undefined;
  readonly latencyColumn: string | undefined;
  readonly latencyBudget: string | undefined;
  readonly objectives: string;
  readonly known: string | undefined;
}

/** What is searched. */
export interface SearchTables {
  readonly table: SearchTable;
  /** The table of latencies, and the latency of each architecture that is searched; where latencies are asked for. */
  readonly latency?: { readonly table: Table; readonly of: ReadonlyMap<string, number> };
  /** With a test column: percent, by architecture. */
  readonly test?: ReadonlyMap<string, number>;
  /** With a budget: ms. */
  readonly budgetMs?: number;
}

/** Error in percent at which a search with one objective counts as having found nothing. */
const errorReference = 90;

/** What the user should know of the tables goes to stderr. @throws InputError where an option is missing or too many. */
export function readSearchTables(args: TableArgs, space: CategoricalSpace): SearchTables {
  const { latency: file, latencyColumn: column, known, objectives, latencyBudget } = args;
  if (objectives === "error" && latencyBudget === undefined && known !== undefined) {
    throw new InputError("--known is about latency, which is no objective and has no budget", {
      expected: "--objectives error,latency, or --latency-budget",
    });
  }
  const said = new Set<string>();
  const accuracies = tableOfSpace(readTable(args.accuracy), space);
  const percent = (name: string) => {
    const { values, warnings } = accuracyColumn(accuracies.table, name, args.accuracyUnit, "--accuracy-unit fraction");
    for (const warning of [...accuracies.warnings, ...warnings]) said.add(warning);
    return new Map(accuracies.table.architectures.map((architecture, row) => [architecture, values[row] as number]));
  };
  const accuracy = percent(args.accuracyColumn);
  const test = args.testColumn === undefined ? undefined : percent(args.testColumn);
  const tell = () => {
    for (const warning of said) process.stderr.write(`warning: ${warning}\n`);
  };
  if (objectives === "error" && latencyBudget === undefined) {
    tell();
    const rows = Array.from(accuracy, ([architecture, value]): [string, readonly number[]] => [architecture, [100 - value]]);
    return { table: { rows: new Map(rows), reference: [errorReference] }, ...(test && { test }) };
  }
  if (file === undefined || column === undefined) {
    throw new InputError(
      objectives === "error"
        ? "no latencies are given for --latency-budget"
        : "error and latency are minimised, and no latencies are given",
      {
        expected: `--latency FILE --latency-column NAME${objectives === "error" ? "" : ", or --objectives error"}`,
      },
    );
  }
  const latencies = tableOfSpace(readTable(file), space);
  const latency = withoutConstants(latencies.table, column, latencyColumn(latencies.table, column), space);
  for (const warning of [...latencies.warnings, ...latency.warnings]) said.add(warning);
  tell();
  const latencyOf = new Map(latencies.table.architectures.map((architecture, row) => [architecture, latency.values[row] as number]));
  const rows = Array.from(accuracy, ([architecture, value]) => ({
    architecture,
    accuracy: value,
    latencyMs: latencyOf.get(architecture) ?? Number.NaN,
  })).filter((row) => !Number.isNaN(row.accuracy) && !Number.isNaN(row.latencyMs));
  if (rows.length === 0) {
    throw new InputError(`${args.accuracy} and ${file} have no architecture in common`, {
      expected: "at least one architecture with a value in both columns",
    });
  }
  if (BigInt(rows.length) !== space.size) {
    process.stderr.write(`the tables know ${rows.length} architectures in common: candidates are drawn from these\n`);
  }
  const both = errorLatencyTable(rows);
  const budgetMs =
    latencyBudget === undefined
      ? undefined
      : readBudget(
          latencyBudget,
          rows.map((row) => row.latencyMs),
          column,
        );
  const table: SearchTable =
    objectives === "error"
      ? { rows: new Map(rows.map((row) => [row.architecture, [100 - row.accuracy]])), reference: [errorReference] }
      : both;
  const violations = budgetMs !== undefined && new Map(rows.map((row) => [row.architecture, row.latencyMs / budgetMs - 1]));
  return {
    table: { ...table, ...(violations && { violations }) },
    latency: { table: latencies.table, of: new Map(rows.map((row) => [row.architecture, row.latencyMs])) },
    ...(test && { test }),
    ...(budgetMs !== undefined && { budgetMs }),
  };
}

/** A budget in ms, or as a quantile of the column. @throws InputError for anything else, and where no architecture is within. */
function readBudget(text: string, latenciesMs: readonly number[], column: string): number {
  const [, digits = "", percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (digits === "" || (percent !== "" && value > 100)) {
    throw new InputError(`--latency-budget is '${text}'`, {
      expected: "milliseconds such as 7.5, or a quantile of the column such as 30%",
    });
  }
  const least = latenciesMs.reduce((a, b) => Math.min(a, b));
  const budget = percent === "" ? value : quantile(latenciesMs, value / 100);
  if (budget >= least && budget > 0) return budget;
  throw new InputError(`no architecture is within ${budget} ms in '${column}'`, { expected: `--latency-budget ${least} or more` });
}
