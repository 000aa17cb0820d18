/** Writes results to stdout: text, tables, or one JSON document. */
import Table from "cli-table3";

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

/** Characters of a line: the terminal's, or without one those of the variable COLUMNS, or 150. */
export function lineWidth(): number {
  const { isTTY, columns } = process.stdout;
  const wished = isTTY ? columns : Number(process.env.COLUMNS);
  return wished > 0 ? wished : 150;
}
