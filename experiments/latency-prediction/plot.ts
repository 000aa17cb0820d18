/** One picture a space: a panel for each task, a line for each model and choice of what to measure. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { publishedValidation } from "./published.ts";
import type { Row } from "./results.ts";
import { allSeries, ceilingsOf, meanOver, rowsOf, sampleCounts, targetsOf } from "./summary.ts";
import type { SpaceName, StudyTask } from "./tasks.ts";

const panelsAcross = 4;
/** Correlations that are labelled; the axis is logarithmic in 1 − correlation, so that .97 and .98 can be told apart. */
const correlations = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];
const lowest = 0.5;
const highest = 0.995;
const titles: Readonly<Record<SpaceName, string>> = { nasbench201: "NAS-Bench-201", fbnet: "FBNet" };
const colours = ["#c2410c", "#f59e0b", "#7c3aed", "#c4b5fd", "#2563eb", "#0d9488", "#9aa5b1"];
const ceilingLabel = "ceiling (80 % of the column)";

/** As much of a drawn plot as is used here; the drawing library speaks of a browser's types. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/** Stand-alone SVG; undefined where nothing is recorded for the space. */
export function renderStudy(space: SpaceName, tasks: readonly StudyTask[], rows: readonly Row[]): string | undefined {
  const counts = sampleCounts(rows);
  const panels = tasks
    .filter((task) => task.space === space)
    .map((task, i) => ({ task, across: i % panelsAcross, down: Math.floor(i / panelsAcross) }));
  const points = panels.flatMap(({ task, across, down }) =>
    allSeries.flatMap((series) =>
      counts.flatMap((samples) => {
        const mean = meanOver(task, rowsOf(rows, task, series, samples), "spearmanMean");
        return mean === undefined ? [] : [{ across, down, series: series.label, samples, error: 1 - mean }];
      }),
    ),
  );
  if (points.length === 0) return undefined;
  const limits = panels.flatMap(({ task, across, down }) => {
    const mean = meanOver(task, ceilingsOf(rows, task), "spearmanMean");
    return mean === undefined ? [] : [{ across, down, error: 1 - mean }];
  });
  const used = allSeries.filter(({ label }) => points.some(({ series }) => series === label));
  // What is worse than the axis shows leaves the panel; a point beyond its edge would lie on the neighbour.
  const inside = points.filter(({ error }) => error <= 1 - lowest && error >= 1 - highest);
  const release = panels
    .filter(({ task }) => task.name === "validation")
    .map(({ across, down }) => ({ across, down, samples: 20, error: 1 - (publishedValidation[space].mean?.release ?? Number.NaN) }));
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const facets = { fx: "across", fy: "down" } as const;
  const svg: Drawn = Plot.plot({
    document: document as never,
    width: 1080,
    height: 620,
    marginTop: 64,
    marginLeft: 52,
    marginBottom: 44,
    style: { background: "white", fontFamily: "sans-serif", fontSize: "12px" },
    fx: { axis: null, padding: 0.08 },
    fy: { axis: null, padding: 0.2 },
    x: { type: "log", domain: [2.7, 56], label: null, ticks: counts as number[], tickFormat: (count: number) => String(count) },
    y: {
      type: "log",
      domain: [1 - lowest, 1 - highest],
      label: null,
      ticks: correlations.map((value) => 1 - value),
      tickFormat: (error: number) => (1 - error).toFixed(2).replace(/^0/, ""),
      grid: true,
    },
    color: { domain: used.map(({ label }) => label), range: used.map((series) => colours[allSeries.indexOf(series)] as string) },
    marks: [
      Plot.frame({ stroke: "#cbd5e1" }),
      Plot.ruleY(limits, { ...facets, y: "error", stroke: "#475569", strokeDasharray: "4 3" }),
      Plot.line(points, { ...facets, x: "samples", y: "error", stroke: "series", strokeWidth: 1.8, clip: true }),
      Plot.dot(inside, { ...facets, x: "samples", y: "error", fill: "series", r: 2.6 }),
      Plot.dot(release, { ...facets, x: "samples", y: "error", symbol: "diamond2", fill: "black", r: 4 }),
      Plot.text(release, {
        ...facets,
        x: "samples",
        y: "error",
        dy: 13,
        stroke: "white",
        strokeWidth: 4,
        fill: "black",
        text: () => "HELP's release",
      }),
      Plot.text(panels, {
        ...facets,
        frameAnchor: "top-left",
        dy: -16,
        fontWeight: "bold",
        text: ({ task }: (typeof panels)[number]) => `${task.name} (${targetsOf(task).length})`,
      }),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML.replace(
    "</svg>",
    `${legend(
      titles[space],
      used.map(({ label }) => label),
    )}</svg>`,
  )}\n`;
}

/** Title, legend and the axes' names, written over the margins: facets have one axis each, and a legend of the library is HTML. */
function legend(title: string, labels: readonly string[]): string {
  const heading = `<text x="52" y="16" font-size="15" font-weight="bold">${title}</text>`;
  const subtitle = "Spearman correlation, mean over the targets (their number in brackets)";
  const parts = [heading, `<text x="190" y="16" fill="#475569">${subtitle}</text>`];
  let x = 52;
  for (const label of [...labels, ceilingLabel]) {
    const colour = colours[allSeries.findIndex((series) => series.label === label)];
    const stroke = colour ? `stroke="${colour}" stroke-width="2.5"` : `stroke="#475569" stroke-dasharray="4 3"`;
    parts.push(`<line x1="${x}" x2="${x + 20}" y1="32" y2="32" ${stroke}/><text x="${x + 25}" y="36">${label}</text>`);
    x += 38 + 6.2 * label.length;
  }
  parts.push(`<text x="540" y="612" text-anchor="middle" fill="#475569">measurements on the new device</text>`);
  return `<g font-family="sans-serif" font-size="12" text-anchor="start">${parts.join("")}</g>`;
}
