/** Quantities with units, as people write them. */
import { z } from "zod";
import { InputError } from "./errors.ts";
import { nearestSpelling } from "./nearest.ts";

/**
 * Quantities as people write them (`5ms`, `256KiB`, `1.5MB`, `3mJ`) and the unit each is kept in inside the code:
 * milliseconds, bytes, millijoules, milliwatts, operations a second, bytes a second.
 */
const units = {
  time: { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, min: 6e4, h: 3.6e6 },
  memory: { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  energy: { pJ: 1e-9, nJ: 1e-6, uJ: 1e-3, µJ: 1e-3, mJ: 1, J: 1e3 },
  power: { uW: 1e-3, µW: 1e-3, mW: 1, W: 1e3, kW: 1e6 },
  rate: { "MOP/s": 1e6, "GOP/s": 1e9, "TOP/s": 1e12, "MMAC/s": 2e6, "GMAC/s": 2e9, "TMAC/s": 2e12 },
  bandwidth: { "kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9, "TB/s": 1e12 },
  count: { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 },
  percent: { "": 1, "%": 1 },
} as const satisfies Record<string, Record<string, number>>;

/** A kind of quantity. `time` is kept in ms, `memory` in bytes, `energy` in mJ, `power` in mW, `rate` in operations/s (1 MAC = 2), `bandwidth` in bytes/s. */
export type Dimension = keyof typeof units;

const examples: Record<Dimension, string> = {
  time: "5ms",
  memory: "256KiB",
  energy: "3mJ",
  power: "330mW",
  rate: "2GOP/s",
  bandwidth: "1.5GB/s",
  count: "1.5M",
  percent: "95%",
};

/**
 * Parses a quantity and gives it in the dimension's own unit.
 * @throws InputError where there is no number, no unit, or a unit of another dimension.
 */
export function parseQuantity(text: string | number, dimension: Dimension): number {
  const table: Record<string, number> = units[dimension];
  const names = Object.keys(table).filter((name) => name !== "");
  const expected = `a number with a unit of ${dimension} (${names.join(", ")}), for example ${examples[dimension]}`;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?$/.exec(String(text).trim());
  if (!match) throw new InputError(`'${text}' is not a quantity`, { expected });
  const unit = match[2]?.trim() ?? "";
  const factor = Object.hasOwn(table, unit) ? table[unit] : undefined;
  if (factor === undefined) {
    const near = unit === "" ? examples[dimension].replace(/^[\d.]+/, "") : nearestSpelling(unit, names);
    throw new InputError(unit === "" ? `'${text}' has no unit` : `'${unit}' is not a unit of ${dimension}`, {
      expected,
      suggestion: near === undefined ? undefined : `${match[1]}${near}`,
    });
  }
  return Number(match[1]) * factor;
}

/**
 * The schema of a quantity as it is written, before {@link parseQuantity}. Editors are told its units; the program takes what
 * is text or a number, because its own complaint says more.
 * @param zero that 0 may stand without a unit
 */
export function quantityText(dimension: Dimension, zero?: "zero"): z.ZodUnion<readonly [z.ZodString, z.ZodNumber]> {
  const names = Object.keys(units[dimension]);
  const unit = names
    .filter((name) => name !== "")
    .map((name) => name.replace("/", "\\/"))
    .join("|");
  const bare = names.includes("");
  const pattern = `^\\s*${zero ? "[+-]" : "\\+"}?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*(${unit})${bare ? "?" : ""}\\s*$`;
  const text = { type: "string", pattern, examples: [examples[dimension]] };
  return z.union([z.string(), z.number()]).meta({ anyOf: [text, ...(bare ? [{ type: "number" }] : zero ? [{ const: 0 }] : [])] });
}

const shown: Record<Exclude<Dimension, "percent">, readonly [number, string][]> = {
  time: [
    [1e3, "s"],
    [1, "ms"],
    [1e-3, "µs"],
    [1e-6, "ns"],
  ],
  memory: [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
    [1, "B"],
  ],
  energy: [
    [1e3, "J"],
    [1, "mJ"],
    [1e-3, "µJ"],
    [1e-6, "nJ"],
    [1e-9, "pJ"],
  ],
  power: [
    [1e3, "W"],
    [1, "mW"],
    [1e-3, "µW"],
  ],
  rate: [
    [1e12, "TOP/s"],
    [1e9, "GOP/s"],
    [1e6, "MOP/s"],
  ],
  bandwidth: [
    [1e12, "TB/s"],
    [1e9, "GB/s"],
    [1e6, "MB/s"],
    [1e3, "kB/s"],
  ],
  count: [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
    [1, ""],
  ],
};

type Shown = keyof typeof shown;

/** A quantity for people, with three significant digits and the largest unit that leaves at least 1. Reads back with {@link parseQuantity}. */
export function formatQuantity(value: number, dimension: Shown): string {
  const { factor, unit } = unitFor(value, dimension);
  return `${Number((value / factor).toPrecision(3))}${unit}`;
}

/**
 * A limit to propose, as {@link formatQuantity} writes it: `up` reads back as no less than the value, `down` as no more.
 * @param value positive.
 */
export function formatLimit(value: number, dimension: Shown, rounding: "up" | "down"): string {
  const { factor, unit } = unitFor(value, dimension);
  const size = value / factor;
  const step = 10 ** (Math.floor(Math.log10(size)) - 2);
  const holds = (text: string) => (parseQuantity(text, dimension) - value) * (rounding === "up" ? 1 : -1) >= 0;
  // A step more is taken where the quotient or the product is rounded to the wrong side.
  for (const more of [0, 1]) {
    const steps = rounding === "up" ? Math.ceil(size / step - 1e-9) + more : Math.floor(size / step + 1e-9) - more;
    const text = `${Number((steps * step).toPrecision(6))}${unit}`;
    if (steps > 0 && holds(text)) return text;
  }
  return `${value}${unitFor(1, dimension).unit}`;
}

function unitFor(value: number, dimension: Shown): { readonly factor: number; readonly unit: string } {
  const scale = shown[dimension];
  const fits = ([size]: readonly [number, string]) => (value === 0 ? size === 1 : Math.abs(value) >= size);
  const [factor, unit] = scale.find(fits) ?? (scale.at(-1) as [number, string]);
  return { factor, unit };
}
