/**
 * Reads the operators that onnxruntime writes for images whose channels lie in blocks (domain com.microsoft.nchwc): what a model is once it was
 * optimised for one kind of processor.
 */
import { elementCount } from "@archwright/core/ir";
import { fusedConvolution } from "./microsoft.ts";
import type { ReadRule, ReadRules } from "./rule.ts";
import { globalPooling, pooling } from "./windows/pooling.ts";

/** Channels into blocks; those that fill up the last block are not counted. */
const intoBlocks: ReadRule = (c) => {
  const input = c.shape(0);
  const [batch = 1, ...rest] = input;
  const shape = c.node.int("channels_last", 0) === 0 ? input : [batch, rest.at(-1) ?? 1, ...rest.slice(0, -1)];
  return c.opaque({ shape, work: "move" }, c.data(0));
};

/** Blocks back into channels, without those that filled up the last block. */
const outOfBlocks: ReadRule = (c) => {
  const [batch = 1, padded = 1, ...sizes] = c.shape(0);
  const channels = c.node.int("channels", padded);
  if (!(channels >= 1 && channels <= padded)) c.fail(`it takes ${channels} channels out of ${padded}`);
  const shape = c.node.int("channels_last", 0) === 0 ? [batch, channels, ...sizes] : [batch, ...sizes, channels];
  return c.opaque({ shape, work: "move" }, c.data(0));
};

const enlarged: ReadRule = (c) => {
  const input = c.shape(0);
  const scales = c.node.ints("scales") ?? [];
  if (scales.length !== input.length) c.fail(`it has ${scales.length} scales for ${input.length} axes`);
  const shape = input.map((size, axis) => size * (scales[axis] ?? 1));
  const linear = c.node.text("mode", "nearest") === "linear";
  return c.opaque({ shape, work: "move", operations: linear ? 7 * elementCount(shape) : 0 }, c.data(0));
};

export const blockedRules: ReadRules = {
  ReorderInput: intoBlocks,
  ReorderOutput: outOfBlocks,
  Conv: (c) => fusedConvolution(c, true),
  MaxPool: (c) => pooling(c, "max"),
  AveragePool: (c) => pooling(c, "average"),
  GlobalMaxPool: globalPooling("max"),
  GlobalAveragePool: globalPooling("mean"),
  Upsample: enlarged,
};
