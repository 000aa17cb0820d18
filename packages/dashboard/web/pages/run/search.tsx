/** How the search went: the area that its front dominates, trial by trial, and what stopped the others. */
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { RunDetailAnswer } from "../../../src/contract/index.ts";
import { fullTitle } from "../../data/columns.ts";
import { formatCount, formatValue, shortened } from "../../data/format.ts";
import { dominatedArea, overBudget, planeOf } from "../../data/search.ts";
import { type Bar, Bars } from "../../plots/bars.tsx";
import { Lines } from "../../plots/lines.tsx";
import { Parallel } from "../../plots/parallel.tsx";
import type { RunView } from "./view.ts";

export function SearchPanel({ view, run }: { readonly view: RunView; readonly run: RunDetailAnswer }) {
  // Once what comes in has come to rest.
  const { settled } = view;
  const version = useComputed(() => (settled.value ? view.data.peek() : 0)).value;
  const [xName, yName] = [view.x.value, view.y.value];
  const steps = useMemo(() => {
    const [x, y] = version < 0 ? [] : [view.column(xName), view.column(yName)];
    const plane = x && y && planeOf(view.table, x, y);
    return x && y && plane ? dominatedArea(view.table, x, y, plane) : [];
  }, [view, version, xName, yName]);
  const last = steps.at(-1);
  return (
    <section class="panel" aria-labelledby="search-title">
      <h2 id="search-title">Search</h2>
      <div class="halves">
        <div class="cell">
          <h3>Area that the front dominates</h3>
          {last ? (
            <Lines
              label={`The area that the front over the plot's axes dominates, after each of ${formatCount(last.trials)} trials: ${Math.round(100 * last.share)} percent of the plane at the end`}
              across="trials compared, in order of asking"
              up="% of the plane"
              lines={[{ name: run.experiment, corners: steps.map(({ trials, share }) => [trials, 100 * share]) }]}
              x={[0, last.trials]}
              y={[0, Math.max(1, 100 * last.share)]}
            />
          ) : (
            <p class="muted">It is known once the plot has two axes of which one way is better, and trials on both.</p>
          )}
          <p class="muted small">Over the plot's axes, between the worst and the best of the trials that are compared.</p>
        </div>
        <Stopped view={view} run={run} />
      </div>
    </section>
  );
}

function Stopped({ view, run }: { readonly view: RunView; readonly run: RunDetailAnswer }) {
  const version = view.data.value;
  const budgets = useMemo(() => (version < 0 ? [] : overBudget(view.table)), [view, version]);
  const bars = (counts: Readonly<Record<string, number>>): readonly Bar[] =>
    Object.entries(counts).map(([name, count]) => ({ name: shortened(name, 40), count }));
  const [stopped, failures] = [bars(run.stopped), bars(run.failures)];
  const most = Math.max(1, run.trials ?? 0, view.table.count);
  if (stopped.length + failures.length + budgets.length === 0) return <p class="muted">Nothing has stopped a trial yet.</p>;
  return (
    <div class="stopped">
      {stopped.length > 0 && <Bars title="Stopped at the gate" bars={stopped} of={most} />}
      {budgets.length > 0 && (
        <Bars
          title="Over the experiment's budget"
          bars={budgets.map(({ column: { info }, over, known }) => ({
            name: `${fullTitle(info)} ${info.better === "lower" ? "≤" : "≥"} ${formatValue(info.budget, info.unit)}`,
            count: over,
            note: `of ${formatCount(known)}`,
          }))}
          of={most}
        />
      )}
      {failures.length > 0 && <Bars title="Failed" bars={failures} of={most} />}
    </div>
  );
}

/** Objectives, and whatever else has a budget. */
export function ParallelPanel({ view }: { readonly view: RunView }) {
  view.data.value;
  const { front, ownFront } = view.settled.value;
  const columns = view.columns.filter(
    ({ info }) => info.objective || info.budget !== null || (info.device === view.device.value && info.kind === "cost"),
  );
  const pinned = view.pins.value.flatMap((number) => view.table.rowOf(number) ?? []);
  if (columns.length < 3) return null;
  return (
    <section class="panel" aria-labelledby="parallel-title">
      <div class="row spread">
        <h2 id="parallel-title">All numbers at once</h2>
        <span class="muted small">better is up; the front in colour, pinned ones dark</span>
      </div>
      <Parallel
        table={view.table}
        columns={columns.slice(0, 9)}
        front={ownFront.length > 0 ? ownFront : front}
        pinned={pinned}
        outside={view.filter.outside}
      />
    </section>
  );
}
