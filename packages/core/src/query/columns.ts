/** The columns of a table of trials: names, titles, units and digits, and which matter most. */
import { InputError, nearestSpelling } from "../base/index.ts";
import { type CostName, costNames } from "../devices/index.ts";
import { deviceKindOf } from "../devices/kinds/index.ts";
import {
  costOf,
  type Experiment,
  estimated,
  isCost,
  measured,
  metricNames,
  type Objective,
  ownMetricsOf,
  type Trial,
} from "../experiment/index.ts";
import { taskKindOf } from "../tasks/index.ts";
import { type Exceeded, exceededBudgets } from "./exceeded.ts";
import { notBetter, type ScoreDifferences, shownStanding, standingBeside } from "./seeds/index.ts";
import type { Values } from "./values.ts";

/** One column of the front's table and CSV: a number of each trial, with its unit in the name. */
export interface Column {
  readonly name: string;
  /** Other names that `--columns` takes for it. */
  readonly aliases: readonly string[];
  /** For people: what it is of, what it is with its unit, and how it is known. */
  readonly title: readonly [string, string, string];
  readonly digits: number;
  /** From the kept unit to the shown one. */
  readonly factor: number;
  /** Whether it bears on the experiment: the table for people leaves the others out. */
  readonly relevant: boolean;
  /** Whether the trials were compared by it. */
  readonly compared: boolean;
  /** Where there is little room, columns of the lowest rank go first. */
  readonly rank: number;
  readonly value: (trial: Trial) => number | undefined;
  /** Standard deviation of the value over several seeds, for people. */
  readonly spread?: (trial: Trial) => number | undefined;
  /** `!` where the trial is above its budget by this number, `~` where it is no better than a cheaper one as far as seeds tell. */
  readonly mark: (trial: Trial) => "" | "!" | "~";
}

/** What the columns are made for: whose trials, compared by what. */
export interface Shown {
  readonly experiment: Experiment;
  readonly trials: readonly Trial[];
  readonly values: Values;
  readonly objectives: readonly Objective[];
  /** Only this device's costs. */
  readonly device?: string | undefined;
  readonly differences?: ScoreDifferences | undefined;
}

const costTitles: Record<CostName, { readonly title: string; readonly factor: number; readonly digits: number }> = {
  latencyMs: { title: "latency ms", factor: 1, digits: 3 },
  peakMemoryBytes: { title: "memory KiB", factor: 1 / 1024, digits: 1 },
  flashBytes: { title: "flash KiB", factor: 1 / 1024, digits: 1 },
  energyMj: { title: "energy mJ", factor: 1, digits: 3 },
};

/** How much a column is missed, from what is missed least. */
const RANK = { size: 0, prediction: 1, cost: 2, latency: 3, score: 4 } as const;

/** Score, size, and for each device its costs: predicted and measured side by side. Those that no trial has are left out. */
export function frontColumns(shown: Shown): readonly Column[] {
  const { experiment, objectives, device, trials } = shown;
  const by = (metric: string) => objectives.some((objective) => objective.metric === metric);
  const scores = scoreColumns(shown, by("error"));
  const sizes = (["macs", "parameters"] as const).map((metric): Column => {
    const name = metricNames[metric].column;
    const title = metric === "macs" ? "MACs" : name;
    const value = (trial: Trial) => trial[metric];
    return { ...plain, name, title: [title, "k", ""], digits: 1, factor: 1e-3, compared: by(metric), rank: RANK.size, value };
  });
  const own = Object.keys(ownMetricsOf(experiment.evaluator)).map((name): Column => {
    const compared = objectives.some((objective) => objective.metric === "own" && objective.name === name);
    return { ...plain, name, title: [name, "", "validation"], digits: 3, compared, value: (trial) => trial.metrics?.[name] };
  });
  const devices = experiment.devices.filter(({ name }) => device === undefined || name === device);
  const columns = [...scores, ...own, ...devices.flatMap(({ name }) => deviceColumns(shown, name)), ...sizes];
  return columns.filter((column) => trials.some((trial) => column.value(trial) !== undefined));
}

const plain = {
  ...{ digits: 2, factor: 1, relevant: true, compared: false, aliases: [], rank: RANK.score },
  mark: (): ReturnType<Column["mark"]> => "",
};

/** Means over seeds, their deviations, and how many seeds there were; one value each where the search's training stands. */
function scoreColumns({ experiment, differences, trials }: Shown, compared: boolean): readonly Column[] {
  const { score, objective } = taskKindOf(experiment.task);
  const marked = new Set(differences ? notBetter(differences).map(({ trial }) => trial) : []);
  const ofScore = (examples: "validation" | "test", value: Column["value"], spread: Column["value"]): readonly Column[] => {
    const name = examples === "test" ? `test_${score.name}` : score.name;
    const mark = ({ number }: Trial) => (differences?.of === examples && marked.has(number) ? "~" : "");
    const own = examples === "validation" ? { compared, aliases: [objective.name] } : {};
    return [
      { ...plain, ...own, name, title: [score.title, "", examples], value, spread, mark },
      { ...plain, name: `${name}_sd`, title: [score.title, "sd", examples], relevant: false, rank: RANK.size, value: spread },
    ];
  };
  const several = trials.some((trial) => (shownStanding(trial)?.seeds ?? 1) > 1);
  return [
    ...ofScore(
      "validation",
      (trial) => trial.score,
      (trial) => shownStanding(trial)?.scoreDeviation,
    ),
    ...ofScore(
      "test",
      (trial) => trial.testScore,
      (trial) => shownStanding(trial)?.testScoreDeviation,
    ),
    {
      ...plain,
      name: "seeds",
      title: ["seeds", "", ""],
      digits: 0,
      relevant: several,
      rank: RANK.size,
      value: (trial) => shownStanding(trial)?.seeds,
    },
    ...retrainedColumns(experiment),
  ];
}

