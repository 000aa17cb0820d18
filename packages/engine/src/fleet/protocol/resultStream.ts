/** The stream of a run, in which workers write their reports and from which the controller reads them. */
import type { Redis } from "ioredis";
import { parseAttemptId } from "./attempt.ts";

/**
 * A report as it stands in a run's stream. An entry of the stream holds those that a worker had ready together: first
 * the field `worker`, then for each report its attempt and its text.
 */
export interface StreamedReport {
  /** Id of the stream's entry, which may hold other reports too. */
  readonly entry: string;
  /** How many reports that entry holds. */
  readonly reportsInEntry: number;
  /** Of the job. */
  readonly key: string;
  /** Of the attempt: the fencing token. */
  readonly number: number;
  readonly worker: string;
  readonly report: string;
}

/** An entry as Redis gives it. */
export type RawEntry = [id: string, fields: string[]];

/** Entries read at once: enough that round trips do not count, few enough that the event loop stays free. */
export const pageSize = 100;

/** The fields of an entry, as a worker writes it. */
export function entryFields(worker: string, reports: readonly { readonly id: string; readonly report: string }[]): string[] {
  const fields = ["worker", worker];
  for (const { id, report } of reports) fields.push(id, report);
  return fields;
}

/** The reports of an entry; none where it cannot be read. */
export function parseEntry([entry, fields]: RawEntry): StreamedReport[] {
  const [label, worker = ""] = fields;
  if (label !== "worker" || !/^[0-9a-zA-Z_-]{1,64}$/.test(worker)) return [];
  const reports: StreamedReport[] = [];
  const reportsInEntry = fields.length / 2 - 1;
  for (let i = 2; i + 1 < fields.length; i += 2) {
    const attempt = parseAttemptId(fields[i] as string);
    if (attempt) reports.push({ entry, reportsInEntry, key: attempt.key, number: attempt.number, worker, report: fields[i + 1] as string });
  }
  return reports;
}

/** Everything that stands in the stream, page by page. What cannot be read is left out. */
export async function* readStream(redis: Redis, stream: string): AsyncGenerator<StreamedReport[]> {
  for (let from = "-"; ; ) {
    const page = (await redis.xrange(stream, from, "+", "COUNT", pageSize)) as RawEntry[];
    if (page.length === 0) return;
    yield page.flatMap(parseEntry);
    from = `(${page.at(-1)?.[0]}`;
  }
}
