/** Trials as columns; `contract/points.ts` says what each is. */
import { type CostName, costNames, deviceKindOf, measuredBy } from "@archwright/core";
import {
  atStage,
  type Experiment,
  gates,
  measured,
  metricNames,
  type Objective,
  ownMetricsOf,
  type Run,
  type Store,
  type Trial,
  type TrialAtStage,
} from "@archwright/core/experiment";
import { taskKindOf } from "@archwright/core/tasks";
import { type ColumnAnswer, gateNames, type PointsAnswer, stateNames } from "../contract/index.ts";
import { HttpError } from "../errors.ts";
import { unitOf } from "./units.ts";

/** Trials in one answer: so many are read and sent in about a tenth of a second. */
const MOST_POINTS = 5_000;

/** A number with what is known of its error. */
interface Value {
  readonly value: number | undefined;
  readonly low95?: number | null | undefined;
  readonly high95?: number | null | undefined;
  readonly sd?: number | undefined;
}

interface Reader {
  readonly column: ColumnAnswer;
  readonly read: (trial: Trial | TrialAtStage) => Value;
}

/**
 * The trials of a run that were added or changed since a cursor.
 * @param front of the whole run. @throws HttpError 400 for a cursor that no answer gave.
 */
export function pointsAnswer(store: Store, run: Run, since: string | undefined, front: () => readonly number[]): PointsAnswer {
  const from = since === undefined ? 0 : Number(since);
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new HttpError(400, "usage", "this is no cursor", { expected: "the cursor of an answer before, or no since" });
  }
  const { experiment } = run;
  // Events are read elsewhere: from beyond the last, none comes.
  const { trials, cursor, more } = store.changes(run.id, { trials: from, events: Number.MAX_SAFE_INTEGER }, MOST_POINTS);
  const readers = readersOf(experiment);
  const shown = trials.map((trial) => atStage(experiment, trial));
  const values: PointsAnswer["values"] = {};
  const bounds: Pick<PointsAnswer, "low95" | "high95" | "sd"> = { low95: {}, high95: {}, sd: {} };
  for (const { column, read } of readers) {
    const known = shown.map(read);
    if (known.some(({ value }) => value !== undefined)) values[column.name] = known.map(({ value }) => value ?? null);
    for (const bound of ["low95", "high95", "sd"] as const) {
      if (known.some((one) => typeof one[bound] === "number")) bounds[bound][column.name] = known.map((one) => one[bound] ?? null);
    }
  }
  return {
    run: run.id,
    cursor: String(cursor.trials),
    more,
    columns: readers.map(({ column }) => column),
    number: trials.map(({ number }) => number),
    state: trials.map(({ status }) => stateNames.indexOf(status)),
    gate: trials.map(({ gate }) => gates.indexOf(gate)),
    stage: shown.map(stageOf),
    states: [...stateNames],
    gates: [...gateNames],
    values,
    ...bounds,
    front: more ? null : [...front()],
  };
}

function stageOf(trial: Trial | TrialAtStage): number {
  if (trial.score === undefined) return 0;
  return "standing" in trial ? (trial.standing.stage ?? 0) + 1 : 1;
}

function readersOf(experiment: Experiment): readonly Reader[] {
  const { task, devices, evaluator, objectives } = experiment;
  const { score, objective } = taskKindOf(task);
  const isObjective = (test: (one: Objective) => boolean) => objectives.some(test);
  const common = { device: null, budget: null, objective: false } as const;
  const better = score.direction === "maximise" ? "higher" : "lower";
  const unit = unitOf("error", task);
  const standing = (trial: Trial | TrialAtStage) => ("standing" in trial ? trial.standing : undefined);
  const scoreColumn = (name: string, title: string): ColumnAnswer => ({
    ...{ ...common, name, metric: score.name, title, unit, kind: "score", better, known: "evaluated" },
  });
  return [
    {
      column: {
        ...common,
        name: "number",
        metric: "number",
        title: "order of asking",
        unit: "count",
        kind: "order",
        better: null,
        known: "counted",
      },
      read: ({ number }) => ({ value: number }),
    },
    {
      column: { ...scoreColumn(score.name, `validation ${score.name}`), objective: isObjective(({ metric }) => metric === "error") },
      read: (trial) => ({ value: trial.score, sd: standing(trial)?.scoreDeviation }),
    },
    {
      column: scoreColumn(`test_${score.name}`, `test ${score.name}`),
      read: (trial) => ({ value: trial.testScore, sd: standing(trial)?.testScoreDeviation }),
    },
    {
      column: {
        ...common,
        ...{
          name: objective.name,
          metric: objective.name,
          title: objective.title,
          unit,
          kind: "score",
          better: "lower",
          known: "evaluated",
        },
        objective: isObjective(({ metric }) => metric === "error"),
      },
      read: ({ score: value }) => ({ value: value === undefined ? undefined : objective.of(value) }),
    },
    ...Object.entries(ownMetricsOf(evaluator)).map(
      ([name, { goal, atMost, atLeast }]): Reader => ({
        column: {
          ...{ name, metric: name, title: name, unit: "count", kind: "own", device: null, known: "evaluated" },
          better: goal === "maximise" ? "higher" : "lower",
          objective: isObjective((one) => one.metric === "own" && one.name === name),
          budget: (goal === "maximise" ? atLeast : atMost) ?? null,
        },
        read: ({ metrics }) => ({ value: metrics?.[name] }),
      }),
    ),
    ...(["macs", "parameters"] as const).map(
      (metric): Reader => ({
        column: {
          ...common,
          ...{ name: metric, metric, title: metric === "macs" ? "MACs" : metric, unit: "count", kind: "count", better: "lower" },
          ...{ known: "counted", objective: isObjective((one) => one.metric === metric) },
        },
        read: (trial) => ({ value: trial[metric] }),
      }),
    ),
    ...devices.flatMap((device) => costNames.flatMap((cost) => costReaders(experiment, device, cost))),
  ];
}

type Device = Experiment["devices"][number];

function costReaders({ objectives, task }: Experiment, device: Device, cost: CostName): readonly Reader[] {
  const { name, budgets } = device;
  const metric = metricNames[cost].column;
  const column: Omit<ColumnAnswer, "name" | "known"> = {
    ...{ metric, title: metricNames[cost].yaml.replace("_", " "), unit: unitOf(cost, task), kind: "cost", device: name, better: "lower" },
    objective: objectives.some((one) => "device" in one && one.device === name && one.metric === cost),
    budget: budgets[cost] ?? null,
  };
  const estimated: Reader = {
    column: { ...column, name: `${metric}@${name}`, known: knownBy(device, cost) },
    read: ({ devices }) => {
      const estimate = devices[name]?.estimates[cost];
      return { value: estimate?.value, low95: estimate?.low95, high95: estimate?.high95 };
    },
  };
  if (measuredBy(device) === undefined || cost !== "latencyMs") return [estimated];
  return [
    estimated,
    {
      column: { ...column, name: `${metric}@${name}:measured`, known: "measured" },
      read: (trial) => ({ value: measured(trial, name, cost)?.value }),
    },
  ];
}

function knownBy(device: Device, cost: CostName): ColumnAnswer["known"] {
  const kind = deviceKindOf(device);
  if (kind.hints) return "hint";
  if (kind.latencyIs === "looked up") return "table";
  return cost === "latencyMs" && kind.gates.includes("predicted") ? "predicted" : "computed";
}
