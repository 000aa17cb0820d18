/** Draws the picture of a network's costs as a stand-alone SVG, for a file or a page. */
import { formatQuantity } from "../../base/index.ts";
import type { CostPicture, MemoryStep, RooflinePoint } from "./costPicture.ts";

const ink = { mark: "#c2410c", line: "#6b7280", grid: "#e5e7eb", text: "#111111" } as const;
const width = 1080;
const height = 480;

/** A panel's rectangle, in the units of the drawing. */
interface Panel {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const roofPanel: Panel = { left: 80, right: 540, top: 80, bottom: 410 };
const memoryPanel: Panel = { left: 660, right: 1050, top: 80, bottom: 410 };

/** From a value to its place. */
type Scale = (value: number) => number;

const logScale =
  ([low, high]: readonly [number, number], from: number, to: number): Scale =>
  (value) =>
    from + ((Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) * (to - from);

const linearScale =
  (high: number, from: number, to: number): Scale =>
  (value) =>
    from + (value / high) * (to - from);

/** Whole powers of ten around the values, at least two. */
function decades(values: readonly number[]): [number, number] {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const low = Math.floor(Math.min(...logs, 0));
  return [10 ** low, 10 ** Math.max(low + 2, Math.ceil(Math.max(...logs, 0)))];
}

function powersWithin([low, high]: readonly [number, number]): readonly number[] {
  const [first, last] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as XML may hold it: node names come from files. */
function escaped(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\u{fffd}").replace(/[&<>"]/g, (character) => escapes[character] as string);
}

const place = (value: number) => value.toFixed(1);

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${place(x)}" y="${place(y)}" ${attributes}>${escaped(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  return `<line x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}" ${attributes}/>`;
}

const frame = ({ left, right, top, bottom }: Panel) =>
  `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${ink.line}"/>`;

/** The picture as SVG. */
export function costSvg(picture: CostPicture): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${ink.text}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(20, 30, picture.title, 'font-size="16"'),
    ...drawRoofline(picture.roofline),
    ...drawMemory(picture.memory),
    "</svg>",
    "",
  ].join("\n");
}

function drawRoofline({ peak, peakLabel, roofs, points, left }: CostPicture["roofline"]): readonly string[] {
  const panel = roofPanel;
  const across = decades([
    ...points.map(({ intensity }) => intensity),
    ...roofs.flatMap(({ bytesPerSecond }) => [peak / bytesPerSecond, peak / bytesPerSecond / 10]),
  ]);
  const up = decades([peak, ...points.map(({ rate }) => rate)].map((value) => value / 1e9)).map((value) => value * 1e9) as [number, number];
  const x = logScale(across, panel.left, panel.right);
  const y = logScale(up, panel.bottom, panel.top);
  const grid = [
    ...powersWithin(across).flatMap((value) => [
      line(x(value), panel.top, x(value), panel.bottom, `stroke="${ink.grid}"`),
      text(x(value), panel.bottom + 18, String(Number(value.toPrecision(1))), 'text-anchor="middle"'),
    ]),
    ...powersWithin(up).flatMap((value) => [
      line(panel.left, y(value), panel.right, y(value), `stroke="${ink.grid}"`),
      text(panel.left - 6, y(value) + 4, `${formatQuantity(value, "count")}op/s`, 'text-anchor="end"'),
    ]),
  ];
  const roof = roofs.flatMap(({ label, bytesPerSecond }, i) => {
    // From the panel's lower or left edge up to where the roof meets the peak.
    const from = Math.max(across[0], up[0] / bytesPerSecond);
    const to = Math.min(across[1], peak / bytesPerSecond);
    if (!(from < to)) return [];
    const [labelX, labelY] = [x(from) + 6, y(from * bytesPerSecond) - 8 - 14 * i];
    return [
      line(x(from), y(from * bytesPerSecond), x(to), y(to * bytesPerSecond), `stroke="${ink.line}" stroke-width="1.5"`),
      text(labelX, Math.max(panel.top + 14, labelY), label, `fill="${ink.line}"`),
    ];
  });
  return [
    text(panel.left, 62, "operations a second, by operations a byte (log scales); larger dots take more of the time"),
    ...grid,
    frame(panel),
    ...roof,
    line(panel.left, y(peak), panel.right, y(peak), `stroke="${ink.text}" stroke-width="1.5"`),
    text(panel.right - 6, y(peak) - 6, peakLabel, 'text-anchor="end"'),
    ...points.map((point) => drawPoint(point, x, y)),
    text((panel.left + panel.right) / 2, panel.bottom + 40, "operations a byte", 'text-anchor="middle"'),
    ...(left > 0
      ? [text(panel.left, panel.bottom + 58, `${left} operators that compute nothing are not shown`, `fill="${ink.line}"`)]
      : []),
  ];
}

function drawPoint({ intensity, rate, share, title }: RooflinePoint, x: Scale, y: Scale): string {
  // Areas in proportion to time, but none too small to be seen.
  const radius = 2.5 + 14 * Math.sqrt(share);
  const circle = `<circle cx="${place(x(intensity))}" cy="${place(y(rate))}" r="${place(radius)}" fill="${ink.mark}" fill-opacity="0.6" stroke="${ink.mark}">`;
  return `${circle}<title>${escaped(title)}</title></circle>`;
}

function drawMemory({ steps, limitBytes, peakLabel }: CostPicture["memory"]): readonly string[] {
  const panel = memoryPanel;
  const most = Math.max(1, ...steps.map(({ bytes }) => bytes));
  // A limit far above the peak would flatten the curve: then it is only said.
  const shown = limitBytes !== undefined && limitBytes <= 4 * most;
  const high = 1.08 * Math.max(most, shown ? limitBytes : 0);
  const x = linearScale(Math.max(1, steps.length), panel.left, panel.right);
  const y = linearScale(high, panel.bottom, panel.top);
  const bars = steps.map(({ operator, bytes }: MemoryStep, i) => {
    const size = `x="${place(x(i))}" y="${place(y(bytes))}" width="${place(Math.max(0.5, x(i + 1) - x(i)))}" height="${place(panel.bottom - y(bytes))}"`;
    return `<rect ${size} fill="${ink.mark}" fill-opacity="0.6"><title>${escaped(`${operator}: ${formatQuantity(bytes, "memory")}`)}</title></rect>`;
  });
  const limit = limitBytes === undefined ? undefined : `${formatQuantity(limitBytes, "memory")} are there`;
  return [
    text(panel.left, 62, `working memory while each operator runs; at most ${peakLabel}`),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      line(panel.left, y(share * most), panel.right, y(share * most), `stroke="${ink.grid}"`),
      text(panel.left - 6, y(share * most) + 4, formatQuantity(share * most, "memory"), 'text-anchor="end"'),
    ]),
    ...bars,
    frame(panel),
    ...(shown ? [line(panel.left, y(limitBytes), panel.right, y(limitBytes), `stroke="${ink.text}" stroke-dasharray="6 4"`)] : []),
    ...(limit ? [text(panel.right - 6, shown ? y(limitBytes as number) - 6 : panel.top + 16, limit, 'text-anchor="end"')] : []),
    text((panel.left + panel.right) / 2, panel.bottom + 40, "operators, in the order in which they run", 'text-anchor="middle"'),
  ];
}
