/** Reads products of matrices. */
import { elementCount, type NodeIndex, type NumberFormat, type Shape } from "@archwright/core/ir";
import type { NodeReader } from "../values/nodeReader.ts";
import type { Tensor } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";
import { type ReadRule, type ReadRules, reshaped } from "./rule.ts";

/** A product with stored weights [features, outputs], and what is added to it. */
export interface DenseParts {
  readonly x: NodeIndex;
  readonly weight: StoredTensor;
  readonly bias: Tensor | undefined;
  /** Weights are [outputs, features]. */
  readonly flipped?: boolean;
  readonly format?: NumberFormat;
}

export function dense(c: NodeReader, { x, weight, bias, flipped = false, format }: DenseParts): NodeIndex {
  const [k, n] = flipped ? [...weight.shape].reverse() : weight.shape;
  const features = c.shapeOf(x).at(-1);
  if (features !== k || n === undefined) c.fail(`weights [${k}, ${n}] do not fit ${features} features`, "weights [features, outputs]");
  const own = bias instanceof StoredTensor && elementCount(bias.shape) === n;
  const op = { kind: "dense", outFeatures: n, bias: own } as const;
  const product = c.addWith(op, [x], { weight, ...(own && { bias }) }, format);
  return bias === undefined || own ? product : c.add({ kind: "binary", fn: "add" }, product, c.asNode(bias));
}

/** y = x·W + b, with x as it is or transposed. */
const gemm: ReadRule = (c) => {
  const turned = (attribute: string) => c.node.int(attribute, 0) !== 0;
  const [x, weight] = [c.value(0), c.value(1)];
  const bias = c.has(2) ? c.value(2) : undefined;
  if (typeof weight === "number" || c.shapeOf(weight).length !== 2) {
    const op = { kind: "matmul", transposeA: turned("transA"), transposeB: turned("transB") } as const;
    const product = c.add(op, c.asNode(x), c.asNode(weight));
    return bias === undefined ? product : c.add({ kind: "binary", fn: "add" }, product, c.asNode(bias));
  }
  const straight = turned("transA") ? c.add({ kind: "transpose", permutation: [1, 0] }, c.asNode(x)) : c.asNode(x);
  // Before operator set 7 any number of axes was taken as two.
  const rows = c.shapeOf(straight);
  const flat = rows.length <= 2 ? straight : reshaped(c, straight, [rows[0] ?? 1, elementCount(rows.slice(1))]);
  return dense(c, { x: flat, weight, bias, flipped: turned("transB") });
};

/** A product of any two tensors; vectors are matrices of one row or one column. */
export function matmul(
  c: NodeReader,
  a: Tensor,
  b: Tensor,
  transposes: { readonly a?: boolean; readonly b?: boolean } = {},
  format?: NumberFormat,
): NodeIndex {
  const [left, right] = [c.shapeOf(a), c.shapeOf(b)];
  if (b instanceof StoredTensor && right.length === 2 && left.length >= 1 && !transposes.a)
    return dense(c, { x: c.asNode(a), weight: b, bias: undefined, flipped: transposes.b ?? false, ...(format && { format }) });
  const rowOf = left.length === 1 ? reshaped(c, c.asNode(a), [1, ...left]) : c.asNode(a);
  const columnOf = right.length === 1 ? reshaped(c, c.asNode(b), [...right, 1]) : c.asNode(b);
  const op = { kind: "matmul", transposeA: transposes.a ?? false, transposeB: transposes.b ?? false } as const;
  const product = c.addWith(op, [rowOf, columnOf], {}, format);
  if (left.length > 1 && right.length > 1) return product;
  const shape = c.shapeOf(product);
  const kept = shape.filter(
    (_, axis) => !(left.length === 1 && axis === shape.length - 2) && !(right.length === 1 && axis === shape.length - 1),
  );
  return reshaped(c, product, kept);
}

/** The letters of an operand; those behind dots stand for the axes that the dots are. */
function letters(c: NodeReader, term: string, shape: Shape | undefined, hidden: number): readonly string[] {
  const [before = "", behind] = term.split("...");
  if (behind === undefined) return [...before];
  const count = shape ? shape.length - before.length - behind.length : hidden;
  if (count < 0) c.fail(`'${term}' does not fit ${shape?.length} axes`);
  // Axes behind dots are counted from the last, as in NumPy.
  return [...before, ...Array.from({ length: count }, (_, i) => `.${count - i}`), ...behind];
}

/** Every combination of indices is one product of as many factors as there are operands (Einstein's sum). */
const einsum: ReadRule = (c) => {
  const equation = c.node.text("equation", "").replace(/\s/g, "");
  const [left = "", right] = equation.split("->");
  const values = Array.from({ length: c.inputCount }, (_, i) => c.value(i));
  const terms = left.split(",");
  if (terms.length !== values.length) c.fail(`'${equation}' does not fit ${values.length} inputs`);
  const operands = terms.map((term, i) => letters(c, term, c.shapeOf(values[i] as Tensor), 0));
  const sizes = new Map<string, number>();
  operands.forEach((list, i) => {
    const shape = c.shapeOf(values[i] as Tensor);
    if (list.length !== shape.length) c.fail(`'${terms[i]}' does not fit ${shape.length} axes`);
    for (const [axis, letter] of list.entries()) sizes.set(letter, Math.max(sizes.get(letter) ?? 1, shape[axis] ?? 1));
  });
  const all = operands.flat();
  const dots = Math.max(0, ...all.filter((letter) => letter.startsWith(".")).map((letter) => Number(letter.slice(1))));
  const once = [...new Set(all)].filter((letter) => !letter.startsWith(".") && all.indexOf(letter) === all.lastIndexOf(letter)).sort();
  const implied = [...Array.from({ length: dots }, (_, i) => `.${dots - i}`), ...once];
  const result = right === undefined ? implied : letters(c, right, undefined, dots);
  const size = (list: Iterable<string>) => [...list].reduce((product, letter) => product * (sizes.get(letter) ?? 1), 1);
  const shape = result.map((letter) => sizes.get(letter) ?? 1);
  const combinations = size(new Set([...all, ...result]));
  const summed = combinations > elementCount(shape);
  const multiplied = values.length > 1;
  const weights = values.filter((value) => value instanceof StoredTensor);
  return c.opaque(
    {
      shape,
      work: multiplied && summed ? "dense" : "move",
      macs: multiplied && summed ? combinations * (values.length - 1) : 0,
      operations: summed && !multiplied ? combinations : summed ? 0 : elementCount(shape) * (values.length - 1),
      weights,
    },
    ...values.filter((value) => typeof value === "number"),
  );
};

/** By elimination: a third of n³ products. */
const determinant: ReadRule = (c) => {
  const shape = c.shape(0);
  const n = shape.at(-1) ?? 1;
  const batch = shape.slice(0, -2);
  return c.opaque({ shape: batch, work: "move", macs: Math.round((elementCount(batch) * n ** 3) / 3) }, c.data(0));
};

/** A product, of tensors of which the network keeps rows in other formats. */
export const integerProduct: ReadRule = (c) => matmul(c, c.value(0), c.value(1), {}, "int32");

export const productRules: ReadRules = {
  Gemm: gemm,
  MatMul: (c) => matmul(c, c.value(0), c.value(1)),
  Einsum: einsum,
  Det: determinant,
};
