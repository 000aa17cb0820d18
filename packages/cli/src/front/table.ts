/** The front as a table that fits the terminal: what bears on the experiment, rounded. CSV and JSON hold the rest. */
import type { Trial } from "@archwright/core";
import {
  type Column,
  chooseColumns,
  columnTexts,
  describeExceeded,
  describeSeeds,
  exceededBudgets,
  frontColumns,
  type Shown,
} from "@archwright/core/query";
import { renderTable } from "../output/render.ts";
import { shortened } from "./shorten.ts";

export interface TableOptions {
  /** Characters of a line. */
  readonly width: number;
  /** All columns and whole architectures, however wide. */
  readonly wide?: boolean | undefined;
  /** These columns, by their names in CSV or as objectives are written. */
  readonly columns?: readonly string[] | undefined;
  /** The command that shows the same table, for advice. */
  readonly command: string;
}

const GAP = 2;
/** An architecture is shortened to no less than this while there is a column to leave out instead. */
const FEWEST_CHARACTERS = 24;

interface Written {
  readonly column: Column;
  readonly cells: readonly string[];
  readonly width: number;
}

/** One trial as a list: what bears on the experiment, a line each. */
export function renderTrial(shown: Shown & { readonly trials: readonly [Trial] }): string {
  const [{ number, architecture }] = shown.trials;
  const rows = frontColumns(shown)
    .filter(({ relevant }) => relevant)
    .map((column) => [column.title.filter((part) => part !== "").join(" "), write(column, shown.trials).cells[0] as string]);
  const table = renderTable(["", ""], rows, (column) => column === 1)
    .split("\n")
    .slice(2);
  return [`trial ${number}: ${architecture}`, ...table, ...overBudgetLines(shown)].join("\n");
}

/** Lines of the table, what was left out of it, and which trials are above a budget. */
export function renderFront(shown: Shown, options: TableOptions): string {
  const { trials } = shown;
  const all = frontColumns(shown);
  const wanted = options.columns ? chooseColumns(all, options.columns) : all.filter(({ relevant }) => relevant || options.wide === true);
  const written = wanted.map((column) => write(column, trials));
  const texts = trials.map(({ architecture }) => architecture);
  const longest = Math.max(...texts.map((text) => text.length), "architecture".length);
  const numbers = Math.max("trial".length, ...trials.map(({ number }) => String(number).length));
  const taken = (columns: readonly Written[]) => columns.reduce((sum, { width }) => sum + width + GAP, numbers + GAP);
  const kept = [...written];
  if (options.wide !== true) {
    const least = Math.min(longest, FEWEST_CHARACTERS);
    const order = options.columns ? [] : expendable(written);
    const needed = () => Math.max(least, ...shortened(texts, options.width - taken(kept)).map((text) => text.length));
    while (taken(kept) + needed() > options.width) {
      const next = order.shift();
      if (!next) break;
      kept.splice(kept.indexOf(next), 1);
    }
  }
  const architectures = options.wide === true ? texts : shortened(texts, options.width - taken(kept));
  const head = ["\n\ntrial", ...kept.map(({ column }) => column.title.join("\n")), "\n\narchitecture"];
  const rows = trials.map((trial, i) => [String(trial.number), ...kept.map(({ cells }) => cells[i] as string), architectures[i] as string]);
  const left = written.filter((one) => !kept.includes(one)).map(({ column }) => column.name);
  const cut = architectures.some((text, i) => text !== texts[i]);
  return [
    renderTable(head, rows, (column) => column <= kept.length),
    ...overBudgetLines(shown),
    ...describeSeeds(shown.experiment, trials, shown.differences),
    ...leftOutLines(left, cut, options.command),
  ].join("\n");
}

/** The columns that can be left out, the least missed first: what another column says too, what is the same for all, the rest by rank. */
function expendable(written: readonly Written[]): Written[] {
  const repeated = ({ column: { name, compared } }: Written) => {
    const measurement = written.find(({ column }) => column.name === name.replace("_predicted@", "_measured@") && column.name !== name);
    return !compared && measurement?.cells.every((cell) => cell !== UNKNOWN) === true;
  };
  const constant = ({ cells }: Written) => cells.length > 1 && new Set(cells).size === 1;
  const urgency = (one: Written) => (repeated(one) ? -20 : constant(one) ? -10 : 0) + one.column.rank;
  return written
    .filter(({ column }) => !column.compared)
    .sort((a, b) => urgency(a) - urgency(b) || written.indexOf(b) - written.indexOf(a));
}

/** The columns of CSV, all or those asked for. @throws InputError for a name that no column has. */
export function csvColumns(shown: Shown, names: readonly string[] | undefined): readonly Column[] {
  const all = frontColumns(shown);
  return names ? chooseColumns(all, names) : all;
}

const UNKNOWN = "–";

function write(column: Column, trials: readonly Trial[]): Written {
  const marks = trials.map(column.mark);
  const room = marks.some((mark) => mark !== "") ? " " : "";
  const cells = columnTexts(column, trials).map((text, i) => `${text ?? UNKNOWN}${marks[i] || room}`);
  return { column, cells, width: Math.max(...[...column.title, ...cells].map((text) => text.length)) };
}

function overBudgetLines({ experiment, trials }: Shown): readonly string[] {
  return trials.flatMap((trial) =>
    exceededBudgets(experiment, trial).map((exceeded) => `! trial ${trial.number} is over budget: ${describeExceeded(exceeded)}`),
  );
}

function leftOutLines(columns: readonly string[], cut: boolean, command: string): readonly string[] {
  if (columns.length === 0 && !cut) return [];
  const what = [...(columns.length > 0 ? [`left out: ${columns.join(", ")}`] : []), ...(cut ? ["architectures are shortened"] : [])].join(
    "; ",
  );
  return ["", what, `all of it: ${command} --wide   some of it: ${command} --columns accuracy,${columns[0] ?? "parameters"}`];
}
