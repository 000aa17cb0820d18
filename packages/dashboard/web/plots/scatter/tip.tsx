/** What is said of the trial under the pointer: its numbers at once, its network as soon as the server has told. */
import { useEffect, useState } from "preact/hooks";
import type { TrialAnswer } from "../../../src/contract/index.ts";
import { get } from "../../data/api.ts";
import { fullTitle } from "../../data/columns.ts";
import { formatValue, shortened } from "../../data/format.ts";
import type { RunView } from "../../pages/run/view.ts";

/** Columns that the plot shows of a trial. */
function shownNames(view: RunView): readonly string[] {
  return [...new Set([view.y.value, view.x.value, view.colour.value])].filter((name) => view.column(name));
}

/** One sentence for who hears the page. */
export function tipText(view: RunView, row: number): string {
  const numbers = shownNames(view).map((name) => {
    const column = view.column(name);
    return column ? `${fullTitle(column.info)} ${formatValue(column.values[row], column.info.unit)}` : "";
  });
  return `Trial ${view.table.number[row]}: ${numbers.join(", ")}`;
}

interface TipProps {
  readonly view: RunView;
  readonly row: number;
  readonly place: { readonly left: number; readonly top: number };
  readonly size: { readonly width: number; readonly height: number };
}

export function Tip({ view, row, place, size }: TipProps) {
  const number = view.table.number[row] ?? 0;
  const architecture = useArchitecture(view.run, number);
  const pinned = view.pins.value.includes(number);
  // It stands on the side where there is room; on a phone there is none on either.
  const narrow = size.width < 480;
  const style = {
    ...(narrow
      ? { left: "0", right: "0", width: "auto", maxWidth: "none" }
      : place.left > size.width / 2
        ? { right: `${size.width - place.left + 14}px` }
        : { left: `${place.left + 14}px` }),
    ...(place.top > size.height / 2 ? { bottom: `${size.height - place.top + 14}px` } : { top: `${place.top + 14}px` }),
  };
  return (
    <div class="tip small" style={style} aria-hidden="true">
      <strong>Trial {number}</strong>
      <dl>
        {shownNames(view).map((name) => {
          const column = view.column(name);
          return (
            column && (
              <div key={name}>
                <dt>{fullTitle(column.info)}</dt>
                <dd>{formatValue(column.values[row], column.info.unit)}</dd>
              </div>
            )
          );
        })}
      </dl>
      <p class="mono">{architecture === undefined ? "…" : shortened(architecture, 160)}</p>
      <p class="muted">{pinned ? "Click to let go" : "Click to pin and compare"}</p>
    </div>
  );
}

/** Networks that the server has told of, by run and number; the oldest go. */
const known = new Map<string, string>();
const mostKnown = 500;

/** A pointer that only passes asks for nothing. */
const patience = 80;

export function useArchitecture(run: string, number: number): string | undefined {
  const key = `${number} ${run}`;
  const [, setTurn] = useState(0);
  useEffect(() => {
    if (known.has(key)) return;
    const aborting = new AbortController();
    const timer = setTimeout(() => {
      get<TrialAnswer>(["runs", run, "trials", number], { signal: aborting.signal }).then(
        ({ architecture }) => {
          known.set(key, architecture);
          const [oldest] = known.keys();
          if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
          setTurn((turn) => turn + 1);
        },
        // Its numbers are shown without its network; the next time it is asked for again.
        () => {},
      );
    }, patience);
    return () => {
      clearTimeout(timer);
      aborting.abort();
    };
  }, [key, run, number]);
  return known.get(key);
}
