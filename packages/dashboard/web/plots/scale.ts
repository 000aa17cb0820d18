/** One axis: from values to a share of its length, straight or by logarithm. */
import { scaleLinear, scaleLog } from "d3-scale";

/** What an axis shows: its ends, in values as they are laid out, so of a logarithmic axis their logarithms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  /** In the laid-out values of the axis. */
  readonly at: number;
  readonly value: number;
}

/** A logarithm where the values reach over two decades, and all are above zero. */
export function usuallyLogarithmic([least, most]: readonly [number, number]): boolean {
  return least > 0 && most / least > 100;
}

/** How values lie on an axis, below which nothing lies on a logarithmic one. */
export const laidOut = (value: number, logarithmic: boolean): number =>
  logarithmic ? (value > 0 ? Math.log10(value) : Number.NaN) : value;
export const valueAt = (at: number, logarithmic: boolean): number => (logarithmic ? 10 ** at : at);

/** With a little room at both ends. */
export function spanOf([least, most]: readonly [number, number], logarithmic: boolean): Span {
  const [from, to] = [laidOut(least, logarithmic), laidOut(most, logarithmic)];
  const room = (to - from || Math.abs(to) || 1) * 0.05;
  return { from: from - room, to: to + room };
}

/**
 * Round values along an axis.
 * @param factor from values to the shown unit: ticks are round there.
 */
export function ticksOf({ from, to }: Span, logarithmic: boolean, factor: number, most: number): readonly Tick[] {
  if (!logarithmic) {
    const shown = scaleLinear([from * factor, to * factor], [0, 1]).ticks(most);
    return shown.map((tick) => ({ at: tick / factor, value: tick / factor }));
  }
  const shown = scaleLog([10 ** from * factor, 10 ** to * factor], [0, 1]).ticks(most);
  const round = shown.length > 1.5 * most ? shown.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9) : shown;
  return round.map((tick) => ({ at: Math.log10(tick / factor), value: tick / factor }));
}

/** The span around a place that stays where it is. @param share of the length at which it lies; @param times below 1 brings things nearer. */
export function zoomed({ from, to }: Span, share: number, times: number): Span {
  const middle = from + share * (to - from);
  return { from: middle - (middle - from) * times, to: middle + (to - middle) * times };
}

export function moved({ from, to }: Span, share: number): Span {
  const by = share * (to - from);
  return { from: from + by, to: to + by };
}
