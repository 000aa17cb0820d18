/** Writes the plots, and the tables between the markers of README.md, from the recorded rows. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderStudy } from "./plot.ts";
import { publishedValidation } from "./published.ts";
import type { Row } from "./results.ts";
import { allSeries, ceilingsOf, meanOver, rowsOf, type Series, sampleCounts, targetsOf } from "./summary.ts";
import { spaceNames, tasks } from "./tasks.ts";

const [chosen, random] = allSeries as readonly [Series, Series, ...Series[]];
/** The number of measurements that most tables are about. */
const usual = 10;

export async function writeReport(rows: readonly Row[], folder: string): Promise<void> {
  const plots: string[] = [];
  for (const space of spaceNames) {
    const svg = renderStudy(space, tasks, rows);
    if (svg === undefined) continue;
    writeFileSync(join(folder, `${space}.svg`), svg);
    plots.push(`![Spearman correlation over the number of measurements, ${space}](${space}.svg)`);
  }
  const sections: Readonly<Record<string, string>> = {
    recorded: recorded(rows),
    plots: plots.join("\n\n"),
    validation: validation(rows),
    measurements: measurements(rows),
    quality: quality(rows),
    families: families(rows),
    ceilings: ceilings(rows),
  };
  const page = join(folder, "README.md");
  if (!existsSync(page)) {
    const parts = Object.entries(sections).map(([name, text]) => `## ${name}\n\n${text}\n`);
    writeFileSync(join(folder, "summary.md"), parts.join("\n"));
    return;
  }
  let text = readFileSync(page, "utf8");
  for (const [name, content] of Object.entries(sections)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [start, end] = [text.indexOf(open), text.indexOf(close)];
    if (start === -1 || end === -1) throw new Error(`README.md has no place '${open} … ${close}'`);
    text = `${text.slice(0, start + open.length)}\n\n${content === "" ? "Not recorded yet." : content}\n\n${text.slice(end)}`;
  }
  writeFileSync(page, text);
}

function recorded(rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const all = (of: (row: Row) => string | number) => [...new Set(rows.map(of))].sort().join(", ");
  const tasksDone = new Set(rows.filter(({ model }) => model !== "ceiling").map(({ space, task }) => `${space}/${task}`)).size;
  return `Recorded on commit ${all(({ commit }) => commit)}, ${all(({ date }) => date)}, Node ${all(({ node }) => node)}; seed ${all(({ seed }) => seed)}; ${rows.length} rows of ${tasksDone} of ${tasks.length} tasks; trials a row: ${trialsText(rows)}. In all ${(rows.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(1)} minutes of processor time; all times are processor times, of one thread.`;
}

/** How often each number of trials was used, by task and number of measurements. */
function trialsText(rows: readonly Row[]): string {
  const groups = new Map<string, Set<number>>();
  for (const { task, model, samples, trials } of rows) {
    const kind = model === "ceiling" ? "ceilings" : task === "validation" ? task : "other tasks";
    const group = model === "ceiling" ? kind : `${kind} with ${samples} measurements`;
    groups.set(group, (groups.get(group) ?? new Set()).add(trials));
  }
  const byTrials = new Map<string, string[]>();
  for (const [group, trials] of groups) {
    const text = [...trials].sort((a, b) => a - b).join(" or ");
    byTrials.set(text, [...(byTrials.get(text) ?? []), group]);
  }
  return [...byTrials].map(([trials, names]) => `${trials} (${names.join(", ")})`).join("; ");
}

function validation(rows: readonly Row[]): string {
  const series: readonly (Series & { readonly samples: number })[] = [
    { ...chosen, label: "default, 10 chosen", samples: 10 },
    { ...chosen, label: "default, 20 chosen", samples: 20 },
    { ...random, label: "default, 10 random", samples: 10 },
    { model: "help", measure: "chosen", protocol: "all", label: "HELP here, 20", samples: 20 },
    { model: "help", measure: "chosen", protocol: "trimmed", label: "HELP here, 20, trimmed", samples: 20 },
    { model: "ridge", measure: "random", protocol: "all", label: "ridge, 10 random", samples: 10 },
  ];
  const used = series.filter(({ model, protocol }) => rows.some((row) => row.model === model && row.protocol === protocol));
  const validations = tasks.filter(({ name }) => name === "validation");
  if (!validations.some((task) => rows.some((row) => row.space === task.space && row.task === task.name))) return "";
  const lines = validations.flatMap((task) => {
    const found = used.map((one) => rowsOf(rows, task, one, one.samples));
    const limit = ceilingsOf(rows, task);
    const line = (name: string, of: (list: readonly Row[]) => number | undefined) => {
      const { release, releaseTrimmed, ridgeCeiling } = publishedValidation[task.space][name] ?? {};
      return [task.space, name, ...found.map(of), of(limit), release, releaseTrimmed, ridgeCeiling].map(show);
    };
    const ofTarget = (target: string) => line(target, (list) => list.find((row) => row.target === target)?.result.spearmanMean);
    return [...targetsOf(task).map(ofTarget), line("mean", (list) => meanOver(task, list, "spearmanMean"))];
  });
  const others = ["HELP's release, about 20 †", "the same, trimmed †", "ridge on 80 % †"];
  return markdownTable(["space", "device", ...used.map(({ label }) => label), "ceiling", ...others], lines);
}

