/** Draws plots as SVG. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** As much of a drawn plot as is used here; the drawing library speaks of a browser's types. */
interface Drawn {
  readonly outerHTML: string;
}

type Marks = NonNullable<NonNullable<Parameters<typeof Plot.plot>[0]>["marks"]>;

/** A plot as a stand-alone SVG, with its axes labelled in the middle. */
export function drawPlot(marks: Marks, x: Plot.ScaleOptions, y: Plot.ScaleOptions, more: Plot.PlotOptions = {}): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    document,
    width: 560,
    height: 320,
    marginLeft: 60,
    marginBottom: 44,
    grid: true,
    style: { background: "white", color: "#111", fontFamily: "sans-serif", fontSize: "12px" },
    x: { labelAnchor: "center", labelArrow: "none", ...x },
    y: { labelAnchor: "center", labelArrow: "none", ...y },
    marks,
    ...more,
  }) as unknown as Drawn;
  return svg.outerHTML.replace(/^<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ');
}
