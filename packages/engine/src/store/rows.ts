/** Rows of a store's tables, and what they say. */
import type { Json } from "@archwright/core/base";
import {
  type Experiment,
  type Run,
  type RunEvent,
  type RunOwner,
  type RunStatus,
  type Trial,
  upgradeExperiment,
} from "@archwright/core/experiment";
import { toJson } from "./json.ts";

export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly experiment_hash: string;
  readonly seed: number;
  readonly status: RunStatus;
  readonly created_at: string;
  readonly updated_at: string;
  readonly pid: number | null;
  readonly host: string | null;
  readonly process_start: string | null;
  readonly seconds: number;
  readonly summary: string | null;
}

export interface EventRow {
  readonly key: number;
  readonly at: string;
  readonly kind: string;
  readonly detail: string;
}

export interface TrialRow {
  readonly number: number;
  readonly architecture: string;
  readonly status: Trial["status"];
  readonly gate: Trial["gate"];
  readonly score: number | null;
  readonly rest: string;
  /** Number of its last write; grows within a run. */
  readonly write: number;
}

/** A trial's columns from `number` to `rest`. */
export function trialRow({ number, architecture, status, gate, score, ...rest }: Trial): (string | number | null)[] {
  return [number, architecture, status, gate, score ?? null, toJson(rest)];
}

/** A run's columns `pid`, `host` and `process_start`. */
export function ownerColumns(owner: RunOwner | undefined): (string | number | null)[] {
  return [owner?.pid ?? null, owner?.host ?? null, owner?.start ?? null];
}

function readOwner({ host, process_start: start }: RunRow, pid: number): RunOwner {
  return { pid, ...(host === null ? {} : { host }), ...(start === null ? {} : { start }) };
}

export function readRun(row: RunRow): Run {
  let experiment: Experiment | undefined;
  return {
    id: row.id,
    name: row.name,
    // Parsed when it is first asked for: lists of runs do without, and an experiment may hold a fitted device.
    get experiment() {
      experiment ??= upgradeExperiment(JSON.parse(row.experiment) as Json);
      return experiment;
    },
    experimentHash: row.experiment_hash,
    seed: row.seed,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.pid === null ? {} : { owner: readOwner(row, row.pid) }),
    seconds: row.seconds,
    ...(row.summary === null ? {} : { summary: JSON.parse(row.summary) as Json }),
  };
}

export function readTrial(row: TrialRow): Trial {
  const { number, architecture, status, gate, score, rest } = row;
  return {
    number,
    architecture,
    status,
    gate,
    ...(JSON.parse(rest) as Omit<Trial, "number" | "architecture" | "status" | "gate" | "accuracy">),
    ...(score === null ? {} : { score }),
  };
}

export function readEvent({ at, kind, detail }: EventRow): RunEvent {
  return { at, kind, detail: JSON.parse(detail) as Json };
}
