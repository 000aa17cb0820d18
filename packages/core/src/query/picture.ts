/** What a drawing of a front shows, without how it is drawn: axes, points, staircase, labels and legend. */
import { deviceKindOf } from "../devices/kinds/index.ts";
import { type Experiment, formatObjective, metricNames, type Objective, shownValue, type Trial } from "../experiment/index.ts";
import { taskKindOf } from "../tasks/index.ts";
import { exceededBudgets } from "./exceeded.ts";
import type { Front } from "./front.ts";
import { describeTrainings, shownStanding } from "./seeds/index.ts";
import type { Values } from "./values.ts";

/** A point of a drawing, in the units of the axes. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A trial as a point. */
export interface PicturePoint extends Place {
  readonly group: PictureGroup;
  readonly number: number;
  /** `trial 12: ARCHITECTURE`. */
  readonly title: string;
  /** Index of the step of the scale that its third objective falls into; 0 where there is no third. */
  readonly step: number;
  /** Ends of a bar through the point: its mean less and plus the standard deviation over seeds. */
  readonly bar?: { readonly from: Place; readonly to: Place };
}

/** On the front, on the front and above a budget, or feasible and dominated. */
export type PictureGroup = "front" | "over" | "other";

/** An objective, or the order of the search, along an edge. */
export interface PictureAxis {
  /** With the unit, and how the values are known: `latency@board (ms), predicted`. */
  readonly label: string;
  /** Smallest and largest value shown: never the same, and numbers even where there is no point. */
  readonly domain: readonly [number, number];
  /** Whether the ends may be rounded outwards. */
  readonly nice: boolean;
}

/** A third objective, in steps of the same width. */
export interface PictureScale {
  readonly name: string;
  /** `(ms), predicted`. */
  readonly unit: string;
  /** From the smallest values to the largest: `5.2 to 7.1`. */
  readonly steps: readonly string[];
}

/** All that is drawn of a front. */
export interface FrontPicture {
  readonly title: string;
  readonly subtitle: string;
  /** The second objective, or the trials in the order of the search where there is one objective. */
  readonly across: PictureAxis;
  /** The first objective. */
  readonly up: PictureAxis;
  /** The third objective, where there is one. */
  readonly third: PictureScale | undefined;
  /** All trials that were compared. */
  readonly points: readonly PicturePoint[];
  /** Corners of the staircase below which nothing was found; of one objective, of the best so far. None with a third objective. */
  readonly staircase: readonly Place[];
  /** The groups that have a point, with what a legend calls them. */
  readonly legend: readonly { readonly group: PictureGroup | "bar"; readonly text: string }[];
}

interface Axis {
  readonly name: string;
  readonly unit: string;
  readonly value: (trial: Trial) => number;
  /** Standard deviation over seeds, where it is known. */
  readonly spread?: (trial: Trial) => number | undefined;
}

const units = {
  memory: { unit: "KiB", factor: 1 / 1024 },
  time: { unit: "ms", factor: 1 },
  energy: { unit: "mJ", factor: 1 },
  percent: { unit: "%", factor: 1 },
  count: { unit: "thousands", factor: 1e-3 },
} as const;

const legendTexts: Readonly<Record<PictureGroup | "bar", string>> = {
  front: "front, with trial number",
  over: "front, above a budget",
  other: "other feasible trials",
  bar: "± deviation over seeds",
};

/** Into how many steps a third objective is divided. */
export const pictureSteps = 5;

/**
 * The compared trials, and the front among them, at the values that were compared. The second objective goes across, the
 * first goes up; a third is a scale of steps. One objective alone is shown over the trials, with the best so far.
 * @param run its id, for the title.
 */
