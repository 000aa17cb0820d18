/** Sizes of a model's inputs that the file leaves open. */
import { InputError } from "@archwright/core/base";
import type { Shape } from "@archwright/core/ir";
import type { InputSizes } from "../models/types.ts";
import type { TfliteTensor } from "./model.ts";

const imageNames = ["batch", "height", "width", "channels"] as const;

/** What the axes of an input are called: TensorFlow Lite's files do not say. */
function axisNames(rank: number): readonly string[] {
  return rank === 4 ? imageNames : Array.from({ length: rank }, (_, axis) => (axis === 0 ? "batch" : `axis${axis}`));
}

const fits = (sizes: Shape, signature: Shape) =>
  sizes.length === signature.length && sizes.every((size, axis) => signature[axis] === -1 || signature[axis] === size);

/** Given sizes in the file's order; an image may also be given channels-first, as other formats have it. */
function arranged(given: Shape, signature: Shape): Shape | undefined {
  if (fits(given, signature)) return given;
  const channelsLast = [0, 2, 3, 1].map((axis) => given[axis] ?? 0);
  return given.length === 4 && fits(channelsLast, signature) ? channelsLast : undefined;
}

/**
 * The sizes of every input, in the file's order. A batch that is left open is 1.
 * @throws InputError where a size stays open, or is given that the model does not have
 */
export function inputShapes(inputs: readonly TfliteTensor[], { shape, named = {} }: InputSizes, file: string): readonly Shape[] {
  const place = { file };
  const used = new Set<string>();
  const shapes = inputs.map((tensor, i) => {
    const { name } = tensor;
    const signature = tensor.shape.map((size, axis) => ((tensor.signature[axis] ?? size) === -1 || size < 1 ? -1 : size));
    const names = axisNames(signature.length);
    const given = i === 0 && shape ? arranged(shape, signature) : undefined;
    if (i === 0 && shape && !given) {
      const sizes = signature.map((size, axis) => (size === -1 ? names[axis] : size)).join("x");
      throw new InputError(`the input '${name}' cannot be ${shape.join("x")}`, { place, expected: `${sizes}` });
    }
    return signature.map((size, axis) => {
      const axisName = names[axis] as string;
      const wanted = given?.[axis] ?? named[axisName];
      if (named[axisName] !== undefined) used.add(axisName);
      if (size !== -1) {
        if (wanted === undefined || wanted === size) return size;
        throw new InputError(`the ${axisName} of the input '${name}' cannot be ${wanted}`, { place, expected: `${size}` });
      }
      if (wanted !== undefined && Number.isInteger(wanted) && wanted >= 1) return wanted;
      if (wanted !== undefined)
        throw new InputError(`the ${axisName} of the input '${name}' is ${wanted}`, { place, expected: "at least 1" });
      if (axis === 0) return 1;
      const example = signature.map((open, k) => (open === -1 ? (k === 0 ? 1 : 224) : open)).join("x");
      throw new InputError(`the ${axisName} of the input '${name}' is left open`, {
        place,
        expected: "its size",
        advice: `give the size: --input ${axisName}=224, or the whole shape: --input ${example}`,
      });
    });
  });
  const unknown = Object.keys(named).find((name) => !used.has(name));
  if (unknown !== undefined) {
    const known = [...new Set(inputs.flatMap((tensor) => axisNames(tensor.shape.length)))];
    throw new InputError(`no input has an axis '${unknown}'`, { place, expected: `one of ${known.join(", ")}` });
  }
  return shapes;
}
