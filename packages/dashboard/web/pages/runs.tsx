/** All runs of the store: how far they are, what they came to, and a way to each. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RunAnswer, RunsAnswer } from "../../src/contract/index.ts";
import { announce } from "../data/announce.ts";
import { get } from "../data/api.ts";
import { formatCount, formatSeconds, formatTime, formatValue, shortened, unknown } from "../data/format.ts";
import { onEvent } from "../data/live.ts";
import { linkTo, rememberInAddress, route } from "../data/route.ts";
import { bestScore, type ListOrder, listed, type Sorting } from "../data/runs.ts";
import { useLoaded } from "../parts/loaded.ts";
import { RunProgress, RunStatus } from "../parts/runState.tsx";
import { Empty, Loading, Problem } from "../parts/states.tsx";

/** Rows that are drawn at first, and twice as many whenever the reader comes to the end. */
const rowsAtOnce = 60;

const columns: readonly { readonly by: Sorting; readonly title: string; readonly number?: true }[] = [
  { by: "experiment", title: "Experiment" },
  { by: "status", title: "Status" },
  { by: "done", title: "Evaluations" },
  { by: "front", title: "Front", number: true },
  { by: "best", title: "Best score", number: true },
  { by: "created", title: "Began" },
];

export function RunsPage() {
  const { value, error, reload } = useLoaded((signal) => get<RunsAnswer>(["runs"], { signal }), "runs");
  useEffect(() => {
    const ends = [onEvent("runs", reload), onEvent("connected", reload)];
    return () => {
      for (const end of ends) end();
    };
  }, [reload]);
  return (
    <>
      <div class="heading">
        <h1>Runs</h1>
        {value && <span class="muted">{formatCount(value.runs.length)} in this store</span>}
      </div>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {value === undefined && error === undefined && <Loading what="runs" />}
      {value?.runs.length === 0 && (
        <Empty title="No runs yet">
          <p>Begin one in a terminal, in the folder where this dashboard was started. It appears here by itself.</p>
          <pre>{"archwright init\narchwright search experiment.yaml"}</pre>
        </Empty>
      )}
      {value && value.runs.length > 0 && <RunList runs={value.runs} />}
    </>
  );
}

function RunList({ runs }: { readonly runs: readonly RunAnswer[] }) {
  const [text, setText] = useState(route.value.settings.get("find") ?? "");
  const [order, setOrder] = useState<ListOrder>({ by: "created", descending: true });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [shown, setShown] = useState(rowsAtOnce);
  const found = useMemo(() => listed(runs, text, order), [runs, text, order]);
  const find = (written: string) => {
    setText(written);
    setShown(rowsAtOnce);
    rememberInAddress(new URLSearchParams(written === "" ? {} : { find: written }));
    announce(`${formatCount(listed(runs, written, order).length)} of ${formatCount(runs.length)} runs`);
  };
  const sort = (by: Sorting) => setOrder({ by, descending: order.by === by ? !order.descending : by !== "experiment" && by !== "status" });
  const choose = (id: string, on: boolean) => setChosen((before) => (on ? [...before, id] : before.filter((other) => other !== id)));
  return (
    <section class="panel" aria-label="Runs">
      <div class="row spread">
        <label class="find">
          <span class="hidden">Find runs by name, status, seed or id</span>
          <input
            type="search"
            placeholder="Find by name, status, seed or id"
            value={text}
            onInput={(event) => find(event.currentTarget.value)}
          />
        </label>
        <div class="row">
          <label class="field-inline only-phone">
            <span class="muted small">Sort by </span>
            <select value={order.by} onChange={(event) => sort(event.currentTarget.value as Sorting)}>
              {columns.map(({ by, title }) => (
                <option key={by} value={by}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          {chosen.length > 1 ? (
            <a href={linkTo.compare(chosen)}>Compare {chosen.length} runs</a>
          ) : (
            <span class="muted small">Tick two or more to compare them</span>
          )}
        </div>
      </div>
      {found.length === 0 ? (
        <Empty title="No run matches">
          <p>None of the {formatCount(runs.length)} runs has all of these words in its name, status, seed or id.</p>
          <button type="button" onClick={() => find("")}>
            Show all runs
          </button>
        </Empty>
      ) : (
        <table class="cards runs">
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Compare</span>
              </th>
              {columns.map(({ by, title, number }) => (
                <th
                  key={by}
                  scope="col"
                  class={number ? "number" : ""}
                  {...(order.by === by ? { "aria-sort": order.descending ? "descending" : "ascending" } : {})}
                >
                  <button type="button" class="plain" onClick={() => sort(by)}>
                    {title}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((run) => (
              <RunRow key={run.id} run={run} chosen={chosen.includes(run.id)} choose={choose} />
            ))}
          </tbody>
        </table>
      )}
      {found.length > shown && <More rest={found.length - shown} show={() => setShown((count) => 2 * count)} />}
    </section>
  );
}

function RunRow(props: { readonly run: RunAnswer; readonly chosen: boolean; readonly choose: (id: string, on: boolean) => void }) {
  const { run, chosen, choose } = props;
  const name = shortened(run.experiment, 120);
  return (
    <tr>
      <td data-label="Compare">
        <label class="check">
          <span class="hidden">Compare {name}</span>
          <input type="checkbox" checked={chosen} onChange={(event) => choose(run.id, event.currentTarget.checked)} />
        </label>
      </td>
      <th scope="row">
        <div class="cell">
          <a class="clip" href={linkTo.run(run.id)}>
            {name}
          </a>
          <span class="muted small clip">
            seed {run.seed} · {shortened(run.id, 24)}
          </span>
        </div>
      </th>
      <td data-label="Status">
        <RunStatus status={run.status} />
      </td>
      <td data-label="Evaluations">
        <RunProgress run={run} />
      </td>
      <td class="number" data-label="Front">
        {run.progress.front_size === null ? unknown : formatCount(run.progress.front_size)}
      </td>
      <td class="number" data-label={`Best ${run.score.title}`}>
        {formatValue(bestScore(run), run.score.unit)}
      </td>
      <td data-label="Began">
        <div class="cell">
          <span>{formatTime(run.created_at)}</span>
          <span class="muted small">
            {run.status === "running" ? `${formatSeconds(run.seconds)} so far` : `took ${formatSeconds(run.seconds)}`}
          </span>
        </div>
      </td>
    </tr>
  );
}

/** Asks for more rows when it comes into sight, and by a button for those who do not scroll. */
function More({ rest, show }: { readonly rest: number; readonly show: () => void }) {
  const end = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && show(), {
      rootMargin: "600px",
    });
    if (end.current) watch.observe(end.current);
    return () => watch.disconnect();
  });
  return (
    <button type="button" ref={end} onClick={show}>
      Show more of {formatCount(rest)} further runs
    </button>
  );
}
