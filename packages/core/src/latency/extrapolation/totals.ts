/** How far a network lies outside of what was measured. */
import { item } from "../../base/matrix.ts";
import { type NetworkTerms, type WorkKind, workKinds } from "./networkTerms.ts";

interface Total {
  readonly name: string;
  /** For people: the unit behind the number, and what it is divided by. */
  readonly unit: string;
  readonly per: number;
  of(terms: NetworkTerms): number;
}

const sum = ({ kernels }: NetworkTerms, of: (kernel: NetworkTerms["kernels"][number]) => number) =>
  kernels.reduce((total, kernel) => (kernel.use === "needed" ? total + kernel.count * of(kernel) : total), 0);
const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const operations = (terms: NetworkTerms) => sum(terms, ({ arithmetic }) => add(arithmetic.map((one) => one.operations)));
const tensorBytes = (terms: NetworkTerms) => sum(terms, (kernel) => add(kernel.tensorBytes));
const kernels = (terms: NetworkTerms) => sum(terms, () => 1);
/** Channels of convolutions, the geometric mean over operations. */
const channels = (terms: NetworkTerms) => {
  let [weight, logs] = [0, 0];
  for (const kernel of terms.kernels) {
    for (const {
      operations: done,
      channels: [into, out],
    } of kernel.arithmetic) {
      if (out === 0) continue;
      weight += kernel.count * done;
      logs += kernel.count * done * (into === 0 ? Math.log(out) : Math.log(into * out) / 2);
    }
  }
  return weight === 0 ? 0 : Math.exp(logs / weight);
};

/** In what networks are compared. */
const totals: readonly Total[] = [
  { name: "operations", unit: "million operations", per: 1e6, of: operations },
  { name: "traffic", unit: "MB of tensors read and written", per: 1e6, of: tensorBytes },
  { name: "weights", unit: "MB of weights", per: 1e6, of: ({ storedBytes }) => storedBytes },
  { name: "kernels", unit: "kernels", per: 1, of: kernels },
  { name: "operations of a kernel", unit: "million operations a kernel", per: 1e6, of: (terms) => operations(terms) / kernels(terms) },
  { name: "traffic of a kernel", unit: "MB of tensors a kernel", per: 1e6, of: (terms) => tensorBytes(terms) / kernels(terms) },
  { name: "channels", unit: "channels of convolutions on average", per: 1, of: channels },
];

/** What was measured, in short. */
export interface MeasuredRange {
  /** Least and largest of each total. */
  readonly totals: readonly (readonly [least: number, most: number])[];
  readonly kinds: readonly WorkKind[];
}

export function rangeOf(measured: readonly NetworkTerms[]): MeasuredRange {
  return {
    totals: totals.map(({ of }) => {
      const values = measured.map(of);
      return [Math.min(...values), Math.max(...values)];
    }),
    kinds: workKinds.filter((kind) => measured.some((terms) => shareOf(terms, kind) > 0)),
  };
}

/** A share of the operations above which a kind of work counts. */
const notable = 0.02;

function shareOf(terms: NetworkTerms, kind: WorkKind): number {
  const own = sum(terms, ({ arithmetic }) => add(arithmetic.filter((one) => one.kind === kind).map((one) => one.operations)));
  return own / Math.max(1, operations(terms));
}

/** By how much, in logarithms, each total lies outside of its range. */
function excesses(terms: NetworkTerms, range: MeasuredRange): readonly number[] {
  return totals.map(({ of }, i) => {
    const value = of(terms);
    const [least, most] = item(range.totals, i);
    // What has none of it (a network without convolutions has no channels) is not far from those that have.
    return value > 0 && most > 0 ? Math.max(0, Math.log(Math.max(least, Number.MIN_VALUE) / value), Math.log(value / most)) : 0;
  });
}

/** The largest excess: 0 within what was measured, 1 where a total is e times too large or small. */
export function distanceFrom(terms: NetworkTerms, range: MeasuredRange): number {
  return Math.max(...excesses(terms, range));
}

/** Within this factor the ends of a range are not told from what is within. */
const near = Math.log(2);

const kindNames: Readonly<Record<WorkKind, string>> = {
  spatial: "convolutions",
  pointwise: "1×1 convolutions",
  large: "convolutions larger than 3×3",
  grouped: "grouped convolutions",
  depthwise: "depthwise convolutions",
  dense: "dense layers",
  element: "element-wise operators",
  window: "pooling",
  normalisation: "normalisations",
};

/** In words, how a network differs from all that were measured; empty where it does not. */
export function differences(terms: NetworkTerms, range: MeasuredRange): readonly string[] {
  const far = excesses(terms, range).flatMap((excess, i) => {
    if (excess < near) return [];
    const { of, unit, per } = item(totals, i);
    const [least, most] = item(range.totals, i);
    const shown = (value: number) => String(Number((value / per).toPrecision(3)));
    return [{ excess, text: `${shown(of(terms))} ${unit} where ${shown(least)} to ${shown(most)} were measured` }];
  });
  const unknown = workKinds.filter((kind) => !range.kinds.includes(kind) && shareOf(terms, kind) > notable).map((kind) => kindNames[kind]);
  return [
    ...far.sort((a, b) => b.excess - a.excess).map(({ text }) => text),
    ...(unknown.length === 0 ? [] : [`${unknown.join(", ")} of which none was measured`]),
  ];
}
