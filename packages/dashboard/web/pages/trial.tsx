/** A trial: what became of it, and its network as text. */
import type { TrialDetailAnswer } from "../../src/contract/index.ts";
import { get } from "../data/api.ts";
import { formatSeconds, formatValue, shortened } from "../data/format.ts";
import { linkTo } from "../data/route.ts";
import { useLoaded } from "../parts/loaded.ts";
import { Loading, Problem } from "../parts/states.tsx";

export function TrialPage({ run, trial }: { readonly run: string; readonly trial: number }) {
  const { value, error, reload } = useLoaded(
    (signal) => get<TrialDetailAnswer>(["runs", run, "trials", trial], { signal }),
    `${trial} ${run}`,
  );
  return (
    <>
      <p class="crumbs">
        <a href={linkTo.runs}>Runs</a> / <a href={linkTo.run(run)}>{shortened(run, 60)}</a> / trial {trial}
      </p>
      <div class="row">
        <h1>Trial {trial}</h1>
        {value && (
          <span class="badge" data-tone={value.status === "feasible" ? "accent" : "warning"}>
            {value.status}
          </span>
        )}
      </div>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {value === undefined && error === undefined && <Loading what="the trial" />}
      {value && (
        <section class="panel" aria-label="What became of it">
          {(value.verdict ?? []).map((sentence) => (
            <p key={sentence}>{shortened(sentence, 1000)}</p>
          ))}
          <dl class="facts">
            <div>
              <dt>MACs</dt>
              <dd>{formatValue(value.macs, "count")}</dd>
            </div>
            <div>
              <dt>Parameters</dt>
              <dd>{formatValue(value.parameters, "count")}</dd>
            </div>
            <div>
              <dt>Last gate</dt>
              <dd>{shortened(value.gate, 40)}</dd>
            </div>
            <div>
              <dt>Took</dt>
              <dd>{formatSeconds(value.seconds)}</dd>
            </div>
          </dl>
          <h2>Network</h2>
          <pre class="wrapped">{shortened(value.architecture, 4000)}</pre>
        </section>
      )}
    </>
  );
}
