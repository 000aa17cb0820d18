/** The numbers of several trials as columns, so that a million of them can be read and compared without a million objects. */
import { type CostEstimate, type CostName, costNames } from "../../devices/index.ts";
import { measured } from "../metrics.ts";
import { gates, type Trial } from "../trial.ts";

/** Values in the order of the block's trials: numbers, NaN where unknown; or codes, 0 where there is nothing to say. */
export type BlockColumn = Float64Array | Uint8Array;

/**
 * The numbers of several trials. Columns by name:
 * - `number`, `write` (number of the trial's last write in the store; grows within a run), `score`, `testScore`, `macs`, `parameters`, `seconds`;
 * - `status`, `gate`, `later`: codes of {@link statusCodes}, {@link gateCodes}, {@link laterFlags};
 * - `metric:NAME`: a number of the evaluator's own;
 * - `estimate:COST@DEVICE`, `low95:…`, `high95:…`: an estimate and its interval; `source:…`: a code of {@link sourceCodes};
 * - `measured:COST@DEVICE`: the newest measurement;
 * - `over:COST@DEVICE`, `overMetric:NAME`: of what exceeds its budget, the value that was compared with it.
 *
 * A column that is absent is unknown for all of them.
 */
export interface TrialBlock {
  readonly count: number;
  readonly columns: ReadonlyMap<string, BlockColumn>;
}

/** What a number is of, where it belongs to a cost of a device. */
export type CostPart = "estimate" | "low95" | "high95" | "source" | "measured" | "over";

export function costKey(part: CostPart, cost: CostName, device: string): string {
  return `${part}:${cost}@${device}`;
}

export const statusCodes = { feasible: 1, infeasible: 2, failed: 3 } as const satisfies Record<Trial["status"], number>;
/** Position in `gates`, from 1. */
export const gateCodes = Object.fromEntries(gates.map((gate, i) => [gate, i + 1])) as Readonly<Record<Trial["gate"], number>>;
/** Whether stages after the first, or retrainings, have to do with the trial. */
export const laterFlags = { trainings: 1, retrainings: 2 } as const;
/** `profile` is added where the estimate is that of another device's profile. */
export const sourceCodes = { analytic: 1, predicted: 2, table: 3, profile: 4 } as const;

/** @param writes the number of each one's last write. */
export function packTrials(trials: readonly Trial[], writes: readonly number[]): TrialBlock {
  const count = trials.length;
  const columns = new Map<string, BlockColumn>();
  const codes = (key: string) => fetch(columns, key, () => new Uint8Array(count)) as Uint8Array;
  const numbers = (key: string) => fetch(columns, key, () => new Float64Array(count).fill(Number.NaN)) as Float64Array;
  // Columns are looked up by name once, not for each trial.
  const plain: (Float64Array | undefined)[] = [];
  const devices = new Map<string, DeviceColumns>();
  const [number, write, status, gate, later] = [numbers("number"), numbers("write"), codes("status"), codes("gate"), codes("later")];
  trials.forEach((trial, row) => {
    number[row] = trial.number;
    write[row] = writes[row] as number;
    status[row] = statusCodes[trial.status];
    gate[row] = gateCodes[trial.gate];
    later[row] = (trial.trainings ? laterFlags.trainings : 0) | (trial.retrainings ? laterFlags.retrainings : 0);
    for (let i = 0; i < plainKeys.length; i++) {
      const value = trial[plainKeys[i] as (typeof plainKeys)[number]];
      if (value === undefined) continue;
      plain[i] ??= numbers(plainKeys[i] as string);
      (plain[i] as Float64Array)[row] = value;
    }
    for (const name in trial.metrics) numbers(`metric:${name}`)[row] = trial.metrics[name] as number;
    for (const name in trial.devices) {
      const of = fetch(devices, name, () => new DeviceColumns(name, numbers, codes));
      of.set(row, trial);
    }
    for (const excess of trial.excesses) {
      if ("metric" in excess) numbers(`overMetric:${excess.metric}`)[row] = excess.value;
      else numbers(costKey("over", excess.cost, excess.device))[row] = excess.low95 ?? excess.value;
    }
  });
  return { count, columns };
}

const plainKeys = ["score", "testScore", "macs", "parameters", "seconds"] as const;

function fetch<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}

type CostColumns = Record<"estimate" | "low95" | "high95", Float64Array> & { readonly source: Uint8Array };

/** The columns of one device, at hand. */
class DeviceColumns {
  readonly #name: string;
  readonly #numbers: (key: string) => Float64Array;
  readonly #codes: (key: string) => Uint8Array;
  readonly #costs: Partial<Record<CostName, CostColumns>> = {};

  constructor(name: string, numbers: (key: string) => Float64Array, codes: (key: string) => Uint8Array) {
    this.#name = name;
    this.#numbers = numbers;
    this.#codes = codes;
  }

  set(row: number, trial: Trial): void {
    const known = trial.devices[this.#name];
    if (known === undefined) return;
    for (const cost of costNames) {
      const estimate = known.estimates[cost];
      if (estimate) this.#setEstimate(row, cost, estimate);
    }
    if (known.measurements.length === 0) return;
    for (const cost of costNames) {
      const measurement = measured(trial, this.#name, cost);
      if (measurement) this.#numbers(costKey("measured", cost, this.#name))[row] = measurement.value;
    }
  }

  #setEstimate(row: number, cost: CostName, { value, low95, high95, source, profile }: CostEstimate): void {
    this.#costs[cost] ??= {
      estimate: this.#numbers(costKey("estimate", cost, this.#name)),
      low95: this.#numbers(costKey("low95", cost, this.#name)),
      high95: this.#numbers(costKey("high95", cost, this.#name)),
      source: this.#codes(costKey("source", cost, this.#name)),
    };
    const columns = this.#costs[cost];
    columns.estimate[row] = value;
    columns.low95[row] = low95 ?? Number.NaN;
    columns.high95[row] = high95 ?? Number.NaN;
    columns.source[row] = sourceCodes[source] | (profile === undefined ? 0 : sourceCodes.profile);
  }
}
