/** A slider over a column's values: positions, limits, and how values are spread along it. */
import { type Column, extentOf, type PointTable, standing } from "./points.ts";

/** Positions of a slider, from 0; at the loosest end there is no limit. */
export const steps = 1000;

export interface SliderScale {
  readonly better: "lower" | "higher";
  readonly least: number;
  readonly most: number;
  readonly logarithmic: boolean;
}

/** Over the values of the trials that are compared; undefined where there is nothing to choose from. */
export function sliderScale(table: PointTable, { values, info }: Column): SliderScale | undefined {
  const extent = extentOf(values, table.count, (row) => table.standing[row] === standing.compared);
  if (!extent || !info.better || extent[0] === extent[1]) return undefined;
  const [least, most] = extent;
  return { better: info.better, least, most, logarithmic: least > 0 && most / least > 30 };
}

/** The limit at a position; undefined at the loosest end. */
export function limitAt({ better, least, most, logarithmic }: SliderScale, position: number): number | undefined {
  if (position === (better === "lower" ? steps : 0)) return undefined;
  const share = position / steps;
  // Exactly the end's value there, so that its trial is within.
  if (share === 0) return least;
  if (share === 1) return most;
  return logarithmic ? least * (most / least) ** share : least + share * (most - least);
}

/** The position nearest to a limit. */
export function positionOf({ better, least, most, logarithmic }: SliderScale, limit: number | undefined): number {
  if (limit === undefined) return better === "lower" ? steps : 0;
  const inside = Math.max(least, Math.min(most, limit));
  const share = logarithmic ? Math.log(inside / least) / Math.log(most / least) : (inside - least) / (most - least);
  // A limit that is set is never shown as none.
  return Math.round(Math.max(better === "lower" ? 0 : 1, Math.min(better === "lower" ? steps - 1 : steps, share * steps)));
}

/** How many compared trials lie in each of `bins` equal parts of the slider, as shares of the fullest. */
export function spread(table: PointTable, { values }: Column, scale: SliderScale, bins: number): readonly number[] {
  const counts = new Array<number>(bins).fill(0);
  const [from, to] = scale.logarithmic ? [Math.log(scale.least), Math.log(scale.most)] : [scale.least, scale.most];
  for (let row = 0; row < table.count; row++) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value) || table.standing[row] !== standing.compared) continue;
    const share = ((scale.logarithmic ? Math.log(value) : value) - from) / (to - from);
    const bin = Math.min(bins - 1, Math.floor(share * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  return counts.map((count) => count / most);
}
