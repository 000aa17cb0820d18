/** A run: how it stands, its trials over any two of their numbers, and what is left within limits. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RunDetailAnswer } from "../../../src/contract/index.ts";
import { get } from "../../data/api.ts";
import { formatCount, formatSeconds, formatTime, formatValue, shortened } from "../../data/format.ts";
import { onEvent } from "../../data/live.ts";
import { linkTo, route } from "../../data/route.ts";
import { bestScore } from "../../data/runs.ts";
import { useLoaded } from "../../parts/loaded.ts";
import { RunProgress, RunStatus } from "../../parts/runState.tsx";
import { Empty, Loading, Problem } from "../../parts/states.tsx";
import { Scatter } from "../../plots/scatter/scatter.tsx";
import { Budgets } from "./budgets.tsx";
import { Choosers } from "./choosers.tsx";
import { Insights } from "./insights.tsx";
import { ParallelPanel, SearchPanel } from "./search.tsx";
import { FrontTable, Pinned } from "./tables.tsx";
import { RunView } from "./view.ts";

export function RunPage({ run }: { readonly run: string }) {
  const detail = useLoaded((signal) => get<RunDetailAnswer>(["runs", run], { signal }), run);
  const [view] = useState(() => new RunView(run, route.peek().settings));
  const { reload } = detail;
  useEffect(() => {
    const isOfRun = (data: unknown) => typeof data === "object" && data !== null && "run" in data && data.run === run;
    const isChanged = (data: unknown) =>
      typeof data === "object" && data !== null && "changed" in data && Array.isArray(data.changed) && data.changed.includes(run);
    const ends = [
      onEvent("trials", (data) => isOfRun(data) && forget(view.load())),
      onEvent("runs", (data) => isChanged(data) && reload()),
      onEvent("connected", () => {
        reload();
        forget(view.load());
      }),
    ];
    forget(view.load());
    return () => {
      for (const end of ends) end();
      view.close();
    };
  }, [view, run, reload]);
  return (
    <>
      <p class="crumbs">
        <a href={linkTo.runs}>Runs</a> / {shortened(run, 60)}
      </p>
      {detail.value === undefined && (
        <>
          <h1>Run {shortened(run, 60)}</h1>
          {detail.error === undefined ? <Loading what="the run" /> : <Problem error={detail.error} retry={reload} />}
        </>
      )}
      {detail.value && (
        <>
          {detail.error !== undefined && <Problem error={detail.error} retry={reload} />}
          <Header run={detail.value} />
          <Trials view={view} run={detail.value} />
        </>
      )}
    </>
  );
}

/** What failed is shown by the page's own state. */
function forget(promise: Promise<void>): void {
  promise.catch(() => {});
}

function Header({ run }: { readonly run: RunDetailAnswer }) {
  const failed = Object.values(run.failures).reduce((sum, count) => sum + count, 0);
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ["Evaluations", <RunProgress key="progress" run={run} />],
    ["Trials", run.trials === null ? "–" : `${formatCount(run.trials)}${failed === 0 ? "" : ` (${formatCount(failed)} failed)`}`],
    ["Front", run.progress.front_size === null ? "–" : formatCount(run.progress.front_size)],
    [`Best ${run.score.title}`, formatValue(bestScore(run), run.score.unit)],
    ["Time", formatSeconds(run.seconds)],
    ["Began", formatTime(run.created_at)],
    ["Algorithm", shortened(run.algorithm, 40)],
    ["Space", shortened(run.space.name, 40)],
    ["Seed", String(run.seed)],
  ];
  return (
    <header class="run-header">
      <div class="row">
        <h1>{shortened(run.experiment, 120)}</h1>
        <RunStatus status={run.status} />
      </div>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

function Trials({ view, run }: { readonly view: RunView; readonly run: RunDetailAnswer }) {
  view.data.value;
  const error = view.error.value;
  const retry = () => forget(view.load());
  if (view.table.count === 0) {
    if (error !== undefined) return <Problem error={error} retry={retry} />;
    if (view.loading.value) return <Loading what="trials" />;
    return (
      <Empty title="No trials yet">
        {run.status === "running" ? (
          <p>The search has only begun. Trials appear here as they become known.</p>
        ) : (
          <>
            <p>This run ended before a trial was known. It can go on from where it stopped:</p>
            <pre>archwright search EXPERIMENT.yaml --resume {shortened(run.id, 60)}</pre>
          </>
        )}
      </Empty>
    );
  }
  return (
    <>
      {error !== undefined && <Problem error={error} retry={retry} />}
      <div class="with-side">
        <section class="panel" aria-labelledby="plot-title">
          <div class="row spread">
            <h2 id="plot-title">Trials</h2>
            <span class="muted small" data-count="trials">
              {formatCount(view.table.count)} {view.loading.value ? "loaded so far" : "trials"}
            </span>
          </div>
          <Choosers view={view} />
          <Scatter view={view} />
        </section>
        <Budgets view={view} />
      </div>
      <Pinned view={view} />
      <FrontTable view={view} />
      <ParallelPanel view={view} />
      <SearchPanel view={view} run={run} />
      <Insights run={run.id} version={run.updated_at} />
    </>
  );
}
