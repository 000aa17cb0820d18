/** The front as a stand-alone SVG that can be printed. */
import { type Experiment, formatObjective, kindOf, metricNames, type Objective, type Trial } from "@archwright/core";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { exceededBudgets } from "../query/exceeded.ts";
import type { Front } from "../query/front.ts";
import type { Values } from "../query/values.ts";

/** What is drawn: a front, and where it comes from. */
export type Picture = Front & { readonly run: string; readonly experiment: Experiment };

/** An objective on an axis or a scale. */
interface Axis {
  readonly name: string;
  readonly unit: string;
  readonly value: (trial: Trial) => number;
}

const scales = {
  memory: { unit: "KiB", factor: 1 / 1024 },
  time: { unit: "ms", factor: 1 },
  energy: { unit: "mJ", factor: 1 },
  percent: { unit: "%", factor: 1 },
  count: { unit: "thousands", factor: 1e-3 },
} as const;

function axisOf(objective: Objective, values: Values, experiment: Experiment): Axis {
  const { unit, factor } = scales[metricNames[objective.metric].dimension];
  const name = objective.metric === "error" ? "validation error" : formatObjective(objective).replace("_", " ");
  return {
    name,
    unit: `(${unit})${"device" in objective ? `, ${howKnown(objective, values, experiment)}` : ""}`,
    value: (trial) => (values.objective(trial, objective) ?? Number.NaN) * factor,
  };
}

function howKnown({ device, metric }: Extract<Objective, { device: string }>, values: Values, { devices }: Experiment): string {
  const found = devices.find(({ name }) => name === device);
  const how = values.kind(device, metric);
  return found && how === "predicted" ? kindOf(found).latencyIs : how;
}

const labelOf = ({ name, unit }: Axis) => (unit === "" ? name : `${name} ${unit}`);

interface Point {
  readonly x: number;
  readonly y: number;
  /** Value of the third objective. */
  readonly third: number;
  readonly group: Group;
  readonly number: string;
  readonly title: string;
}

type Group = "front" | "over" | "other";

const groups: Record<Group, { readonly legend: string; readonly symbol: "circle" | "triangle" | "ring" }> = {
  front: { legend: "front, with trial number", symbol: "circle" },
  over: { legend: "front, above a budget", symbol: "triangle" },
  other: { legend: "other feasible trials", symbol: "ring" },
};

/** As much of a drawn plot as is used here; the drawing library speaks of a browser's types. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

const size = { plot: 580, height: 520, left: 80, top: 78, bottom: 58 } as const;
const ink = { front: "#c2410c", other: "#6b7280", text: "#111111" } as const;
/** Light to dark, so that it can be told apart without colours too. */
const shades = ["#fde68a", "#fdba74", "#f97316", "#b91c1c", "#450a0a"] as const;

/**
 * The compared trials, and the front among them, at the values that were compared. The second objective goes across, the
 * first goes up; a third is the shade of the front's points. One objective alone is drawn over the trials, with the best so far.
 */
