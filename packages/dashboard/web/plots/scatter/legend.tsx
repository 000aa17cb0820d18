/** What the shapes and colours of the plot mean. */
import { type Signal, useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fullTitle } from "../../data/columns.ts";
import { formatValue } from "../../data/format.ts";
import { standing } from "../../data/points.ts";
import { colourChanges } from "../../data/theme.ts";
import type { RunView } from "../../pages/run/view.ts";
import type { Picture } from "./picture.ts";

export function Legend(props: { readonly view: RunView; readonly picture: Picture | undefined; readonly changes: Signal<number> }) {
  const { view, picture, changes } = props;
  [changes.value, view.data.value];
  const isLimited = useComputed(() => view.limits.value >= 0 && view.filter.limits.size > 0).value;
  const has = (wanted: number) => picture?.shows(wanted) ?? false;
  const colour = view.column(view.colour.value)?.info;
  return (
    <ul class="legend small">
      <li>
        <svg viewBox="-8 -8 16 16" aria-hidden="true">
          <path class="stairs" d="M-8 -5H0V5H8" />
          <circle class="on-front" r="4" />
        </svg>
        Front
      </li>
      <li>
        <svg viewBox="-8 -8 16 16" aria-hidden="true">
          <circle class="feasible" r="3.5" />
        </svg>
        Feasible
      </li>
      {has(standing.earlier) && (
        <li>
          <svg viewBox="-8 -8 16 16" aria-hidden="true">
            <circle class="earlier" r="3.5" />
          </svg>
          Trained shorter, not compared
        </li>
      )}
      {(has(standing.infeasible) || has(standing.failed)) && (
        <li>
          <svg viewBox="-8 -8 16 16" aria-hidden="true">
            <path class="infeasible" d="M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5" />
          </svg>
          Over the experiment's budget, or failed
        </li>
      )}
      {isLimited && (
        <li>
          <svg viewBox="-8 -8 16 16" aria-hidden="true">
            <circle class="filtered" r="2" />
          </svg>
          Outside the limits
        </li>
      )}
      {colour && picture?.shades && (
        <li class="shades">
          <span>{fullTitle(colour)}</span>
          <span>{formatValue(picture.shades[0], colour.unit, 3)}</span>
          <Ramp picture={picture} />
          <span>{formatValue(picture.shades[1], colour.unit, 3)}</span>
        </li>
      )}
    </ul>
  );
}

function Ramp({ picture }: { readonly picture: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const changed = colourChanges.value;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    const { ramp } = picture;
    if (!context || ramp.length === 0) return;
    const image = new ImageData(ramp.length, 1);
    new Uint32Array(image.data.buffer).set(ramp);
    context.putImageData(image, 0, 0);
  }, [picture, changed]);
  return <canvas ref={canvas} class="ramp" width={64} height={1} />;
}
