/** One or several rising lines over a count: what a search had come to. */
import { scaleLinear } from "d3-scale";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount, formatNumber, shortened } from "../data/format.ts";
import { strokeOf } from "./strokes.ts";

export interface Line {
  readonly name: string;
  /** Corners of a staircase, from left to right. */
  readonly corners: readonly (readonly [x: number, y: number])[];
}

export interface LinesProps {
  /** What the picture shows, for who does not see it. */
  readonly label: string;
  readonly across: string;
  readonly up: string;
  readonly lines: readonly Line[];
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly formatX?: (value: number) => string;
  readonly formatY?: (value: number) => string;
  readonly height?: number;
  /** Whether a line runs level first and then up; else up first. */
  readonly levelFirst?: boolean;
}

const inset = { left: 56, right: 12, top: 8, bottom: 44 };

export function Lines(props: LinesProps) {
  const { label, across, up, lines, height = 240, levelFirst = true } = props;
  const { formatX = formatCount, formatY = (value: number) => formatNumber(value) } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const x = scaleLinear(props.x, [inset.left, width - inset.right]);
  const y = scaleLinear(props.y, [height - inset.bottom, inset.top]);
  return (
    <div ref={box} class="lines">
      <svg width={width} height={height} role="img" aria-label={label}>
        {x.ticks(Math.max(2, width / 110)).map((tick) => (
          <g key={tick}>
            <line class="grid" x1={x(tick)} x2={x(tick)} y1={inset.top} y2={height - inset.bottom} />
            <text x={x(tick)} y={height - inset.bottom + 16} text-anchor="middle">
              {formatX(tick)}
            </text>
          </g>
        ))}
        {y.ticks(Math.max(2, height / 56)).map((tick) => (
          <g key={tick}>
            <line class="grid" x1={inset.left} x2={width - inset.right} y1={y(tick)} y2={y(tick)} />
            <text x={inset.left - 8} y={y(tick) + 4} text-anchor="end">
              {formatY(tick)}
            </text>
          </g>
        ))}
        <text x={(inset.left + width - inset.right) / 2} y={height - 8} text-anchor="middle">
          {across}
        </text>
        <text text-anchor="middle" transform={`translate(12 ${(inset.top + height - inset.bottom) / 2}) rotate(-90)`}>
          {up}
        </text>
        {lines.map(({ name, corners }, i) => {
          const stroke = strokeOf(i);
          const path = corners.map(([cx, cy], at) => {
            const [left, top] = [x(cx).toFixed(1), y(cy).toFixed(1)];
            return at === 0 ? `M${left} ${top}` : levelFirst ? `H${left}V${top}` : `V${top}H${left}`;
          });
          return (
            <path key={name} class="line" d={path.join("")} stroke-dasharray={stroke.dashes} style={{ stroke: `var(${stroke.colour})` }} />
          );
        })}
      </svg>
    </div>
  );
}

/** Which line is whose. */
export function LineNames({ names }: { readonly names: readonly string[] }) {
  return (
    <ul class="legend small">
      {names.map((name, i) => {
        const stroke = strokeOf(i);
        return (
          <li key={name}>
            <svg viewBox="-14 -8 28 16" class="wide" aria-hidden="true">
              <path class="line" d="M-14 0H14" stroke-dasharray={stroke.dashes} style={{ stroke: `var(${stroke.colour})` }} />
            </svg>
            {shortened(name, 80)}
          </li>
        );
      })}
    </ul>
  );
}

/** The width that an element has, and takes on. */
export function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(480);
  useEffect(() => {
    const found = element.current;
    if (!found) return;
    const watch = new ResizeObserver(() => setWidth(Math.max(160, found.clientWidth)));
    watch.observe(found);
    return () => watch.disconnect();
  }, [element]);
  return width;
}
