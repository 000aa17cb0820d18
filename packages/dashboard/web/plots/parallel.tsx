/** Parallel coordinates: each trial a line across upright axes, one for each of its numbers. */
import { useEffect, useRef } from "preact/hooks";
import { fullTitle, shortTitle } from "../data/columns.ts";
import { formatValue } from "../data/format.ts";
import { type Column, extentOf, type PointTable, standing } from "../data/points.ts";
import { colourChanges } from "../data/theme.ts";
import { cssOf, pixelOf } from "./colours.ts";
import { useWidth } from "./lines.tsx";

interface ParallelProps {
  readonly table: PointTable;
  readonly columns: readonly Column[];
  /** Rows that stand out, over a sample of the others. */
  readonly front: Int32Array;
  readonly pinned: readonly number[];
  readonly outside: Uint8Array;
}

/** More lines make a grey area. */
const mostLines = 300;
/** Narrower, their names would run into each other: then the picture scrolls. */
const leastBetween = 136;
const height = 260;
const inset = { side: 72, top: 12, bottom: 64 };

/** The better end of each axis is up. */
export function Parallel({ table, columns, front, pinned, outside }: ParallelProps) {
  const box = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useWidth(box);
  const changed = colourChanges.value;
  const axes = columns.flatMap((column) => {
    const extent = extentOf(column.values, table.count, (row) => table.standing[row] === standing.compared);
    if (!extent) return [];
    const [bottom, top] = column.info.better === "lower" ? [extent[1], extent[0]] : extent;
    return [{ column, bottom, top }];
  });
  const width = Math.max(room, 2 * inset.side + leastBetween * (axes.length - 1));
  const left = (i: number) => inset.side + (axes.length < 2 ? 0 : (i * (width - 2 * inset.side)) / (axes.length - 1));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || changed < 0) return;
    const scale = Math.min(2, Math.max(1, devicePixelRatio));
    context.canvas.width = width * scale;
    context.canvas.height = height * scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const draw = (row: number) => {
      context.beginPath();
      let drawing = false;
      axes.forEach(({ column, bottom, top }, i) => {
        const share = ((column.values[row] ?? Number.NaN) - bottom) / (top - bottom || 1);
        // What is not known has no place: the line has a gap there.
        if (Number.isNaN(share)) drawing = false;
        else {
          const y = height - inset.bottom - share * (height - inset.top - inset.bottom);
          if (drawing) context.lineTo(left(i), y);
          else context.moveTo(left(i), y);
          drawing = true;
        }
      });
      context.stroke();
    };
    const onFront = new Set(front);
    const others = Array.from({ length: table.count }, (_, row) => row).filter(
      (row) => table.standing[row] === standing.compared && outside[row] === 0 && !onFront.has(row),
    );
    const every = Math.max(1, Math.ceil(others.length / mostLines));
    context.strokeStyle = cssOf(pixelOf("--faint"));
    context.lineWidth = 1;
    others.filter((_, i) => i % every === 0).forEach(draw);
    context.strokeStyle = cssOf(pixelOf("--accent"));
    context.lineWidth = 1.2;
    front.subarray(0, mostLines).forEach(draw);
    context.strokeStyle = cssOf(pixelOf("--text"));
    context.lineWidth = 2;
    pinned.forEach(draw);
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls, which the keyboard can do too
    <section ref={box} class="parallel" tabIndex={0} aria-label="Parallel axes">
      <canvas ref={canvas} style={{ width: `${width}px` }} />
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Trials across ${axes.map(({ column }) => fullTitle(column.info)).join("; ")}. The tables below hold the numbers.`}
      >
        {axes.map(({ column, bottom, top }, i) => (
          <g key={column.info.name}>
            <line class="axis-line" x1={left(i)} x2={left(i)} y1={inset.top} y2={height - inset.bottom} />
            <text x={left(i)} y={inset.top - 2} text-anchor="middle">
              {formatValue(top, column.info.unit, 3)}
            </text>
            <text x={left(i)} y={height - inset.bottom + 16} text-anchor="middle">
              {formatValue(bottom, column.info.unit, 3)}
            </text>
            <text class="name" x={left(i)} y={height - inset.bottom + 34} text-anchor="middle">
              {shortTitle(column.info).slice(0, 26)}
            </text>
            {column.info.device !== null && (
              <text x={left(i)} y={height - inset.bottom + 50} text-anchor="middle">
                {column.info.device.slice(0, 24)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </section>
  );
}
