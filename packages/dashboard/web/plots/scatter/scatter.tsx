/** A run's trials over two of their numbers, to be looked at, zoomed into and pinned by mouse, finger or keyboard. */
import { effect, type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { announce } from "../../data/announce.ts";
import { fullTitle } from "../../data/columns.ts";
import { formatCount } from "../../data/format.ts";
import { colourChanges } from "../../data/theme.ts";
import type { RunView } from "../../pages/run/view.ts";
import { AxisTitles, Ticks } from "./axes.tsx";
import { followGestures, type Selection } from "./gestures.ts";
import { onKey } from "./keys.ts";
import { Legend } from "./legend.tsx";
import { Picture } from "./picture.ts";
import { Tip } from "./tip.tsx";

export function Scatter({ view }: { readonly view: RunView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture>();
  /** Counts up when axes, view or size have changed. */
  const changes = useSignal(0);
  const selection = useSignal<Selection | undefined>(undefined);

  useEffect(() => {
    if (!canvas.current || !area.current) return;
    const made = new Picture(view, canvas.current);
    setPicture(made);
    return keepDrawn(view, made, area.current, changes);
  }, [view, changes]);

  useEffect(() => {
    if (!picture || !area.current) return;
    return followGestures(area.current, picture, {
      hover: (row) => {
        view.hovered.value = row;
      },
      pin: (row) => pin(view, row),
      select: (box) => {
        selection.value = box;
      },
      changed: () => {
        changes.value++;
      },
    });
  }, [picture, view, changes, selection]);

  return (
    <figure class="scatter">
      <div class="plot">
        <div
          class="area"
          ref={area}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves among the trials of the plot
          tabIndex={0}
          role="application"
          aria-label={`Plot of ${titleOf(view, view.y.value)} over ${titleOf(view, view.x.value)}`}
          aria-describedby="scatter-keys"
          onKeyDown={(event) => {
            if (!picture || !onKey(event, picture, view)) return;
            event.preventDefault();
            changes.value++;
          }}
        >
          <canvas ref={canvas} />
          {picture && <Overlay view={view} picture={picture} changes={changes} selection={selection} />}
        </div>
        {picture && <Ticks picture={picture} changes={changes} />}
        <AxisTitles view={view} picture={picture} changes={changes} />
      </div>
      {picture && <PlotControls view={view} picture={picture} changes={changes} />}
      <Legend view={view} picture={picture} changes={changes} />
      <p id="scatter-keys" class="hidden">
        Left and right go along the front, Enter pins a trial. Plus and minus zoom, Shift with an arrow moves the view, 0 shows all.
      </p>
    </figure>
  );
}

const titleOf = (view: RunView, name: string) => {
  const info = view.column(name)?.info;
  return info ? fullTitle(info) : "nothing";
};

export function pin(view: RunView, row: number): void {
  const number = view.table.number[row];
  if (row < 0 || number === undefined) return;
  announce(view.togglePin(number) ? `Trial ${number} is pinned` : `Trial ${number} is no longer pinned`);
}

/** Draws once a frame whenever something has changed. Gives what ends it. */
function keepDrawn(view: RunView, picture: Picture, area: HTMLElement, changes: Signal<number>): () => void {
  let frame = 0;
  let [laidOut, limits] = [false, view.limits.peek()];
  const draw = () => {
    frame = 0;
    if (!laidOut) {
      picture.layOut();
      laidOut = true;
      changes.value++;
    }
    if (limits !== view.limits.peek()) {
      limits = view.limits.peek();
      view.recompute();
    }
    picture.draw();
  };
  const ask = () => {
    frame ||= requestAnimationFrame(draw);
  };
  const ends = [
    effect(() => {
      colourChanges.value;
      picture.setColours();
      changes.value = changes.peek() + 1;
      ask();
    }),
    effect(() => {
      [view.data.value, view.x.value, view.y.value, view.colour.value];
      laidOut = false;
      ask();
    }),
    effect(() => {
      [view.limits.value, view.pins.value, changes.value];
      ask();
    }),
  ];
  const watch = new ResizeObserver(() => {
    picture.resize(area.clientWidth, area.clientHeight);
    changes.value++;
  });
  watch.observe(area);
  return () => {
    cancelAnimationFrame(frame);
    watch.disconnect();
    for (const end of ends) end();
  };
}

interface Parts {
  readonly view: RunView;
  readonly picture: Picture;
  readonly changes: Signal<number>;
}

/** What lies over the trials: the pinned ones' numbers, the one that is looked at, the box that is drawn to zoom. */
function Overlay({ view, picture, changes, selection }: Parts & { readonly selection: Signal<Selection | undefined> }) {
  [changes.value, view.data.value];
  const box = selection.value;
  const pins = view.pins.value.flatMap((number) => {
    const row = view.table.rowOf(number);
    const place = row === undefined ? undefined : picture.positionOf(row);
    return place ? [{ number, ...place }] : [];
  });
  const place = view.hovered.value < 0 ? undefined : picture.positionOf(view.hovered.value);
  return (
    <>
      <svg class="over" aria-hidden="true">
        {pins.map(({ number, left, top }) => (
          <g key={number}>
            <circle class="pin" cx={left} cy={top} r={8} />
            <text class="pin-label" x={left + 11} y={top - 6}>
              {number}
            </text>
          </g>
        ))}
        {place && <circle class="cursor" cx={place.left} cy={place.top} r={7} />}
        {box && <rect class="selection" x={box.left} y={box.top} width={box.right - box.left} height={box.bottom - box.top} />}
      </svg>
      {place && !box && <Tip view={view} row={view.hovered.value} place={place} size={picture} />}
    </>
  );
}

function PlotControls({ view, picture, changes }: Parts) {
  [changes.value, view.data.value];
  const change = (work: () => void) => () => {
    work();
    changes.value++;
  };
  return (
    <div class="row small controls">
      <fieldset class="row">
        <legend class="hidden">View</legend>
        <button type="button" onClick={change(() => picture.zoom(0.7))} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={change(() => picture.zoom(1 / 0.7))} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={change(() => picture.reset())} disabled={!picture.isMoved}>
          Reset
        </button>
      </fieldset>
      {(["x", "y"] as const).map((axis) => (
        <label key={axis} class="check">
          <input
            type="checkbox"
            checked={picture[axis].logarithmic}
            onChange={(event) => {
              picture.setLogarithmic(axis, event.currentTarget.checked);
              changes.value++;
            }}
          />
          {axis === "x" ? "Log across" : "Log up"}
        </label>
      ))}
      <label class="check">
        <input
          type="checkbox"
          checked={picture.showBars}
          onChange={(event) => {
            picture.showBars = event.currentTarget.checked;
            changes.value++;
          }}
        />
        Error bars
      </label>
      {picture.unseen > 0 && <span class="muted">{formatCount(picture.unseen)} outside of the view</span>}
    </div>
  );
}
