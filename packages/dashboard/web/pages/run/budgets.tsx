/** Sliders for the budgets of every device: the plot shows at once what is left within them. */
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { announce } from "../../data/announce.ts";
import { fullTitle, shortTitle, shownUnit } from "../../data/columns.ts";
import { formatCount, formatNumber, formatValue, shortened } from "../../data/format.ts";
import type { Column } from "../../data/points.ts";
import { limitAt, positionOf, type SliderScale, sliderScale, spread, steps } from "../../data/slider.ts";
import type { RunView } from "./view.ts";

const bins = 40;

export function Budgets({ view }: { readonly view: RunView }) {
  const version = view.data.value;
  const groups = useMemo(() => groupsOf(view), [view, version]);
  return (
    <section class="panel budgets" aria-labelledby="budgets-title">
      <div class="row spread">
        <h2 id="budgets-title">Limits</h2>
        <ClearLimits view={view} />
      </div>
      <Counts view={view} />
      <Best view={view} />
      {groups.map(({ name, sliders }) => (
        <details key={name} open={name === "" || name === view.device.value}>
          <summary>{name === "" ? "Network" : shortened(name, 60)}</summary>
          <div class="sliders">
            {sliders.map(({ column, scale }) => (
              <Slider key={column.info.name} view={view} column={column} scale={scale} version={version} />
            ))}
          </div>
        </details>
      ))}
    </section>
  );
}

interface Group {
  /** A device, or nothing for what belongs to no device. */
  readonly name: string;
  readonly sliders: readonly { readonly column: Column; readonly scale: SliderScale }[];
}

/** What belongs to no device, then one device after the other. */
function groupsOf(view: RunView): readonly Group[] {
  const groups = new Map<string, { readonly column: Column; readonly scale: SliderScale }[]>();
  for (const column of view.columns) {
    const scale = sliderScale(view.table, column);
    if (!scale) continue;
    const name = column.info.device ?? "";
    groups.set(name, [...(groups.get(name) ?? []), { column, scale }]);
  }
  return [...groups].map(([name, sliders]) => ({ name, sliders })).sort((a, b) => Number(a.name !== "") - Number(b.name !== ""));
}

interface SliderProps {
  readonly view: RunView;
  readonly column: Column;
  readonly scale: SliderScale;
  readonly version: number;
}

function Slider({ view, column, scale, version }: SliderProps) {
  const { info } = column;
  // Of all sliders only the one that moves is drawn anew.
  const limit = useComputed(() => (view.limits.value < 0 ? undefined : view.filter.limits.get(info.name))).value;
  const unit = shownUnit(info, scale.most);
  const sign = scale.better === "lower" ? "≤" : "≥";
  const text = limit === undefined ? "any" : `${sign} ${formatValue(limit, info.unit)}`;
  const position = positionOf(scale, limit);
  const tell = () => {
    view.remember();
    const { within, front } = view.remaining.value;
    announce(`${formatCount(within)} trials within the limits, ${formatCount(front.length)} on the front`);
  };
  const write = (written: string) => {
    const number = Number(written.replace(/[,\s]/g, ""));
    view.setLimit(info.name, written.trim() === "" || !Number.isFinite(number) ? undefined : number / unit.factor);
    tell();
  };
  const id = `limit-${info.name}`;
  return (
    <div class="slider" data-limited={limit !== undefined}>
      <label for={id}>{shortTitle(info)}</label>
      <span class="typed">
        {sign}{" "}
        <input
          type="text"
          inputMode="decimal"
          placeholder="any"
          aria-label={`Limit of ${fullTitle(info)}${unit.unit === "" ? "" : ` in ${unit.unit}`}`}
          value={limit === undefined ? "" : formatNumber(limit * unit.factor)}
          onChange={(event) => write(event.currentTarget.value)}
        />{" "}
        <span class="unit">{unit.unit}</span>
      </span>
      <Spread view={view} column={column} scale={scale} version={version} position={position} />
      <input
        id={id}
        type="range"
        min={0}
        max={steps}
        value={position}
        aria-valuetext={text}
        onInput={(event) => view.setLimit(info.name, limitAt(scale, Number(event.currentTarget.value)))}
        onChange={tell}
      />
      {info.budget !== null && (
        <span class="note">
          the experiment's budget: {sign} {formatValue(info.budget, info.unit)}
        </span>
      )}
    </div>
  );
}