function measurements(rows: readonly Row[]): string {
  const counts = sampleCounts(rows);
  const lines = tasks.flatMap((task) =>
    allSeries.flatMap((series) => {
      const means = counts.map((samples) => meanOver(task, rowsOf(rows, task, series, samples), "spearmanMean"));
      return means.every((mean) => mean === undefined) ? [] : [[task.space, task.name, series.label, ...means].map(show)];
    }),
  );
  return lines.length === 0 ? "" : markdownTable(["space", "task", "model", ...counts.map(String)], lines);
}

function quality(rows: readonly Row[]): string {
  const lines = tasks.flatMap((task) => {
    const found = rowsOf(rows, task, chosen, usual);
    const mean = (figure: Parameters<typeof meanOver>[2]) => meanOver(task, found, figure);
    const fixed = (value: number | undefined, digits: number) => (value === undefined ? "–" : value.toFixed(digits));
    if (mean("spearmanMean") === undefined) return [];
    const percent = (value: number | undefined) => (value === undefined ? undefined : 100 * value);
    const shares = [mean("mapeMean"), percent(mean("within10Mean")), percent(mean("coverage95Mean"))].map((value) => fixed(value, 1));
    const times = [mean("adaptMs"), mean("predictMs")].map((value) => fixed(value, 0));
    return [[task.space, task.name, ...[mean("spearmanMean"), mean("spearmanSd"), mean("kendallMean")].map(show), ...shares, ...times]];
  });
  const header = [
    "space",
    "task",
    "Spearman",
    "sd",
    "Kendall",
    "MAPE %",
    "within ±10 %, %",
    "in 95 % interval, %",
    "adapt, ms",
    "predict, ms",
  ];
  return lines.length === 0 ? "" : markdownTable(header, lines);
}

function families(rows: readonly Row[]): string {
  const lines = tasks
    .filter(({ name }) => name !== "validation" && name !== "leave-one-out")
    .flatMap((task) => {
      const twenty = rowsOf(rows, task, chosen, 20);
      const mean = meanOver(task, twenty, "spearmanMean");
      if (mean === undefined) return [];
      const worst = [...twenty].sort((a, b) => a.result.spearmanMean - b.result.spearmanMean)[0] as Row;
      const limit = ceilingsOf(rows, task);
      const ten = meanOver(task, rowsOf(rows, task, chosen, 10), "spearmanMean");
      const worstLimit = limit.find(({ target }) => target === worst.target)?.result.spearmanMean;
      const figures = [ten, mean, meanOver(task, limit, "spearmanMean")].map(show);
      return [[task.space, task.name, ...figures, `${worst.target}: ${show(worst.result.spearmanMean)}`, show(worstLimit)]];
    });
  const header = ["space", "task", "10 chosen", "20 chosen", "ceiling", "worst target with 20", "its ceiling"];
  return lines.length === 0 ? "" : markdownTable(header, lines);
}

function ceilings(rows: readonly Row[]): string {
  const lines = rows
    .filter(({ model }) => model === "ceiling")
    .sort((a, b) => spaceNames.indexOf(a.space as never) - spaceNames.indexOf(b.space as never) || a.target.localeCompare(b.target))
    .map(({ space, target, result }) => [
      space,
      target,
      show(result.spearmanMean),
      show(result.spearmanSd),
      show(result.kendallMean),
      result.mapeMean.toFixed(1),
    ]);
  return lines.length === 0 ? "" : markdownTable(["space", "device", "Spearman", "sd", "Kendall", "MAPE %"], lines);
}

/** Correlations as the field writes them. */
function show(value: number | string | undefined): string {
  return typeof value === "number" ? value.toFixed(3).replace(/^(-?)0\./, "$1.") : (value ?? "–");
}

/** As the project's formatter aligns it, so that a generated page passes its check. */
function markdownTable(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(3, title.length, ...lines.map((line) => (line[column] as string).length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(" | ")} |`;
  return [row(header), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...lines.map(row)].join("\n");
}
