/** Models that a command line names: files, and the sizes of what they are given. */
import { existsSync } from "node:fs";
import { InputError } from "@archwright/core";
import { readBytes } from "@archwright/engine";
import { type InputSizes, namesModel, type ReadModel, readModel } from "@archwright/runtimes";

/** Whether what was typed stands for a file, and not for an architecture's text. */
export function isModelFile(target: string): boolean {
  return namesModel(target) || /\.[a-z][a-z0-9]{1,11}(\.gz)?$/i.test(target) || existsSync(target);
}

/** Reads a model from a file. @throws InputError with the cure, where the file is no model or cannot be read. */
export function readModelFile(
  file: string,
  { input, strict = false }: { readonly input?: string | undefined; readonly strict?: boolean | undefined } = {},
): ReadModel {
  const sizes = input === undefined ? undefined : parseInputSizes(input);
  return readModel(readBytes(file, "a model: ONNX or TFLite"), file, { strict, ...(sizes ? { input: sizes } : {}) });
}

/** Sizes as people write them: `1x3x224x224`, `height=224,width=224`, or both. @throws InputError */
export function parseInputSizes(written: string): InputSizes {
  let shape: readonly number[] | undefined;
  const named: Record<string, number> = {};
  for (const part of written.split(",")) {
    const whole = /^\d+(x\d+)*$/.exec(part);
    const one = /^([^=\s]+)=(\d+)$/.exec(part);
    if (whole && shape === undefined) shape = part.split("x").map(Number);
    else if (one) named[one[1] as string] = Number(one[2]);
    else
      throw new InputError(`--input '${written}' gives no sizes`, {
        expected: "the shape of the input (1x3x224x224), or sizes by their names (height=224,width=224)",
        suggestion: "--input 1x3x224x224",
      });
  }
  const sizes = [...(shape ?? []), ...Object.values(named)];
  if (sizes.some((size) => size < 1 || !Number.isSafeInteger(size)))
    throw new InputError(`--input '${written}' has a size that no tensor has`, { expected: "whole numbers of at least 1" });
  return { ...(shape ? { shape } : {}), ...(Object.keys(named).length > 0 ? { named } : {}) };
}
