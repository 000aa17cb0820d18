/** Several runs on one plot: their fronts, and how fast they came to them. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ColumnAnswer, RunDetailAnswer } from "../../src/contract/index.ts";
import { get } from "../data/api.ts";
import { firstAxes, fullTitle, shownUnit } from "../data/columns.ts";
import { formatCount, formatNumber, formatSeconds, formatValue, shortened } from "../data/format.ts";
import { onEvent } from "../data/live.ts";
import { linkTo } from "../data/route.ts";
import { bestScore } from "../data/runs.ts";
import { dominatedArea, joined, planeOf } from "../data/search.ts";
import { useLoaded } from "../parts/loaded.ts";
import { RunStatus } from "../parts/runState.tsx";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { LineNames, Lines } from "../plots/lines.tsx";
import { mostStrokes } from "../plots/strokes.ts";
import { RunView } from "./run/view.ts";

/** This page keeps in the address which runs it compares, and nothing else. */
const noSettings = new URLSearchParams();

export function ComparePage({ runs }: { readonly runs: readonly string[] }) {
  const ids = useMemo(() => [...new Set(runs)].slice(0, mostStrokes), [runs]);
  const key = JSON.stringify(ids);
  const { value, error, reload } = useLoaded(
    (signal) => Promise.all(ids.map((run) => get<RunDetailAnswer>(["runs", run], { signal }))),
    key,
  );
  return (
    <>
      <p class="crumbs">
        <a href={linkTo.runs}>Runs</a> / compared
      </p>
      <h1>Runs compared</h1>
      {runs.length > mostStrokes && (
        <p class="muted">
          The first {mostStrokes} of {formatCount(runs.length)} are shown: more lines cannot be told apart.
        </p>
      )}
      {ids.length === 0 && (
        <Empty title="No runs were chosen">
          <p>Tick two or more in the list of runs.</p>
          <a href={linkTo.runs}>All runs</a>
        </Empty>
      )}
      {error !== undefined && <Problem error={error} retry={reload} />}
      {value === undefined && error === undefined && <Loading what="the runs" />}
      {value && value.length > 0 && <Compared key={key} details={value} />}
    </>
  );
}

