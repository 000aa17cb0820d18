/** How a search went: what its trials had come to after each, and what stopped those that are not feasible. */
import { type Column, extentOf, type PointTable, standing } from "./points.ts";

/** After `trials` compared trials, in the order of asking, this share of the plane between worst and best is dominated. */
export interface Step {
  readonly trials: number;
  readonly share: number;
}

/** The corners of the plane in which fronts are measured: the worst and the best of each axis. */
export interface Plane {
  readonly x: readonly [worst: number, best: number];
  readonly y: readonly [worst: number, best: number];
}

const isCompared = (table: PointTable, x: Column, y: Column) => (row: number) =>
  table.standing[row] === standing.compared && !Number.isNaN((x.values[row] ?? Number.NaN) + (y.values[row] ?? Number.NaN));

/** From the worst to the best of the trials that are compared; undefined where there is no front, or no trial. */
export function planeOf(table: PointTable, x: Column, y: Column): Plane | undefined {
  const wanted = isCompared(table, x, y);
  const side = ({ values, info }: Column): readonly [number, number] | undefined => {
    const extent = extentOf(values, table.count, wanted);
    if (!extent || info.better === null) return undefined;
    return info.better === "lower" ? [extent[1], extent[0]] : extent;
  };
  const [across, up] = [side(x), side(y)];
  return across && up ? { x: across, y: up } : undefined;
}

/** The smallest plane that holds all of these. */
export function joined(planes: readonly Plane[]): Plane | undefined {
  const end = (axis: "x" | "y", which: 0 | 1) => {
    const better = planes.some((plane) => plane[axis][1] < plane[axis][0]) ? -1 : 1;
    const ends = planes.map((plane) => plane[axis][which] * better);
    return better * (which === 0 ? Math.min(...ends) : Math.max(...ends));
  };
  return planes.length === 0 ? undefined : { x: [end("x", 0), end("x", 1)], y: [end("y", 0), end("y", 1)] };
}

/**
 * The area that the front over two columns dominates, as it grew: a hypervolume of two objectives, as a share of the plane.
 * Only steps that change it, and the last. O(n log n).
 */
export function dominatedArea(table: PointTable, x: Column, y: Column, plane: Plane): readonly Step[] {
  const wanted = isCompared(table, x, y);
  const rows = Array.from({ length: table.count }, (_, row) => row).filter(wanted);
  rows.sort((a, b) => (table.number[a] ?? 0) - (table.number[b] ?? 0));
  // Both as shares of the way from the worst to the best: larger is better.
  const share = (value: number, [worst, best]: readonly [number, number]) => (best === worst ? 1 : (value - worst) / (best - worst));
  /** The front so far, by falling x and so by rising y. */
  const front: { readonly x: number; readonly y: number }[] = [];
  const steps: Step[] = [{ trials: 0, share: 0 }];
  let area = 0;
  rows.forEach((row, i) => {
    const point = { x: share(x.values[row] ?? 0, plane.x), y: share(y.values[row] ?? 0, plane.y) };
    let [low, high] = [0, front.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((front[middle]?.x ?? 0) >= point.x) low = middle + 1;
      else high = middle;
    }
    const above = front[low - 1];
    if (above && above.y >= point.y) return;
    // Those that it dominates stand next in line; one of the same x stands before.
    let first = low;
    while (first > 0 && front[first - 1]?.x === point.x) first--;
    let last = low;
    while ((front[last]?.y ?? Number.POSITIVE_INFINITY) <= point.y) last++;
    let floor = front[first - 1]?.y ?? 0;
    let gained = 0;
    let left = point.x;
    // Slices from its own x down to the worst, above what the front dominated there before.
    const covered = [...front.slice(first, last), front[last]];
    for (const next of covered) {
      const right = next?.x ?? 0;
      gained += (left - Math.min(left, right)) * Math.max(0, point.y - floor);
      if (!next) break;
      floor = next.y;
      left = Math.min(left, right);
    }
    front.splice(first, last - first, point);
    area += gained;
    if (gained > 0) steps.push({ trials: i + 1, share: area });
  });
  if (rows.length > 0) steps.push({ trials: rows.length, share: area });
  return steps;
}

/** How many trials exceed the experiment's budget of each column that has one. */
export function overBudget(table: PointTable): readonly { readonly column: Column; readonly over: number; readonly known: number }[] {
  return [...table.columns.values()].flatMap((column) => {
    const { budget, better } = column.info;
    if (budget === null || better === null || !column.isKnown) return [];
    let [over, known] = [0, 0];
    for (let row = 0; row < table.count; row++) {
      const value = column.values[row] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      known++;
      if (better === "lower" ? value > budget : value < budget) over++;
    }
    return [{ column, over, known }];
  });
}
