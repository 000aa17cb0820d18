/** The optional package `sharp`, which reads and writes files of images. */
import { InputError, type Place } from "@archwright/core/base";

/**
 * Its main function. `S` is the part of it that the caller uses: the package's own types may be absent where this is compiled.
 * @param purpose what it is needed for, as the beginning of a sentence.
 * @throws InputError where the package is not installed.
 */
export async function loadSharp<S>(purpose: string, place?: Place): Promise<S> {
  const name: string = "sharp";
  try {
    const module = (await import(name)) as { readonly default: S };
    return module.default;
  } catch (error) {
    throw new InputError(`${purpose} needs the optional package 'sharp': ${(error as Error).message}`, {
      place,
      expected: "'sharp' to be installed: npm install sharp",
    });
  }
}