export function frontPicture(experiment: Experiment, run: string, front: Front): FrontPicture {
  const { objectives, values, compared, trials } = front;
  const [up, second, third] = objectives.map((objective) => axisOf(objective, values, experiment)) as [Axis, Axis?, Axis?];
  const across: Axis = second ?? { name: "trial, in the order of the search", unit: "", value: (trial) => trial.number };
  const members = new Set(trials.map(({ number }) => number));
  const scale = scaleOf(third === undefined ? [] : trials.map(third.value));
  const points = compared.map((trial): PicturePoint => {
    const group = members.has(trial.number) ? (exceededBudgets(experiment, trial).length > 0 ? "over" : "front") : "other";
    const title = `trial ${trial.number}: ${trial.architecture}`;
    const step = third === undefined ? 0 : scale.step(third.value(trial));
    const place = { x: across.value(trial), y: up.value(trial) };
    return { ...place, group, number: trial.number, title, step, ...barOf(place, across.spread?.(trial), up.spread?.(trial)) };
  });
  const shown = points.flatMap((point) => [point, ...(point.bar ? [point.bar.from, point.bar.to] : [])]);
  const trained = describeTrainings(compared);
  const hasBars = shown.length > points.length;
  const onFront = points.filter(({ group }) => group !== "other");
  const devices = experiment.devices.map(({ name }) => name).join(", ");
  return {
    title: `${experiment.name}: the front of ${run}`,
    subtitle: `${devices === "" ? "" : `on ${devices}; `}${trials.length} of ${compared.length} feasible trials${trained === undefined ? "" : `, ${trained}`}`,
    across: spanned(
      across,
      shown.map(({ x }) => x),
    ),
    up: spanned(
      up,
      shown.map(({ y }) => y),
    ),
    third: third && { name: third.name, unit: third.unit, steps: scale.steps },
    points,
    staircase: third ? [] : staircase(second ? onFront : bestSoFar(points)),
    legend: (["front", "over", "other", "bar"] as const)
      .filter((group) => (group === "bar" ? hasBars : points.some((point) => point.group === group)))
      .map((group) => ({ group, text: legendTexts[group] })),
  };
}

/** A bar along one axis or the other; of two objectives one at most is a score. */
function barOf({ x, y }: Place, across: number | undefined, up: number | undefined): Pick<PicturePoint, "bar"> {
  if (across === undefined && up === undefined) return {};
  const [width, height] = [across ?? 0, up ?? 0];
  return { bar: { from: { x: x - width, y: y - height }, to: { x: x + width, y: y + height } } };
}

function axisOf(objective: Objective, values: Values, experiment: Experiment): Axis {
  const { task } = experiment;
  if (objective.metric === "own") {
    const value = (trial: Trial) => shownValue(objective, values.objective(trial, objective) ?? Number.NaN);
    return { name: objective.name.replaceAll("_", " "), unit: "", value };
  }
  const { unit, factor } = units[metricNames[objective.metric].dimension];
  const name = objective.metric === "error" ? taskKindOf(task).objective.title : formatObjective(objective, task).replace("_", " ");
  return {
    name,
    unit: `(${unit})${"device" in objective ? `, ${howKnown(objective, values, experiment)}` : ""}`,
    value: (trial) => (values.objective(trial, objective) ?? Number.NaN) * factor,
    ...(objective.metric === "error" ? { spread: (trial: Trial) => shownStanding(trial)?.scoreDeviation } : {}),
  };
}

function howKnown({ device, metric }: Extract<Objective, { device: string }>, values: Values, { devices }: Experiment): string {
  const found = devices.find(({ name }) => name === device);
  const how = values.kind(device, metric);
  return found && how === "predicted" ? deviceKindOf(found).latencyIs : how;
}

/** Room on both sides where all values are the same or there is none, which no axis can span. */
function spanned({ name, unit }: Axis, values: readonly number[]): PictureAxis {
  const label = unit === "" ? name : `${name} ${unit}`;
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return { label, domain: [0, 1], nice: false };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (low < high) return { label, domain: [low, high], nice: true };
  const room = Math.abs(low) / 10 || 1;
  return { label, domain: [low - room, high + room], nice: false };
}

/** From each point across to the next one's x, then to its y. */
function staircase(points: readonly Place[]): readonly Place[] {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  return sorted.flatMap(({ x, y }, i) => {
    const before = sorted[i - 1];
    return before === undefined
      ? [{ x, y }]
      : [
          { x, y: before.y },
          { x, y },
        ];
  });
}

/** The smallest value up to each trial. */
function bestSoFar(points: readonly Place[]): readonly Place[] {
  let best = Number.POSITIVE_INFINITY;
  return [...points]
    .sort((a, b) => a.x - b.x)
    .map(({ x, y }) => {
      best = Math.min(best, y);
      return { x, y: best };
    });
}

/** Steps of the same width from the smallest to the largest of the front's values; one where they are all the same. */
function scaleOf(values: readonly number[]): { readonly steps: readonly string[]; readonly step: (value: number) => number } {
  const [low, high] = values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)];
  const width = (high - low) / pictureSteps;
  const edge = (i: number) => Number((low + i * width).toPrecision(3));
  return {
    steps: width === 0 ? [String(edge(0))] : Array.from({ length: pictureSteps }, (_, i) => `${edge(i)} to ${edge(i + 1)}`),
    step: (value) => (width === 0 ? 0 : Math.min(pictureSteps - 1, Math.max(0, Math.floor((value - low) / width)))),
  };
}