export function renderPlot(picture: Picture): string {
  const { experiment, objectives, values, compared, trials, run } = picture;
  const [up, second, third] = objectives.map((objective) => axisOf(objective, values, experiment)) as [Axis, Axis?, Axis?];
  const across: Axis = second ?? { name: "trial, in the order of the search", unit: "", value: (trial) => trial.number };
  const members = new Set(trials.map(({ number }) => number));
  const points = compared.map((trial): Point => {
    const group = members.has(trial.number) ? (exceededBudgets(experiment, trial).length > 0 ? "over" : "front") : "other";
    const title = `trial ${trial.number}: ${trial.architecture}`;
    return { x: across.value(trial), y: up.value(trial), third: third?.value(trial) ?? 0, group, number: String(trial.number), title };
  });
  const front = points.filter(({ group }) => group !== "other").sort((a, b) => a.x - b.x);
  const shade = shadeOf(front.map((point) => point.third));
  const fill = (point: Point) => (third ? shade.of(point.third) : ink.front);
  // Room for the legend's longest line.
  const right = Math.max(200, 40 + 8.5 * (third?.name.length ?? 0));
  const width = size.left + size.plot + right;
  const left = size.left + size.plot + 20;
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const dots = (group: Group) => {
    const own = points.filter((point) => point.group === group);
    const { symbol } = groups[group];
    if (symbol === "ring") return Plot.dot(own, { x: "x", y: "y", r: 2.5, fill: "white", stroke: ink.other, title: "title" });
    return Plot.dot(own, { x: "x", y: "y", symbol, r: 5, fill, stroke: ink.text, title: "title" });
  };
  const svg = Plot.plot({
    document: document as never,
    width,
    height: size.height,
    marginLeft: size.left,
    marginRight: right,
    marginTop: size.top,
    marginBottom: size.bottom,
    inset: 14,
    grid: true,
    style: { background: "white", color: ink.text, fontFamily: "sans-serif", fontSize: "13px" },
    x: { label: labelOf(across), labelAnchor: "center", labelArrow: "none", ...scaleOf(points.map(({ x }) => x)) },
    y: { label: labelOf(up), labelAnchor: "center", labelArrow: "none", ...scaleOf(points.map(({ y }) => y)) },
    marks: [
      dots("other"),
      ...(third ? [] : [Plot.lineY(second ? front : bestSoFar(points), { x: "x", y: "y", curve: "step-after", stroke: ink.front })]),
      dots("front"),
      dots("over"),
      Plot.text(front, {
        x: "x",
        y: "y",
        text: "number",
        dy: -12,
        dx: 4,
        textAnchor: "start",
        stroke: "white",
        fill: ink.text,
        fontSize: 11,
      }),
    ],
  }) as unknown as Drawn;
  const title = `${experiment.name}: the front of ${run}`;
  const devices = experiment.devices.map(({ name }) => name).join(", ");
  const subtitle = `${devices === "" ? "" : `on ${devices}; `}${trials.length} of ${compared.length} feasible trials`;
  const heading = [text(size.left, 26, cut(title, 60), 18, "bold"), text(size.left, 48, cut(subtitle, 110), 13)];
  const present = (["front", "over", "other"] as const).filter((group) => points.some((point) => point.group === group));
  const legend = [
    ...present.flatMap((group, i) => legendEntry(group, left, i, third ? "white" : ink.front)),
    ...(third ? shade.legend(third, left, present.length) : []),
  ];
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const added = `<title>${escaped(title)}</title><g aria-label="heading" text-anchor="start">${heading.join("")}</g><g aria-label="legend" text-anchor="start">${legend.join("")}</g>`;
  return `${svg.outerHTML.replace(/<\/svg>$/, "")}${added}</svg>\n`;
}

/** Room on both sides where all values are the same or there is none, which a scale cannot span. */
function scaleOf(values: readonly number[]): { readonly domain?: [number, number]; readonly nice?: boolean } {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return { domain: [0, 1] };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (low < high) return { nice: true };
  const room = Math.abs(low) / 10 || 1;
  return { domain: [low - room, high + room] };
}

/** The smallest value up to each trial. */
function bestSoFar(points: readonly Point[]): readonly Point[] {
  let best = Number.POSITIVE_INFINITY;
  return [...points]
    .sort((a, b) => a.x - b.x)
    .map((point) => {
      best = Math.min(best, point.y);
      return { ...point, y: best };
    });
}

/** Shades of the third objective, in as many steps of the same width as there are shades. */
function shadeOf(values: readonly number[]) {
  const [low, high] = values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)];
  const step = (high - low) / shades.length;
  const edge = (i: number) => Number((low + i * step).toPrecision(3));
  return {
    of: (value: number) => shades[step === 0 ? 0 : Math.min(shades.length - 1, Math.floor((value - low) / step))] as string,
    legend: ({ name, unit }: Axis, x: number, entries: number): string[] => {
      const y = size.top + 36 + entries * 24;
      const steps = step === 0 ? shades.slice(0, 1) : shades;
      return [
        text(x, y, name, 12, "bold"),
        text(x, y + 16, unit, 12),
        ...steps.flatMap((shade, i) => [
          `<rect x="${x}" y="${y + 26 + i * 22}" width="22" height="16" fill="${shade}" stroke="${ink.text}"/>`,
          text(x + 30, y + 39 + i * 22, step === 0 ? String(edge(0)) : `${edge(i)} to ${edge(i + 1)}`, 12),
        ]),
      ];
    },
  };
}

function legendEntry(group: Group, left: number, index: number, fill: string): string[] {
  const [x, y] = [left + 8, size.top + 16 + index * 24];
  const shape = {
    circle: `<path d="M${x - 5},${y}a5,5 0 1,0 10,0a5,5 0 1,0 -10,0" fill="${fill}" stroke="${ink.text}"/>`,
    triangle: `<path d="M${x},${y - 6}l6,11h-12z" fill="${fill}" stroke="${ink.text}"/>`,
    ring: `<path d="M${x - 2.5},${y}a2.5,2.5 0 1,0 5,0a2.5,2.5 0 1,0 -5,0" stroke="${ink.other}" fill="white"/>`,
  }[groups[group].symbol];
  return [shape, text(x + 16, y + 4, groups[group].legend, 12)];
}

function cut(content: string, longest: number): string {
  return content.length <= longest ? content : `${content.slice(0, longest - 1)}…`;
}

function text(x: number, y: number, content: string, fontSize: number, weight = "normal"): string {
  return `<text x="${x}" y="${y}" font-size="${fontSize}" font-weight="${weight}" fill="${ink.text}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
