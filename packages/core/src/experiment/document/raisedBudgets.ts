/** Budgets that an infeasible trial would meet, and how to write them in the experiment. */
import { parseDocument, stringify } from "yaml";
import { formatLimit, type Path } from "../../base/index.ts";
import { type CostName, costNames } from "../../devices/index.ts";
import { deviceKindOf, type ExperimentDevice } from "../../devices/kinds/index.ts";
import type { Experiment } from "../experiment.ts";
import { costOf, measured, metricNames } from "../metrics.ts";
import type { Trial } from "../trial.ts";

/** A budget that a trial exceeds, and what it would have to be. */
export interface RaisedBudget {
  readonly device: string;
  readonly cost: CostName;
  /** What the trial has, in the cost's own unit. */
  readonly value: number;
  /** A budget that the experiment may have and the trial meets, such as `3.2ms`; null where the device itself has less. */
  readonly limit: string | null;
}

/** Computed costs are the same the next time; what is measured varies. */
const ROOM = { computed: 1.05, measured: 1.25 } as const;

/** Every budget that the trial is known to exceed, not only those of the gate that stopped it. */
export function raisedBudgets(experiment: Experiment, trial: Pick<Trial, "devices" | "excesses">): readonly RaisedBudget[] {
  return experiment.devices.flatMap((device) =>
    costNames.flatMap((cost): RaisedBudget[] => {
      const budget = device.budgets[cost];
      const value = known(device, cost, trial);
      if (budget === undefined || value === undefined || value <= budget) return [];
      const room = measured(trial, device.name, cost) ? ROOM.measured : ROOM.computed;
      return [{ device: device.name, cost, value, limit: limitFor(device, cost, value, room) }];
    }),
  );
}

/** The trial's cost, or what the gate that stopped it went by. */
function known(device: ExperimentDevice, cost: CostName, trial: Pick<Trial, "devices" | "excesses">): number | undefined {
  const own = costOf(trial, device.name, cost);
  return own ?? trial.excesses.find((excess) => "device" in excess && excess.device === device.name && excess.cost === cost)?.value;
}

function limitFor(device: ExperimentDevice, cost: CostName, value: number, room: number): string | null {
  const { dimension } = metricNames[cost];
  const most = deviceKindOf(device).limits(device)[cost] ?? Number.POSITIVE_INFINITY;
  if (value > most) return null;
  const wanted = formatLimit(value * room, dimension, "up");
  return value * room * 1.03 <= most ? wanted : exactly(most, cost);
}

/** A device's own limit, which is no round number in every unit. */
function exactly(value: number, cost: CostName): string {
  const { dimension } = metricNames[cost];
  const [up, down] = [formatLimit(value, dimension, "up"), formatLimit(value, dimension, "down")];
  return up === down ? up : `${value}${{ time: "ms", memory: "B", energy: "mJ" }[dimension]}`;
}

/**
 * What to write instead in the experiment's YAML, and the path of what it replaces: the one budget, the budgets of the
 * one device, or the list of devices.
 * @param text the experiment's YAML, which can be read.
 */
export function writeRaisedBudgets(text: string, raised: readonly RaisedBudget[]): { readonly path: Path; readonly suggestion: string } {
  const { devices } = parseDocument(text).toJS() as { devices: (string | { name: string; budgets?: Record<string, unknown> })[] };
  const changed = devices.map((device) => {
    if (typeof device === "string") return device;
    const own = raised.filter((budget) => budget.device === device.name).map(({ cost, limit }) => [metricNames[cost].yaml, limit]);
    return own.length === 0 ? device : { ...device, budgets: { ...device.budgets, ...Object.fromEntries(own) } };
  });
  const indices = changed.flatMap((device, index) => (device === devices[index] ? [] : [index]));
  const [index = 0] = indices;
  const { budgets } = changed[index] as { budgets: Record<string, unknown> };
  const [first] = raised;
  if (raised.length === 1 && first) {
    const key = metricNames[first.cost].yaml;
    return { path: ["devices", index, "budgets", key], suggestion: `${key}: ${first.limit}` };
  }
  if (indices.length === 1) return { path: ["devices", index, "budgets"], suggestion: flow({ budgets }) };
  return { path: ["devices"], suggestion: flow({ devices: changed }) };
}

/** `key: …` in one line. */
function flow(entry: Record<string, unknown>): string {
  return Object.entries(entry)
    .map(([key, value]) => `${key}: ${stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim()}`)
    .join("");
}
