/** Products of matrices that are spelled out. */
import { elementCount } from "@archwright/core/ir";
import { dense } from "../rules/products.ts";
import { StoredTensor } from "../values/tensors.ts";
import type { Pattern } from "./lookBack.ts";

/** A product with stored weights, and a stored bias added to it. */
export const denseBias: Pattern = (p, node) => {
  const [name, bias] = p.pick(node, (tensor) => p.stored(tensor)) ?? [];
  const multiplied = p.made(name, "MatMul");
  const weight = p.stored(multiplied?.inputs[1]);
  const [x] = multiplied?.inputs ?? [];
  const features = weight?.shape[1];
  if (!multiplied || !bias || !weight || x === undefined || name === undefined || !p.alone(name)) return undefined;
  // More than one row of what is added is no bias.
  const fits = weight.shape.length === 2 && bias.shape.at(-1) === features && elementCount(bias.shape) === features && !p.stored(x);
  return fits ? { inputs: multiplied.inputs, read: (c) => dense(c, { x: c.data(0), weight, bias }) } : undefined;
};

/** A matrix whose last two axes were exchanged before the product. */
export const transposedProduct: Pattern = (p, node) => {
  const swaps = node.inputs.map((name) => {
    const transpose = p.stored(name) ? undefined : p.made(name, "Transpose");
    const perm = transpose?.ints("perm");
    const last = (perm?.length ?? 0) - 1;
    const isSwap = perm && last > 0 && perm.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
    return isSwap ? transpose : undefined;
  });
  const [transposeA, transposeB] = [swaps[0] !== undefined, swaps[1] !== undefined];
  const [a = "", b = ""] = node.inputs;
  if ((!transposeA && !transposeB) || p.stored(b) instanceof StoredTensor || p.rank(a) < 2 || p.rank(b) < 2) return undefined;
  return {
    inputs: node.inputs.map((name, i) => swaps[i]?.inputs[0] ?? name),
    read: (c) => c.add({ kind: "matmul", transposeA, transposeB }, c.data(0), c.data(1)),
  };
};
