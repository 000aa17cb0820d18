/** The reliability diagram: accuracy against confidence. */
import type { ReliabilityBin } from "@archwright/core";
import * as Plot from "@observablehq/plot";
import { drawPlot } from "../output/plot.ts";

/** Bars of accuracy with their 95 % intervals, and the diagonal on which a calibrated network lies. */
export function drawReliability(bins: readonly ReliabilityBin[]): string {
  const filled = bins.flatMap(({ from, to, confidence, accuracy }) =>
    confidence === undefined || accuracy === undefined ? [] : [{ from, to, confidence, accuracy: accuracy.value, ...accuracy }],
  );
  const marks = [
    Plot.rect(filled, { x1: "from", x2: "to", y1: 0, y2: "accuracy", fill: "#0072b2", fillOpacity: 0.5 }),
    Plot.line(
      [
        [0, 0],
        [1, 1],
      ],
      { stroke: "currentColor", strokeDasharray: "4 3" },
    ),
    Plot.ruleX(filled, { x: "confidence", y1: "low95", y2: "high95", stroke: "currentColor" }),
    Plot.dot(filled, { x: "confidence", y: "accuracy", fill: "currentColor", r: 3 }),
  ];
  return drawPlot(
    marks,
    { label: "confidence", domain: [0, 1] },
    { label: "accuracy", domain: [0, 1] },
    { width: 420, height: 400, style: { background: "none", color: "currentColor", fontFamily: "sans-serif", fontSize: "12px" } },
  );
}
