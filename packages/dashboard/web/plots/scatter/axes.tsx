/** The numbers along a plot's axes, and what they are of. */
import type { Signal } from "@preact/signals";
import { fullTitle } from "../../data/columns.ts";
import { formatNumber } from "../../data/format.ts";
import type { RunView } from "../../pages/run/view.ts";
import type { Picture } from "./picture.ts";

export function Ticks({ picture, changes }: { readonly picture: Picture; readonly changes: Signal<number> }) {
  changes.value;
  const text = (axis: "x" | "y", value: number) => formatNumber(value * picture.unit(axis).factor, 5);
  return (
    <div aria-hidden="true">
      {picture.ticks("x").map(({ share, value }) => (
        <span key={`x${value}`} class="tick across" style={{ left: `${100 * share}%` }}>
          {text("x", value)}
        </span>
      ))}
      {picture.ticks("y").map(({ share, value }) => (
        <span key={`y${value}`} class="tick up" style={{ bottom: `${100 * share}%` }}>
          {text("y", value)}
        </span>
      ))}
    </div>
  );
}

export function AxisTitles(props: { readonly view: RunView; readonly picture: Picture | undefined; readonly changes: Signal<number> }) {
  const { view, picture, changes } = props;
  [changes.value, view.data.value];
  const text = (axis: "x" | "y") => {
    const info = view.column(view[axis].value)?.info;
    const unit = picture?.unit(axis).unit ?? "";
    return info ? `${fullTitle(info)}${unit === "" ? "" : ` (${unit})`}${arrowOf(info.better, axis)}` : "";
  };
  return (
    <div aria-hidden="true">
      <span class="axis across">{text("x")}</span>
      <span class="axis up">{text("y")}</span>
    </div>
  );
}

/** Points to where it is better. */
function arrowOf(better: "lower" | "higher" | null, axis: "x" | "y"): string {
  if (better === null) return "";
  const arrow = axis === "x" ? { lower: "←", higher: "→" }[better] : { lower: "↓", higher: "↑" }[better];
  return ` · ${arrow} better`;
}
