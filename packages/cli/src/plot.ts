import { type Experiment, formatObjective, metricNames, type Objective, objectiveValue, type Trial } from "@archwright/core";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** How objectives read on an axis: bytes as KiB, everything else as it is kept. */
function axisOf(objective: Objective): { readonly label: string; readonly factor: number } {
  const name = formatObjective(objective).replace("_", " ");
  switch (metricNames[objective.metric].dimension) {
    case "memory":
      return { label: `${name} (KiB)`, factor: 1 / 1024 };
    case "time":
      return { label: `${name} (ms)`, factor: 1 };
    case "energy":
      return { label: `${name} (mJ)`, factor: 1 };
    case "percent":
      return { label: `validation ${name} (%)`, factor: 1 };
    default:
      return { label: name, factor: 1 };
  }
}

/** As much of a drawn plot as is used here; the drawing library speaks of a browser's types. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/**
 * The front as a stand-alone SVG: all feasible trials, and the front as a staircase over them. The second objective goes
 * across, the first goes up; a third, where there is one, is the size of the dots.
 */
export function renderPlot(experiment: Experiment, trials: readonly Trial[], front: readonly Trial[]): string {
  const [first, second = first, third] = experiment.objectives as [Objective, Objective?, Objective?];
  const [up, across] = [axisOf(first), axisOf(second)];
  const onFront = new Set(front.map(({ number }) => number));
  const points = trials
    .filter(({ status }) => status === "feasible")
    .map((trial) => ({
      x: (objectiveValue(trial, second) ?? Number.NaN) * across.factor,
      y: (objectiveValue(trial, first) ?? Number.NaN) * up.factor,
      size: third ? (objectiveValue(trial, third) ?? 0) * axisOf(third).factor : 1,
      front: onFront.has(trial.number),
      title: `trial ${trial.number}: ${trial.architecture}`,
    }));
  const members = points.filter((point) => point.front).sort((a, b) => a.x - b.x);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg: Drawn = Plot.plot({
    document: document as never,
    width: 720,
    height: 480,
    marginLeft: 60,
    marginBottom: 44,
    grid: true,
    style: { background: "white", fontFamily: "sans-serif" },
    x: { label: across.label },
    y: { label: up.label },
    ...(third ? { r: { range: [2, 9] } } : {}),
    marks: [
      Plot.dot(
        points.filter((point) => !point.front),
        { x: "x", y: "y", ...(third ? { r: "size" } : { r: 2.5 }), fill: "#9aa5b1", title: "title" },
      ),
      ...(third ? [] : [Plot.lineY(members, { x: "x", y: "y", curve: "step-after", stroke: "#c2410c" })]),
      Plot.dot(members, { x: "x", y: "y", ...(third ? { r: "size" } : { r: 4 }), fill: "#c2410c", title: "title" }),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}
