/** Trials in numbers: those that are pinned side by side, and the front, for whoever reads rather than looks. */
import { useState } from "preact/hooks";
import { fullTitle } from "../../data/columns.ts";
import { formatCount, formatValue, shortened } from "../../data/format.ts";
import type { Column } from "../../data/points.ts";
import { linkTo } from "../../data/route.ts";
import { intervalOf } from "../../plots/scatter/picture.ts";
import { useArchitecture } from "../../plots/scatter/tip.tsx";
import type { RunView } from "./view.ts";

export function Pinned({ view }: { readonly view: RunView }) {
  view.data.value;
  const trials = view.pins.value.flatMap((number) => {
    const row = view.table.rowOf(number);
    return row === undefined ? [] : [{ number, row }];
  });
  if (trials.length === 0) {
    return (
      <section class="panel" aria-labelledby="pinned-title">
        <h2 id="pinned-title">Pinned</h2>
        <p class="muted">Click trials in the plot, or in the table of the front, to compare them here side by side.</p>
      </section>
    );
  }
  const columns = view.columns.filter(
    ({ info, values }) => info.kind !== "order" && trials.some(({ row }) => !Number.isNaN(values[row] ?? Number.NaN)),
  );
  return (
    <section class="panel" aria-labelledby="pinned-title">
      <h2 id="pinned-title">Pinned</h2>
      <div class="scroll">
        <table class="pinned">
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Number</span>
              </th>
              {trials.map(({ number }) => (
                <th key={number} scope="col" class="number">
                  <a href={linkTo.trial(view.run, number)}>Trial {number}</a>{" "}
                  <button type="button" class="link" onClick={() => view.togglePin(number)} aria-label={`Let go of trial ${number}`}>
                    ×
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <Comparison key={column.info.name} view={view} column={column} rows={trials.map(({ row }) => row)} />
            ))}
            <tr>
              <th scope="row">network</th>
              {trials.map(({ number }) => (
                <Network key={number} run={view.run} number={number} />
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** One number of each; the best stands out where they differ. */
function Comparison({ view, column, rows }: { readonly view: RunView; readonly column: Column; readonly rows: readonly number[] }) {
  const { info, values } = column;
  const known = rows.flatMap((row) => values[row] ?? []).filter((value) => !Number.isNaN(value));
  const best = info.better === null ? undefined : info.better === "lower" ? Math.min(...known) : Math.max(...known);
  const differ = new Set(known).size > 1;
  return (
    <tr>
      <th scope="row">{fullTitle(info)}</th>
      {rows.map((row) => {
        const interval = intervalOf(view, info.name, row);
        const isBest = differ && values[row] === best;
        return (
          <td key={row} class="number">
            {isBest ? <strong>{formatValue(values[row], info.unit)}</strong> : formatValue(values[row], info.unit)}
            {isBest && <span class="hidden"> the best</span>}
            {interval && (
              <span class="muted small interval">
                {formatValue(interval[0], info.unit)} to {formatValue(interval[1], info.unit)}
              </span>
            )}
          </td>
        );
      })}
    </tr>
  );
}

function Network({ run, number }: { readonly run: string; readonly number: number }) {
  const architecture = useArchitecture(run, number);
  return <td class="mono network">{architecture === undefined ? "…" : shortened(architecture)}</td>;
}

const rowsAtFirst = 12;

export function FrontTable({ view }: { readonly view: RunView }) {
  view.data.value;
  const [most, setMost] = useState(rowsAtFirst);
  const { front: ofAxes, ownFront } = view.settled.value;
  const x = view.column(view.x.value);
  const sign = x?.info.better === "higher" ? -1 : 1;
  const front = [...new Set([...ofAxes, ...ownFront])].sort((a, b) => sign * ((x?.values[a] ?? 0) - (x?.values[b] ?? 0)) || 0);
  const names = [
    ...new Set([
      view.x.value,
      view.y.value,
      view.colour.value,
      ...view.columns.filter(({ info }) => info.objective).map(({ info }) => info.name),
    ]),
  ];
  const columns = names.flatMap((name) => view.column(name) ?? []);
  return (
    <section class="panel" aria-labelledby="front-title">
      <div class="row spread">
        <h2 id="front-title">Front</h2>
        <span class="muted small">within the limits, over the plot's axes and over the experiment's objectives</span>
      </div>
      {front.length === 0 ? (
        <p class="muted">
          {view.column(view.x.value)?.info.better && view.column(view.y.value)?.info.better
            ? "No trial is on it."
            : "Of one of the axes neither way is better: choose costs or scores for a front."}
        </p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Trial</th>
                {columns.map(({ info }) => (
                  <th key={info.name} scope="col" class="number">
                    {fullTitle(info)}
                  </th>
                ))}
                <th scope="col">
                  <span class="hidden">Pin</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {front.slice(0, most).map((row) => {
                const number = view.table.number[row] ?? 0;
                return (
                  <tr key={number}>
                    <th scope="row">
                      <a href={linkTo.trial(view.run, number)}>{number}</a>
                    </th>
                    {columns.map(({ info, values }) => (
                      <td key={info.name} class="number">
                        {formatValue(values[row], info.unit)}
                      </td>
                    ))}
                    <td class="number">
                      <button
                        type="button"
                        class="small"
                        aria-pressed={view.pins.value.includes(number)}
                        aria-label={`Pin trial ${number}`}
                        onClick={() => view.togglePin(number)}
                      >
                        Pin
                      </button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {front.length > most && (
        <button type="button" onClick={() => setMost(2 * most)}>
          Show more of {formatCount(front.length)}
        </button>
      )}
    </section>
  );
}
