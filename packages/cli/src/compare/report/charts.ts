/** Draws the pictures of a comparison as SVG. */
import type { Curve, LotteryResult, TaskResult } from "@archwright/core";
import * as Plot from "@observablehq/plot";
import { escaped } from "../../output/html.ts";
import { drawPlot } from "../../output/plot.ts";

/** Colours that differ for most eyes (Okabe and Ito), then repeated with dashes. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f"];

/** How the contender at a position is drawn everywhere. */
export function styleOf(position: number): { readonly stroke: string; readonly strokeDasharray: string } {
  return {
    stroke: colours[position % colours.length] as string,
    strokeDasharray: ["none", "6 3", "2 2"][Math.floor(position / colours.length) % 3] as string,
  };
}

/** Median of each curve with the band between its quartiles. */
export function drawCurves(curves: readonly Curve[], xLabel: string, yLabel: string, logarithmic = false): string {
  const marks = curves.flatMap((curve, i) => {
    const points = curve.at.map((at, j) => ({ at, low: curve.low[j], middle: curve.middle[j], high: curve.high[j] }));
    const shown = logarithmic ? points.filter(({ at }) => at > 0) : points;
    const style = styleOf(i);
    return [
      Plot.areaY(shown, { x: "at", y1: "low", y2: "high", fill: style.stroke, fillOpacity: 0.12 }),
      Plot.lineY(shown, { x: "at", y: "middle", strokeWidth: 1.8, ...style }),
    ];
  });
  return drawPlot(marks, { label: xLabel, ...(logarithmic && { type: "log" as const }) }, { label: yLabel });
}

/** Share of targets reached by evaluations. */
export function drawTargets({ contenders }: TaskResult): string {
  const marks = contenders.map(({ shareReached }, i) =>
    Plot.lineY(
      shareReached.map((share, evaluations) => ({ evaluations: evaluations + 1, share })),
      { x: "evaluations", y: "share", curve: "step-after", strokeWidth: 1.8, ...styleOf(i) },
    ),
  );
  return drawPlot(marks, { label: "evaluations" }, { label: "share of targets reached", domain: [0, 1] });
}

/** The surface that half of the repeats attain, and thinly those of a tenth and nine tenths. */
export function drawAttainment({ contenders, objectives }: TaskResult): string {
  const marks = contenders.flatMap(({ attainment }, i) =>
    attainment.map(({ share, corners }) =>
      Plot.line(
        corners.map(([first, second]) => ({ first, second })),
        { x: "second", y: "first", curve: "step-before", strokeWidth: share === 0.5 ? 2 : 0.7, ...styleOf(i) },
      ),
    ),
  );
  return drawPlot(marks, { label: objectives[1] as string, nice: true }, { label: objectives[0] as string, nice: true });
}

/** Beside each other: the default over seeds, and the means of the drawn settings. One value a dot, the box their quartiles. */
export function drawLottery(
  defaults: readonly { readonly label: string; readonly values: readonly number[] }[],
  lottery: readonly LotteryResult[],
  yLabel: string,
): string {
  const rows = [
    ...defaults.flatMap(({ label, values }) => values.map((value) => ({ label: `${label}: default, by seed`, value, kind: "seeds" }))),
    ...lottery.flatMap(({ algorithm, settings }) =>
      settings.map(({ means }) => ({ label: `${algorithm}: settings`, value: means.at(-1) as number, kind: "settings" })),
    ),
  ];
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  return drawPlot(
    [
      Plot.boxX(rows, {
        x: "value",
        y: "label",
        fill: ({ kind }: (typeof rows)[number]) => (kind === "seeds" ? "#9ecae1" : "#fdae6b"),
        r: 2,
      }),
    ],
    { label: yLabel, nice: true },
    { label: null, domain: labels },
    { marginLeft: 220, width: 720, height: 60 + 34 * labels.length },
  );
}

/** Demšar's diagram: mean ranks on a line, bars over those that cannot be told apart. */
export function drawRanks(
  contenders: readonly { readonly label: string; readonly meanRank: number }[],
  groups: readonly (readonly string[])[],
  criticalDifference: number,
): string {
  const sorted = [...contenders].sort((a, b) => a.meanRank - b.meanRank);
  const [width, left] = [720, 60];
  const x = (rank: number) => left + ((rank - 1) / Math.max(1, contenders.length - 1)) * (width - 2 * left - 160);
  const axisY = 50;
  const ticks = contenders.map(
    (_, i) =>
      `<path d="M${x(i + 1)},${axisY}v-7" stroke="#111"/><text x="${x(i + 1)}" y="${axisY - 11}" text-anchor="middle">${i + 1}</text>`,
  );
  const length = x(1 + criticalDifference) - x(1);
  const rankOf = new Map(contenders.map(({ label, meanRank }) => [label, meanRank]));
  const bars = groups.map((group, i) => {
    const ranks = group.map((label) => rankOf.get(label) as number);
    return `<path d="M${x(Math.min(...ranks)) - 4},${axisY + 12 + 8 * i}H${x(Math.max(...ranks)) + 4}" stroke="#111" stroke-width="4"/>`;
  });
  const below = axisY + 24 + 8 * groups.length;
  const names = sorted.map(({ label, meanRank }, i) => {
    const y = below + 20 * i;
    return `<path d="M${x(meanRank)},${axisY}V${y}H${width - 190}" fill="none" stroke="#555"/><text x="${width - 184}" y="${y + 4}">${escaped(label)} (${meanRank.toFixed(2)})</text>`;
  });
  const height = below + 20 * sorted.length + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="${width}" height="${height}" fill="white"/><path d="M${x(1)},14h${length}" stroke="#c00" stroke-width="3"/><text x="${x(1) + length + 6}" y="18" fill="#c00">critical difference ${criticalDifference.toFixed(2)}</text><path d="M${x(1)},${axisY}H${x(contenders.length)}" stroke="#111"/>${ticks.join("")}${bars.join("")}${names.join("")}</svg>`;
}
