import { InputError } from "@archwright/core";

/** The value of an option that is a count. @throws InputError */
export function atLeast(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new InputError(`--${name} is ${value}`, { expected: `a whole number of at least ${least}` });
}
