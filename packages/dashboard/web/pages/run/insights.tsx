/**
 * What the server works out of a run beside its front: hypervolume over evaluations and time, what turned trials away, and which
 * choices of the space matter.
 */
import { useState } from "preact/hooks";
import type { ChoicesAnswer, RunProgressAnswer } from "../../../src/contract/index.ts";
import { get } from "../../data/api.ts";
import { formatCount, formatNumber, formatSeconds, shortened } from "../../data/format.ts";
import { useLoaded } from "../../parts/loaded.ts";
import { Problem } from "../../parts/states.tsx";
import { Bars } from "../../plots/bars.tsx";
import { Lines } from "../../plots/lines.tsx";

/** @param version another one for other trials. */
export function Insights({ run, version }: { readonly run: string; readonly version: string }) {
  const key = `${version} ${run}`;
  const progress = useLoaded((signal) => get<RunProgressAnswer>(["runs", run, "progress"], { signal }), key);
  const choices = useLoaded((signal) => get<ChoicesAnswer>(["runs", run, "choices"], { signal }), key);
  return (
    <>
      {progress.error !== undefined && <Problem error={progress.error} retry={progress.reload} />}
      {progress.value && progress.value.gates.length > 0 && <Progress answer={progress.value} />}
      {choices.error !== undefined && <Problem error={choices.error} retry={choices.reload} />}
      {choices.value && choices.value.importance.length > 0 && <Choices answer={choices.value} />}
    </>
  );
}

function Progress({ answer: { hypervolume, gates, budgets } }: { readonly answer: RunProgressAnswer }) {
  const [over, setOver] = useState<"evaluations" | "seconds">("evaluations");
  const steps = hypervolume?.steps ?? [];
  const last = steps.at(-1);
  const most = Math.max(1, ...gates.map(({ reached }) => reached));
  return (
    <section class="panel" aria-labelledby="progress-title">
      <div class="row spread">
        <h2 id="progress-title">Hypervolume, gates and budgets</h2>
        <label class="row small">
          Over
          <select value={over} onChange={(event) => setOver(event.currentTarget.value === "seconds" ? "seconds" : "evaluations")}>
            <option value="evaluations">evaluations</option>
            <option value="seconds">time of all evaluations</option>
          </select>
        </label>
      </div>
      <div class="halves">
        {last ? (
          <Lines
            label={`Hypervolume of all objectives over ${over}: ${formatNumber(last.hypervolume)} after ${formatCount(last.evaluations)} evaluations`}
            across={over === "seconds" ? "time of all evaluations" : "evaluations"}
            up="hypervolume"
            lines={[{ name: "run", corners: steps.map((step) => [step[over], step.hypervolume]) }]}
            x={[0, Math.max(1e-9, last[over])]}
            y={[0, last.hypervolume * 1.05 || 1]}
            {...(over === "seconds" ? { formatX: formatSeconds } : {})}
          />
        ) : (
          <p class="muted">There is no hypervolume before a feasible trial has all objectives.</p>
        )}
        <div class="stopped">
          <Bars
            title="Turned away at the gate"
            bars={gates.map(({ gate, reached, stopped, failed }) => ({
              name: shortened(gate, 40),
              count: stopped + failed,
              note: `of ${formatCount(reached)}${failed === 0 ? "" : `, ${formatCount(failed)} failed`}`,
            }))}
            of={most}
          />
          {budgets.length > 0 && (
            <Bars
              title="Stopped by one budget alone"
              bars={budgets.map(({ name, exceeded, alone, relaxed }) => ({
                name: shortened(name, 60),
                count: alone,
                note: `of ${formatCount(exceeded)} over it${relaxed
                  .slice(0, 1)
                  .map(({ by, passing }) => `; ${formatCount(passing)} would pass if it were ${formatNumber(100 * by)} % looser`)
                  .join("")}`,
              }))}
              of={most}
            />
          )}
        </div>
      </div>
    </section>
  );
}

/** So many choices of each objective: the others matter less. */
const mostChoices = 8;

function Choices({ answer: { importance, best_options: best } }: { readonly answer: ChoicesAnswer }) {
  const telling = best.options.filter(({ p_holm: p }) => p <= 0.05);
  return (
    <section class="panel" aria-labelledby="choices-title">
      <h2 id="choices-title">Choices that matter</h2>
      <div class="halves">
        {importance.map(({ objective, trials, explained, missing, choices }) => (
          <div key={objective} class="cell">
            {missing === null ? (
              <>
                <Bars
                  title={`${shortened(objective, 60)} depends on`}
                  bars={choices.slice(0, mostChoices).map(({ choice, share, low95, high95 }) => ({
                    name: shortened(choice, 40),
                    count: Math.max(0, Math.round(100 * share)),
                    note: `% (${Math.round(100 * low95)} to ${Math.round(100 * high95)})`,
                  }))}
                  of={Math.max(1, ...choices.map(({ share }) => 100 * share))}
                />
                <p class="muted small">
                  Share of the variance that is lost without the choice, with its 95 % interval, among {formatCount(trials)} trials that the
                  search looked at; the model explains {explained === null ? "–" : Math.round(100 * explained)} % of it.
                </p>
              </>
            ) : (
              <>
                <h3>{shortened(objective, 60)}</h3>
                <p class="muted">
                  Nothing can be said: {shortened(missing, 100)} ({formatCount(trials)} trials).
                </p>
              </>
            )}
          </div>
        ))}
      </div>
      {telling.length > 0 && (
        <div class="scroll">
          <table>
            <caption class="left">What the front has more often than the other feasible trials</caption>
            <thead>
              <tr>
                <th scope="col">Choice</th>
                <th scope="col">Option</th>
                <th scope="col" class="number">
                  On the front, of {formatCount(best.front)}
                </th>
                <th scope="col" class="number">
                  Others, of {formatCount(best.others)}
                </th>
                <th scope="col" class="number">
                  p (Fisher, Holm)
                </th>
              </tr>
            </thead>
            <tbody>
              {telling.slice(0, 12).map(({ choice, option, front, others, p_holm: p }) => (
                <tr key={`${choice} ${option}`}>
                  <th scope="row">{shortened(choice, 60)}</th>
                  <td>{shortened(option, 60)}</td>
                  <td class="number">{formatCount(front)}</td>
                  <td class="number">{formatCount(others)}</td>
                  <td class="number">{formatNumber(p, 2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
