/** Checks the values of options that are counts, seeds or quantities. */
import { InputError, parseQuantity } from "@archwright/core";

/** The value of an option that is a count or a seed. Beyond the default of `most`, numbers are not kept exactly. @throws InputError */
export function atLeast(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  if (value > most) throw new InputError(`--${name} is too large`, { expected: `a whole number from ${least} to ${most}` });
  throw new InputError(`--${name} is ${value}`, { expected: `a whole number of at least ${least}` });
}

const examples = { time: "60s or 5min", memory: "64MiB or 1GB" } as const;

/** The value of an option that has a unit. @throws InputError */
export function quantityOf(name: string, written: string, dimension: keyof typeof examples): number {
  try {
    return parseQuantity(written, dimension);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`--${name}: ${error.problem}`, { expected: `a number and its unit, such as ${examples[dimension]}` });
  }
}
