/** Reads sequences of tensors and optional tensors, as far as it is known before the model runs which tensors they hold. */
import { item } from "@archwright/core/base";
import { dataTypes } from "../../../proto.ts";
import type { NodeReader } from "../../values/nodeReader.ts";
import { Sequence } from "../../values/state.ts";
import { StoredTensor } from "../../values/tensors.ts";
import type { ReadRule, ReadRules } from "../rule.ts";

/** A place in a sequence, counted from the front; `fallback` where none is given. */
function place(c: NodeReader, input: number, length: number, fallback: number): number {
  const given = c.has(input) ? (c.numbers(input, "position")[0] ?? fallback) : fallback;
  const counted = given < 0 ? given + length : given;
  if (!(counted >= 0 && counted <= length)) c.fail(`position ${given} of a sequence of ${length}`);
  return counted;
}

const insert: ReadRule = (c) => {
  const { items } = c.sequence(0);
  const at = place(c, 2, items.length, items.length);
  if (items.length >= 10_000) c.fail("its sequence has more than 10,000 tensors");
  return new Sequence([...items.slice(0, at), c.any(1), ...items.slice(at)]);
};

const erase: ReadRule = (c) => {
  const { items } = c.sequence(0);
  const at = place(c, 1, items.length, items.length - 1);
  return new Sequence(items.filter((_, i) => i !== at));
};

const pickOne: ReadRule = (c) => {
  const { items } = c.sequence(0);
  return items[place(c, 1, items.length, 0)] ?? c.fail(`its sequence has ${items.length} tensors`);
};

const number = (c: NodeReader, value: number, dataType: number) => StoredTensor.of(c.node.label, [], [value], dataType);

const splitIntoSequence: ReadRule = (c) => {
  const input = c.shape(0);
  const axis = c.axis(c.node.int("axis", 0), input.length);
  const total = item(input, axis);
  const given = c.has(1) ? c.numbers(1, "sizes") : undefined;
  const each = given === undefined ? 1 : c.shape(1).length === 0 ? item(given, 0) : undefined;
  if (each !== undefined && !(each >= 1 && total / each <= 10_000)) c.fail(`parts of ${each} of an axis with ${total} entries`);
  const sizes =
    each === undefined ? (given ?? []) : Array.from({ length: Math.ceil(total / each) }, (_, i) => Math.min(each, total - i * each));
  const drops = given === undefined && c.node.int("keepdims", 1) === 0;
  const x = c.data(0);
  let start = 0;
  return new Sequence(
    sizes.map((size) => {
      start += size;
      const part = c.add({ kind: "slice", axes: [axis], starts: [start - size], ends: [start] }, x);
      return drops ? c.add({ kind: "reshape", shape: input.filter((_, i) => i !== axis) }, part) : part;
    }),
  );
};

const join: ReadRule = (c) => {
  const parts = c.sequence(0).items.map((value) => c.asNode(c.tensor(value)));
  const [first] = parts;
  if (first === undefined) return c.fail("its sequence is empty");
  const rank = c.shapeOf(first).length;
  const isNew = c.node.int("new_axis", 0) !== 0;
  const axis = c.axis(c.node.int("axis", 0), isNew ? rank + 1 : rank);
  const spread = isNew
    ? parts.map((part) => c.add({ kind: "reshape", shape: [...c.shapeOf(part).slice(0, axis), 1, ...c.shapeOf(part).slice(axis)] }, part))
    : parts;
  return spread.length === 1 ? item(spread, 0) : c.add({ kind: "concat", axis }, ...spread);
};

/** An element that is there, itself or as an optional. */
const element: ReadRule = (c) => {
  const value = c.any(0);
  return value instanceof Sequence && value.items.length === 1 ? item(value.items, 0) : value;
};

const isThere: ReadRule = (c) => {
  const value = c.has(0) ? c.any(0) : undefined;
  const there = value !== undefined && !(value instanceof Sequence && value.items.length === 0);
  return number(c, Number(there), dataTypes.bool);
};

/** Rules that pass tensors on as they are. */
export const sequenceRules: ReadRules = {
  SequenceEmpty: () => new Sequence([]),
  SequenceConstruct: (c) => new Sequence(Array.from({ length: c.inputCount }, (_, i) => c.any(i))),
  SequenceInsert: insert,
  SequenceErase: erase,
  SequenceAt: pickOne,
  SequenceLength: (c) => number(c, c.sequence(0).items.length, dataTypes.int64),
  SplitToSequence: splitIntoSequence,
  ConcatFromSequence: join,
  Optional: (c) => new Sequence(c.has(0) ? [c.any(0)] : []),
  OptionalGetElement: element,
  OptionalHasElement: isThere,
};