/** What trials were retrained to, where the front is not made of that. */
function retrainedColumns(experiment: Experiment): readonly Column[] {
  const { score } = taskKindOf(experiment.task);
  const beside = (trial: Trial) => standingBeside(experiment, trial);
  const common = { ...plain, rank: RANK.prediction };
  return [
    {
      ...{ ...common, name: `retrained_${score.name}`, title: [score.title, "retrained", "validation"] },
      ...{ value: (trial) => beside(trial)?.score, spread: (trial) => beside(trial)?.scoreDeviation },
    },
    {
      ...{ ...common, name: `retrained_test_${score.name}`, title: [score.title, "retrained", "test"] },
      ...{ value: (trial) => beside(trial)?.testScore, spread: (trial) => beside(trial)?.testScoreDeviation },
    },
  ];
}

/** Latency always bears on the experiment; the other costs do if they have a budget or are an objective, or the device was asked for. */
function deviceColumns({ experiment, values, objectives, device: asked }: Shown, device: string): Column[] {
  const found = experiment.devices.find(({ name }) => name === device);
  const { budgets = {} } = found ?? {};
  const { hints = false, latencyIs = "predicted" } = found ? deviceKindOf(found) : {};
  const among = (list: readonly Objective[], cost: CostName) =>
    list.some((objective) => isCost(objective.metric) && objective.metric === cost && "device" in objective && objective.device === device);
  return costNames.flatMap((cost) => {
    const compared = among(objectives, cost);
    const relevant =
      asked !== undefined || compared || among(experiment.objectives, cost) || cost === "latencyMs" || budgets[cost] !== undefined;
    const { title, factor, digits } = costTitles[cost];
    const { yaml, column } = metricNames[cost];
    const mark = (how: string) => (trial: Trial) => {
      const isOver = ({ kind, ...one }: Exceeded) => one.device === device && one.cost === cost && (how === "" || how === kind);
      return exceededBudgets(experiment, trial).some(isOver) ? "!" : "";
    };
    const common = { digits, factor, relevant, aliases: [`${yaml}@${device}`, `${column}@${device}`, yaml, column] };
    if (cost !== "latencyMs") {
      // Memory and energy of this machine are not known; the profile of another hints at them.
      const value = (trial: Trial) => (hints ? estimated(trial, device, cost) : costOf(trial, device, cost));
      const rank = RANK.cost;
      return [
        {
          ...common,
          name: `${column}${hints ? "_predicted" : ""}@${device}`,
          title: [device, title, hints ? "predicted" : ""],
          compared,
          rank,
          value,
          mark: mark(""),
        },
      ];
    }
    const ofKind = (how: "predicted" | "measured", rank: number, value: Column["value"]): Column => ({
      ...common,
      name: `${column}_${how}@${device}`,
      title: [device, title, how === "predicted" ? latencyIs : how],
      compared: compared && values.kind(device, cost) === how,
      rank,
      value,
      mark: mark(how),
    });
    return [
      ofKind("predicted", hints ? RANK.prediction : RANK.latency, (trial) => estimated(trial, device, cost)),
      ofKind("measured", RANK.latency, (trial) => measured(trial, device, cost)?.value),
    ];
  });
}

/**
 * The columns of these names, which may also be written as objectives are: `latency@local` for all that is known of it.
 * @throws InputError for a name that no column has.
 */
export function chooseColumns(all: readonly Column[], names: readonly string[]): readonly Column[] {
  const known = all.map(({ name }) => name);
  return names.flatMap((name) => {
    const found = all.filter((column) => column.name === name);
    const others = all.filter(({ aliases }) => aliases.includes(name));
    if (found.length > 0 || others.length > 0) return found.length > 0 ? found : others;
    if (name === "trial" || name === "architecture") return [];
    throw new InputError(`there is no column '${name}'`, {
      expected: `one of ${known.join(", ")}`,
      suggestion: nearestSpelling(name, known),
    });
  });
}

/**
 * A column's values of these trials in its shown unit, absent where unknown; `88.40 ± 0.31` where there is a spread. Of what was compared, with so many digits that different
 * values look different: by rounded values one trial could seem to dominate another.
 */
export function columnTexts(column: Column, trials: readonly Trial[]): readonly (string | undefined)[] {
  const values = trials.map((trial) => {
    const value = column.value(trial);
    return value === undefined ? undefined : value * column.factor;
  });
  const digits = column.compared ? enoughDigits(values, column.digits) : column.digits;
  const spreads = trials.map((trial) => column.spread?.(trial));
  const spreadText = (i: number) => {
    const spread = spreads[i];
    return spread === undefined ? "" : ` ± ${(spread * column.factor).toFixed(column.digits)}`;
  };
  return values.map((value, i) => (value === undefined ? undefined : `${value.toFixed(digits)}${spreadText(i)}`));
}

function enoughDigits(values: readonly (number | undefined)[], digits: number): number {
  const known = values.filter((value) => value !== undefined);
  const distinct = new Set(known).size;
  let enough = digits;
  while (enough < digits + 6 && new Set(known.map((value) => value.toFixed(enough))).size < distinct) enough++;
  return enough;
}