function Compared({ details }: { readonly details: readonly RunDetailAnswer[] }) {
  const [views] = useState(() => details.map(({ id }) => new RunView(id, noSettings)));
  useEffect(() => {
    const load = (view: RunView) => {
      view.load().catch(() => {});
    };
    views.forEach(load);
    const isOf = (data: unknown, view: RunView) => typeof data === "object" && data !== null && "run" in data && data.run === view.run;
    const ends = [
      onEvent("trials", (data) => views.filter((view) => isOf(data, view)).forEach(load)),
      onEvent("connected", () => views.forEach(load)),
    ];
    return () => {
      for (const end of ends) end();
      for (const view of views) view.close();
    };
  }, [views]);
  const names = details.map(({ algorithm, id, seed }) => `${shortened(id, 40)} (${shortened(algorithm, 30)}, seed ${seed})`);
  const failed = views.find(({ error }) => error.value !== undefined);
  return (
    <>
      <section class="panel" aria-label="Runs">
        <div class="scroll">
          <table class="cards">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">Experiment</th>
                <th scope="col">Status</th>
                <th scope="col" class="number">
                  Evaluations
                </th>
                <th scope="col" class="number">
                  Front
                </th>
                <th scope="col" class="number">
                  Best score
                </th>
                <th scope="col" class="number">
                  Time
                </th>
              </tr>
            </thead>
            <tbody>
              {details.map((run, i) => (
                <tr key={run.id}>
                  <th scope="row">
                    <a href={linkTo.run(run.id)}>{names[i]}</a>
                  </th>
                  <td data-label="Experiment">{shortened(run.experiment, 60)}</td>
                  <td data-label="Status">
                    <RunStatus status={run.status} />
                  </td>
                  <td class="number" data-label="Evaluations">
                    {run.progress.done === null ? "–" : formatCount(run.progress.done)}
                  </td>
                  <td class="number" data-label="Front">
                    {run.progress.front_size === null ? "–" : formatCount(run.progress.front_size)}
                  </td>
                  <td class="number" data-label={`Best ${shortened(run.score.title, 40)}`}>
                    {formatValue(bestScore(run), run.score.unit)}
                  </td>
                  <td class="number" data-label="Time">
                    {formatSeconds(run.seconds)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {failed && <Problem error={failed.error.value} retry={() => views.forEach((view) => void view.load().catch(() => {}))} />}
      <Plots views={views} names={names} />
    </>
  );
}

/** Columns that all of the runs have, and of which one way is better. */
function sharedColumns(views: readonly RunView[]): readonly ColumnAnswer[] {
  const [first, ...others] = views.filter(({ columns }) => columns.length > 0);
  const own = first?.columns.map(({ info }) => info) ?? [];
  return own.filter(({ name, better }) => better !== null && others.every((view) => view.columns.some(({ info }) => info.name === name)));
}

const chosen = signal<{ readonly x?: string; readonly y?: string }>({});

function Plots({ views, names }: { readonly views: readonly RunView[]; readonly names: readonly string[] }) {
  for (const view of views) [view.data.value, view.settled.value];
  const columns = sharedColumns(views);
  if (views.some(({ loading, error }) => loading.value && error.value === undefined)) return <Loading what="trials" />;
  if (columns.length < 2) {
    return (
      <Empty title="Nothing to compare by">
        <p>These runs have no two numbers in common of which one way is better. Runs of one task on one device do.</p>
      </Empty>
    );
  }
  const usual = firstAxes(columns);
  const axis = (name: "x" | "y") =>
    columns.find((column) => column.name === chosen.value[name]) ?? columns.find((column) => column.name === usual[name]);
  const [x, y] = [axis("x"), axis("y")];
  if (!x || !y) return null;
  for (const view of views) {
    if (view.x.peek() !== x.name) view.show("x", x.name);
    if (view.y.peek() !== y.name) view.show("y", y.name);
  }
  return (
    <section class="panel" aria-labelledby="fronts-title">
      <h2 id="fronts-title">Fronts</h2>
      <div class="row fields">
        {(["x", "y"] as const).map((name) => (
          <label key={name} class="field">
            {name === "x" ? "Across" : "Up"}
            <select
              value={(name === "x" ? x : y).name}
              onChange={(event) => {
                chosen.value = { ...chosen.value, [name]: event.currentTarget.value };
              }}
            >
              {columns.map((column) => (
                <option key={column.name} value={column.name}>
                  {fullTitle(column)}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <LineNames names={names} />
      <div class="halves">
        <Fronts views={views} names={names} x={x} y={y} />
        <Areas views={views} names={names} x={x} y={y} />
      </div>
    </section>
  );
}

interface PlotProps {
  readonly views: readonly RunView[];
  readonly names: readonly string[];
  readonly x: ColumnAnswer;
  readonly y: ColumnAnswer;
}

function Fronts({ views, names, x, y }: PlotProps) {
  const lines = views.map((view, i) => {
    const [across, up] = [view.column(x.name)?.values, view.column(y.name)?.values];
    const corners = [...view.remaining.value.front].map((row) => [across?.[row] ?? 0, up?.[row] ?? 0] as const);
    return { name: names[i] ?? "", corners };
  });
  const ends = (at: 0 | 1): readonly [number, number] => {
    const all = lines.flatMap(({ corners }) => corners.map((corner) => corner[at]));
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const room = (most - least || Math.abs(most) || 1) * 0.05;
    return [least - room, most + room];
  };
  if (lines.every(({ corners }) => corners.length === 0)) return <p class="muted">None of these runs has a front over these axes yet.</p>;
  const [endsX, endsY] = [ends(0), ends(1)];
  const [unitX, unitY] = [shownUnit(x, endsX[1]), shownUnit(y, endsY[1])];
  const title = (column: ColumnAnswer, unit: string) => `${fullTitle(column)}${unit === "" ? "" : ` (${unit})`}`;
  return (
    <Lines
      label={`Fronts of ${names.length} runs: ${fullTitle(y)} over ${fullTitle(x)}`}
      across={title(x, unitX.unit)}
      up={title(y, unitY.unit)}
      lines={lines}
      x={endsX}
      y={endsY}
      formatX={(value) => formatNumber(value * unitX.factor)}
      formatY={(value) => formatNumber(value * unitY.factor)}
      height={360}
    />
  );
}

function Areas({ views, names, x, y }: PlotProps) {
  const parts = views.map((view) => {
    const [across, up] = [view.column(x.name), view.column(y.name)];
    return across && up ? { view, across, up, plane: planeOf(view.table, across, up) } : undefined;
  });
  const plane = joined(parts.flatMap((part) => part?.plane ?? []));
  if (!plane) return null;
  const lines = parts.map((part, i) => ({
    name: names[i] ?? "",
    corners: part
      ? dominatedArea(part.view.table, part.across, part.up, plane).map(({ trials, share }) => [trials, 100 * share] as const)
      : [],
  }));
  const last = (at: 0 | 1) => Math.max(1, ...lines.map(({ corners }) => corners.at(-1)?.[at] ?? 0));
  return (
    <Lines
      label={`The area that the front of each of ${names.length} runs dominates, trial by trial`}
      across="trials compared, in order of asking"
      up="dominated, % of the plane"
      lines={lines}
      x={[0, last(0)]}
      y={[0, last(1)]}
      height={360}
    />
  );
}
