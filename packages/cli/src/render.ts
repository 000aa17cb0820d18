import { type Experiment, formatObjective, type Trial } from "@archwright/core";
import Table from "cli-table3";
import { stringify } from "csv-stringify/sync";
import { frontColumns } from "./columns.ts";
import { trialView } from "./trialView.ts";

/** Writes the command's result to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Text of somebody else's without what could steer a terminal. */
export function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\u{fffd}");
}

/** The one JSON document of a command with `--json`. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A plain table for people. Column titles may have several lines. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[], numeric: (column: number) => boolean): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (numeric(column) ? "right" : "left")),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    chars: {
      ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
      ...{ left: "", "left-mid": "", right: "", "right-mid": "", middle: "  ", mid: "─", "mid-mid": "──" },
    },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split("\n");
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** The front for people: what bears on the experiment, rounded. CSV and JSON hold the rest. */
export function renderFront(experiment: Experiment, trials: readonly Trial[], device?: string): string {
  const columns = frontColumns(experiment, trials, device).filter(({ relevant }) => relevant);
  const head = ["\n\ntrial", ...columns.map((column) => column.title.join("\n")), "\n\narchitecture"];
  const rows = trials.map((trial) => [
    String(trial.number),
    ...columns.map(({ value, factor, digits }) => {
      const number = value(trial);
      return number === undefined ? "–" : (number * factor).toFixed(digits);
    }),
    trial.architecture,
  ]);
  return renderTable(head, rows, (column) => column <= columns.length);
}

/** The front as CSV: full precision, units in the column names. */
export function renderCsv(experiment: Experiment, trials: readonly Trial[], device?: string): string {
  const columns = frontColumns(experiment, trials, device);
  return stringify([
    ["trial", "architecture", ...columns.map((column) => column.name)],
    ...trials.map((trial) => [trial.number, trial.architecture, ...columns.map((column) => column.value(trial) ?? "")]),
  ]);
}

/** The front as JSON. */
export function frontJson(experiment: Experiment, run: string, trials: readonly Trial[]) {
  return {
    run,
    experiment: experiment.name,
    objectives: experiment.objectives.map(formatObjective),
    trials: trials.map((trial) => trialView(experiment, trial)),
  };
}
