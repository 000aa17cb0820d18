/** The recorded rows: one for each task, target, model, number of measurements, choice and protocol. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { LatencyTargetResult } from "@archwright/core";
import { parse } from "csv-parse/sync";

export const resultColumns = [
  "space",
  "task",
  "target",
  "model",
  "measure",
  "samples",
  "protocol",
  "seed",
  "trials",
  "spearman_mean",
  "spearman_sd",
  "kendall_mean",
  "mape_mean",
  "within10_mean",
  "coverage95_mean",
  "adapt_ms",
  "predict_ms",
  "seconds",
  "commit",
  "date",
  "node",
] as const;

/** What makes a row another one than the rest. */
export interface RowKey {
  readonly space: string;
  readonly task: string;
  readonly target: string;
  readonly model: string;
  readonly measure: string;
  readonly samples: number;
  readonly protocol: string;
  readonly seed: number;
}

export interface Row extends RowKey {
  readonly trials: number;
  readonly result: LatencyTargetResult;
  /** Processor time that the row took, learning included. */
  readonly seconds: number;
  /** Where and when it was recorded. */
  readonly commit: string;
  readonly date: string;
  readonly node: string;
}

export function keyOf({ space, task, target, model, measure, samples, protocol, seed }: RowKey): string {
  return [space, task, target, model, measure, samples, protocol, seed].join(",");
}

export function appendRow(file: string, row: Row): void {
  if (!existsSync(file)) {
    try {
      writeFileSync(file, `${resultColumns.join(",")}\n`, { flag: "wx" });
    } catch (error) {
      // Another process of the same study was faster.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  const { result } = row;
  const figures = [result.spearmanMean, result.spearmanSd, result.kendallMean].map((value) => value.toFixed(5));
  const shares = [result.mapeMean.toFixed(3), result.within10Mean.toFixed(4), result.coverage95Mean.toFixed(4)];
  const times = [result.adaptMs.toFixed(1), result.predictMs.toFixed(1), row.seconds.toFixed(2)];
  appendFileSync(file, `${[keyOf(row), row.trials, ...figures, ...shares, ...times, row.commit, row.date, row.node].join(",")}\n`);
}

export function readRows(file: string): readonly Row[] {
  if (!existsSync(file)) return [];
  const records: Record<(typeof resultColumns)[number], string>[] = parse(readFileSync(file, "utf8"), { columns: true });
  return records.map((record) => ({
    space: record.space,
    task: record.task,
    target: record.target,
    model: record.model,
    measure: record.measure,
    samples: Number(record.samples),
    protocol: record.protocol,
    seed: Number(record.seed),
    trials: Number(record.trials),
    result: {
      device: record.target,
      spearmanMean: Number(record.spearman_mean),
      spearmanSd: Number(record.spearman_sd),
      kendallMean: Number(record.kendall_mean),
      mapeMean: Number(record.mape_mean),
      within10Mean: Number(record.within10_mean),
      coverage95Mean: Number(record.coverage95_mean),
      adaptMs: Number(record.adapt_ms),
      predictMs: Number(record.predict_ms),
    },
    seconds: Number(record.seconds),
    commit: record.commit,
    date: record.date,
    node: record.node,
  }));
}