/** How the trials lie along the slider; those outside of its limit are pale. */
function Spread({ view, column, scale, version, position }: SliderProps & { readonly position: number }) {
  const bars = useMemo(() => {
    const path = spread(view.table, column, scale, bins)
      .map((share, i) => (share === 0 ? "" : `M${i} 20V${(20 - Math.max(1, 20 * share)).toFixed(1)}h.9V20z`))
      .join("");
    return <path d={path} />;
  }, [view, column, scale, version]);
  const at = (position / steps) * bins;
  return (
    <svg class="spread" viewBox={`0 0 ${bins} 20`} preserveAspectRatio="none" aria-hidden="true">
      <g>{bars}</g>
      <rect class="veil" x={scale.better === "lower" ? at : 0} y={0} width={scale.better === "lower" ? bins - at : at} height={20} />
    </svg>
  );
}

function ClearLimits({ view }: { readonly view: RunView }) {
  view.limits.value;
  return (
    <button type="button" disabled={view.filter.limits.size === 0} onClick={() => view.clearLimits()}>
      Clear
    </button>
  );
}

function Counts({ view }: { readonly view: RunView }) {
  const { within, front, ownFront } = view.remaining.value;
  view.data.value;
  const all = view.table.front.length;
  return (
    <dl class="counts">
      <div>
        <dt>Within the limits</dt>
        <dd data-count="within">{formatCount(within)}</dd>
      </div>
      <div>
        <dt>Front of the plot's axes</dt>
        <dd data-count="front">{formatCount(front.length)}</dd>
      </div>
      {all > 0 && (
        <div>
          <dt>Of the experiment's front</dt>
          <dd>
            {formatCount(ownFront.length)} of {formatCount(all)}
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The best that is left by each objective; where nothing is left, what to loosen. */
function Best({ view }: { readonly view: RunView }) {
  const { within } = view.remaining.value;
  view.data.value;
  if (view.table.count === 0) return null;
  if (within === 0) return <NothingLeft view={view} />;
  const objectives = view.columns.filter(({ info }) => info.objective);
  const shown =
    objectives.length > 0 ? objectives : view.columns.filter(({ info }) => info.name === view.x.value || info.name === view.y.value);
  return (
    <dl class="best">
      {shown.map((column) => {
        const best = view.filter.best(column);
        const number = best && view.table.number[best.row];
        return (
          <div key={column.info.name}>
            <dt>Best {fullTitle(column.info)}</dt>
            <dd>
              {formatValue(best?.value, column.info.unit)}
              {number !== undefined && (
                <button
                  type="button"
                  class="link small"
                  aria-pressed={view.pins.value.includes(number)}
                  onClick={() => view.togglePin(number)}
                  aria-label={`Pin trial ${number}`}
                >
                  #{number}
                </button>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function NothingLeft({ view }: { readonly view: RunView }) {
  view.limits.value;
  if (view.filter.limits.size === 0) {
    return <p class="note">No trial is feasible yet.</p>;
  }
  const tightest = view.filter.tightest();
  const info = tightest && view.column(tightest.name)?.info;
  return (
    <div class="nothing-left">
      <p>No trial is within all limits.</p>
      {tightest && info ? (
        <button
          type="button"
          onClick={() => {
            view.setLimit(tightest.name, undefined);
            view.remember();
          }}
        >
          Lift {shortTitle(info)} ({formatCount(tightest.without)} left)
        </button>
      ) : (
        <p>Loosen more than one of them.</p>
      )}
    </div>
  );
}
