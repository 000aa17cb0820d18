/** Operators whose inputs are all stored: their results are stored numbers too. */
import { elementCount, type Shape } from "@archwright/core/ir";
import type { OperatorReader, Value } from "./reader.ts";
import { optionSlots } from "./schema.ts";
import { StoredTensor } from "./tensors.ts";

/** More numbers than a shape, or what is computed to get one, ever has. */
const mostNumbers = 1024;

type Numbers = readonly number[];

const both =
  (of: (a: number, b: number) => number) =>
  ([a = [], b = []]: readonly Numbers[]): Numbers | undefined => {
    if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => of((a[i] ?? a[0]) as number, (b[i] ?? b[0]) as number));
  };

const each =
  (of: (a: number) => number) =>
  ([a = []]: readonly Numbers[]): Numbers =>
    a.map(of);

const over =
  (of: (a: number, b: number) => number) =>
  ([a = []]: readonly Numbers[]): Numbers | undefined =>
    a.length === 0 ? undefined : [a.reduce(of)];

/** What shapes are computed with: lists and single numbers. */
const arithmetic: Readonly<Record<string, (inputs: readonly Numbers[]) => Numbers | undefined>> = {
  ADD: both((a, b) => a + b),
  SUB: both((a, b) => a - b),
  MUL: both((a, b) => a * b),
  DIV: both((a, b) => a / b),
  FLOOR_DIV: both((a, b) => Math.floor(a / b)),
  FLOOR_MOD: both((a, b) => a - Math.floor(a / b) * b),
  MAXIMUM: both(Math.max),
  MINIMUM: both(Math.min),
  POW: both((a, b) => a ** b),
  EQUAL: both((a, b) => Number(a === b)),
  NOT_EQUAL: both((a, b) => Number(a !== b)),
  LESS: both((a, b) => Number(a < b)),
  LESS_EQUAL: both((a, b) => Number(a <= b)),
  GREATER: both((a, b) => Number(a > b)),
  GREATER_EQUAL: both((a, b) => Number(a >= b)),
  NEG: each((a) => -a),
  ABS: each(Math.abs),
  SQRT: each(Math.sqrt),
  FLOOR: each(Math.floor),
  CEIL: each(Math.ceil),
  CAST: each((a) => a),
  QUANTIZE: each((a) => a),
  CONCATENATION: (inputs) => inputs.flat(),
  PACK: (inputs) => inputs.flat(),
  SUM: over((a, b) => a + b),
  REDUCE_PROD: over((a, b) => a * b),
  REDUCE_MAX: over(Math.max),
  REDUCE_MIN: over(Math.min),
  GATHER: ([list = [], places = []]) => places.map((place) => list[place < 0 ? place + list.length : place] ?? Number.NaN),
  RANGE: (inputs) => {
    const [start = 0, limit = 0, delta = 1] = inputs.map(([first]) => first);
    const count = Math.ceil((limit - start) / delta);
    return count >= 0 && count <= mostNumbers ? Array.from({ length: count }, (_, i) => start + i * delta) : undefined;
  },
  // Of two shapes the one that both broadcast to: aligned at their ends.
  BROADCAST_ARGS: ([a = [], b = []]) => {
    const rank = Math.max(a.length, b.length);
    const at = (list: Numbers, i: number) => list[i - rank + list.length] ?? 1;
    return Array.from({ length: rank }, (_, i) => (at(a, i) === 1 ? at(b, i) : at(a, i)));
  },
  SELECT_V2: ([condition = [], yes = [], no = []]) => condition.map((is, i) => (is ? (yes[i] ?? yes[0]) : (no[i] ?? no[0])) as number),
};

/** The part of a list that a slice takes. */
function sliced(c: OperatorReader): Numbers | undefined {
  const list = c.stored(0)?.values();
  const [begin, end, stride] = [1, 2, 3].map((i) => c.stored(i)?.values());
  if (!list || !begin || !end || c.shape(0).length !== 1 || begin.length !== 1) return undefined;
  const [first = 0, last = 0, step = 1] = [begin[0], end[0], stride?.[0]];
  if (c.operator.type === "SLICE") return list.slice(first, last === -1 ? undefined : first + last);
  const slots = optionSlots.stridedSlice;
  if (step !== 1 || c.int(slots.newAxis) !== 0 || c.int(slots.ellipsis) !== 0) return undefined;
  if (c.int(slots.shrink) !== 0) return [list.at(first) ?? Number.NaN];
  const stop = c.int(slots.end) !== 0 ? undefined : last;
  return list.slice(c.int(slots.begin) !== 0 ? 0 : first, stop);
}

function numbersOf(c: OperatorReader): Numbers | undefined {
  const { type } = c.operator;
  if (type === "STRIDED_SLICE" || type === "SLICE") return sliced(c);
  const compute = arithmetic[type];
  if (!compute) return undefined;
  // Only of lists is the order of a result plain.
  const inputs = Array.from({ length: c.inputCount }, (_, i) => (c.has(i) && c.shape(i).length < 2 ? c.stored(i)?.values() : undefined));
  const result = inputs.every((list) => list !== undefined) ? compute(inputs as readonly Numbers[]) : undefined;
  return result && result.length <= mostNumbers ? result : undefined;
}

/** Operators that change how a stored tensor is looked at: their rules do it. */
const views: ReadonlySet<string> = new Set([
  "RESHAPE",
  "SQUEEZE",
  "EXPAND_DIMS",
  "TRANSPOSE",
  "FILL",
  "ZEROS_LIKE",
  "SHAPE",
  "RANK",
  "VAR_HANDLE",
]);

/** Operators that store less than their result in the file; what they give is computed once, when the model is loaded. */
const widening: ReadonlySet<string> = new Set(["DEQUANTIZE", "DENSIFY"]);

/** Operators that are read where they depend on stored numbers alone. */
export const foldedOperators: readonly string[] = [...Object.keys(arithmetic), ...widening];

/** Whether the result is the same in every run. */
export function isFolded(c: OperatorReader): boolean {
  const { type, custom, inputs, outputs } = c.operator;
  const variable = /VARIABLE|HASHTABLE|RANDOM|MULTINOMIAL|^(IF|WHILE|CALL|CALL_ONCE|CUSTOM|VAR_HANDLE)$/.test(type);
  if (custom || variable || views.has(type) || outputs.length !== 1 || inputs.length === 0) return false;
  return inputs.every((tensor, i) => tensor === -1 || c.stored(i) !== undefined);
}

/** The result of an operator whose inputs are all stored. Its numbers are known where they are few. */
export function fold(c: OperatorReader): Value {
  if (widening.has(c.operator.type)) {
    const stored = c.stored(0) ?? c.fail("its input is missing");
    c.note("weights that the file stores in a smaller format are widened when the model is loaded: that copy is not part of the arena");
    return stored;
  }
  const numbers = numbersOf(c);
  const { name } = c.output();
  if (!numbers) return StoredTensor.of(name, c.stated(), c.format());
  const stated: Shape = c.output().shape;
  const shape = elementCount(stated) === numbers.length ? stated : [numbers.length];
  return StoredTensor.of(name, shape, c.format(), numbers);
}
