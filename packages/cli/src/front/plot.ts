/** Draws the picture of a front as a stand-alone SVG that can be printed. */
import type { FrontPicture, PictureAxis, PictureGroup, PicturePoint, PictureScale, pictureSteps } from "@archwright/core/query";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escaped } from "../output/html.ts";

const symbols: Record<PictureGroup, "circle" | "triangle" | "ring"> = { front: "circle", over: "triangle", other: "ring" };

/** As much of a drawn plot as is used here; the drawing library speaks of a browser's types. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

const size = { plot: 580, height: 520, left: 80, top: 78, bottom: 58 } as const;
const ink = { front: "#c2410c", other: "#6b7280", text: "#111111" } as const;
/** Light to dark, so that it can be told apart without colours too; one for each step of a scale. */
const shades = ["#fde68a", "#fdba74", "#f97316", "#b91c1c", "#450a0a"] as const satisfies readonly string[] & {
  length: typeof pictureSteps;
};

/** A third objective is the shade of the front's points. */
export function renderPlot({ title, subtitle, across, up, third, points, staircase, legend }: FrontPicture): string {
  const front = points.filter(({ group }) => group !== "other");
  const fill = ({ step }: PicturePoint) => (third ? (shades[step] as string) : ink.front);
  // Room for the legend's longest line.
  const right = Math.max(200, 40 + 8.5 * (third?.name.length ?? 0));
  const width = size.left + size.plot + right;
  const left = size.left + size.plot + 20;
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const dots = (group: PictureGroup) => {
    const own = points.filter((point) => point.group === group);
    const symbol = symbols[group];
    if (symbol === "ring") return Plot.dot(own, { x: "x", y: "y", r: 2.5, fill: "white", stroke: ink.other, title: "title" });
    return Plot.dot(own, { x: "x", y: "y", symbol, r: 5, fill, stroke: ink.text, title: "title" });
  };
  const svg = Plot.plot({
    document,
    width,
    height: size.height,
    marginLeft: size.left,
    marginRight: right,
    marginTop: size.top,
    marginBottom: size.bottom,
    inset: 14,
    grid: true,
    style: { background: "white", color: ink.text, fontFamily: "sans-serif", fontSize: "13px" },
    x: axis(across),
    y: axis(up),
    marks: [
      dots("other"),
      ...barMarks(points),
      ...(third ? [] : [Plot.line(staircase, { x: "x", y: "y", stroke: ink.front })]),
      dots("front"),
      dots("over"),
      Plot.text(front, {
        x: "x",
        y: "y",
        text: ({ number }: PicturePoint) => String(number),
        dy: -12,
        dx: 4,
        textAnchor: "start",
        stroke: "white",
        fill: ink.text,
        fontSize: 11,
      }),
    ],
  }) as unknown as Drawn;
  const heading = [text(size.left, 26, cut(title, 60), 18, "bold"), text(size.left, 48, cut(subtitle, 110), 13)];
  const entries = [
    ...legend.flatMap((entry, i) => legendEntry(entry, left, i, third ? "white" : ink.front)),
    ...(third ? scaleEntries(third, left, size.top + 36 + legend.length * 24) : []),
  ];
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const added = `<title>${escaped(title)}</title><g aria-label="heading" text-anchor="start">${heading.join("")}</g><g aria-label="legend" text-anchor="start">${entries.join("")}</g>`;
  return `${svg.outerHTML.replace(/<\/svg>$/, "")}${added}</svg>\n`;
}

/** The spread over seeds. */
function barMarks(points: readonly PicturePoint[]) {
  const bars = points.flatMap(({ bar, group }) => (bar ? [{ ...bar, stroke: group === "other" ? ink.other : ink.text }] : []));
  if (bars.length === 0) return [];
  const ends = { x1: "x1", y1: "y1", x2: "x2", y2: "y2", stroke: "stroke" };
  const data = bars.map(({ from, to, stroke }) => ({ x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke }));
  return [Plot.link(data, ends)];
}

function axis({ label, domain, nice }: PictureAxis) {
  return { label, labelAnchor: "center", labelArrow: "none", domain: [...domain], nice } as const;
}

function scaleEntries({ name, unit, steps }: PictureScale, x: number, y: number): string[] {
  return [
    text(x, y, name, 12, "bold"),
    text(x, y + 16, unit, 12),
    ...steps.flatMap((step, i) => [
      `<rect x="${x}" y="${y + 26 + i * 22}" width="22" height="16" fill="${shades[i]}" stroke="${ink.text}"/>`,
      text(x + 30, y + 39 + i * 22, step, 12),
    ]),
  ];
}

function legendEntry({ group, text: legend }: FrontPicture["legend"][number], left: number, index: number, fill: string): string[] {
  const [x, y] = [left + 8, size.top + 16 + index * 24];
  const shape = {
    circle: `<path d="M${x - 5},${y}a5,5 0 1,0 10,0a5,5 0 1,0 -10,0" fill="${fill}" stroke="${ink.text}"/>`,
    triangle: `<path d="M${x},${y - 6}l6,11h-12z" fill="${fill}" stroke="${ink.text}"/>`,
    ring: `<path d="M${x - 2.5},${y}a2.5,2.5 0 1,0 5,0a2.5,2.5 0 1,0 -5,0" stroke="${ink.other}" fill="white"/>`,
    line: `<path d="M${x},${y - 8}v16" stroke="${ink.text}"/>`,
  }[group === "bar" ? "line" : symbols[group]];
  return [shape, text(x + 16, y + 4, legend, 12)];
}

function cut(content: string, longest: number): string {
  return content.length <= longest ? content : `${content.slice(0, longest - 1)}…`;
}

function text(x: number, y: number, content: string, fontSize: number, weight = "normal"): string {
  return `<text x="${x}" y="${y}" font-size="${fontSize}" font-weight="${weight}" fill="${ink.text}">${escaped(content)}</text>`;
}
