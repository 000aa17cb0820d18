/** Reads operators that look up, resample or rearrange elements: the network knows them by their result's shape and their cost. */
import { elementCount, type Shape } from "@archwright/core/ir";
import type { Computed, OperatorReader, Value } from "../reader.ts";
import { optionSlots } from "../schema.ts";
import { StoredTensor } from "../tensors.ts";

/** @param operations for each element of the result */
const resize =
  (operations: number) =>
  (c: OperatorReader): Computed => {
    const [n, , , channels] = c.imageShape(0);
    const size = c.stored(1)?.values() ?? c.stated().slice(1, 3);
    const resized = [n, size[0] ?? 1, size[1] ?? 1, channels];
    return c.opaque("Resize", resized, { work: "move", operations: operations * elementCount(resized) });
  };

function blockSize(c: OperatorReader): number {
  const block = c.int(optionSlots.block.size);
  return block >= 1 ? block : c.fail(`its block size is ${block}`, "at least 1");
}

function spaceToDepth(c: OperatorReader): Computed {
  const block = blockSize(c);
  const [n, h, w, channels] = c.imageShape(0);
  if (h % block !== 0 || w % block !== 0) c.fail(`${h}×${w} does not divide into blocks of ${block}×${block}`);
  return c.opaque("SpaceToDepth", [n, h / block, w / block, channels * block * block], { work: "move" });
}

function depthToSpace(c: OperatorReader): Computed {
  const block = blockSize(c);
  const [n, h, w, channels] = c.imageShape(0);
  if (channels % (block * block) !== 0) c.fail(`${channels} channels do not divide into blocks of ${block}×${block}`);
  return c.opaque("DepthToSpace", [n, h * block, w * block, channels / (block * block)], { work: "move" });
}

/** Blocks along the axes behind the first move into the batch, and back; padding or crops are pairs for each of these axes. */
const batchAndSpace =
  (name: string, toBatch: boolean) =>
  (c: OperatorReader): Computed => {
    const [batch, ...rest] = c.shape(0) as [number, ...number[]];
    const [blocks, sides] = [c.numbers(1, "block shape"), c.numbers(2, toBatch ? "padding" : "crops")];
    const product = blocks.reduce((all, block) => all * block, 1);
    const spatial = rest.map((size, axis) => {
      const block = blocks[axis];
      if (block === undefined) return size;
      const around = (sides[2 * axis] ?? 0) + (sides[2 * axis + 1] ?? 0);
      return toBatch ? (size + around) / block : size * block - around;
    });
    const shape = [toBatch ? batch * product : batch / product, ...spatial];
    if (shape.some((size) => !Number.isInteger(size))) c.fail(`[${[batch, ...rest].join(", ")}] does not divide into its blocks`);
    return c.opaque(name, shape, { work: "move" });
  };

/** Rows of a stored table are an embedding; else entries along one axis, which the indices' axes take the place of. */
function gather(c: OperatorReader): Value {
  const [shape, indices] = [c.shape(0), c.shape(1)];
  const axis = c.axis(c.int(optionSlots.gather.axis), shape.length);
  const batches = c.int(optionSlots.gather.batchDims);
  if (batches < 0 || batches > Math.min(axis, indices.length)) c.fail(`${batches} axes shall be the batch`);
  const gathered = [...shape.slice(0, axis), ...indices.slice(batches), ...shape.slice(axis + 1)];
  const isTable = axis === 0 && shape.length === 2 && c.stored(0) !== undefined && c.stored(1) === undefined;
  return isTable ? lookUp(c, 0, 1) : c.opaque("Gather", gathered, { work: "move", weights: [0, 1] });
}

/** @param table which input is the table, and which the indices. */
function lookUp(c: OperatorReader, table: number, indices: number): Computed {
  const [vocabulary, features] = c.shape(table) as readonly [number, number];
  const weight = c.stored(table);
  if (c.shape(table).length !== 2 || !weight) {
    const shape = [...c.shape(indices), ...c.shape(table).slice(1)];
    return c.opaque("Gather", shape, { work: "move", weights: [table, indices] });
  }
  return c.add({ kind: "embedding", vocabulary, features }, [c.laid(indices, "file")], "file", { weight });
}

/** Elements or slices whose places are the indices' last axis. */
function gatherNd(c: OperatorReader): Computed {
  const [shape, indices] = [c.shape(0), c.shape(1)];
  const depth = indices.at(-1) ?? 0;
  if (depth > shape.length) c.fail(`its indices have ${depth} entries for ${shape.length} axes`);
  return c.opaque("GatherND", [...indices.slice(0, -1), ...shape.slice(depth)], { work: "move", weights: [0, 1] });
}

function oneHot(c: OperatorReader): Computed {
  const indices = c.shape(0);
  const depth = c.numbers(1, "depth")[0] ?? 1;
  const axis = c.axis(c.int(optionSlots.oneHot.axis), indices.length + 1);
  return c.opaque("OneHot", [...indices.slice(0, axis), depth, ...indices.slice(axis)], { work: "move" });
}

/** @param shapeOf its result's shape, where it is that of the first input by default. */
const moved =
  (name: string, weights: readonly number[], shapeOf: (c: OperatorReader) => Shape = (c) => c.shape(0)) =>
  (c: OperatorReader): Computed =>
    c.opaque(name, shapeOf(c), { work: "move", weights });

const filled = (c: OperatorReader): StoredTensor => StoredTensor.filled(c.output().name, c.shape(0), c.format(), 0);

function fill(c: OperatorReader): Value {
  const shape = c.stored(0)?.values() ?? c.stated();
  const value = c.stored(1);
  return value ? StoredTensor.filled(c.output().name, shape, c.format(), value.uniform()) : c.opaque("Expand", shape, { work: "move" });
}

/** What a graph keeps from run to run is copied out of where it lies. */
const variable = (c: OperatorReader): Computed => {
  c.note("what the model keeps from one run to the next (variables) takes memory that is not part of the arena");
  return c.opaque("ReadVariable", c.stated(), { work: "move" });
};

const handle = (c: OperatorReader): StoredTensor => StoredTensor.of(c.output().name, [], "int32");

export const moveRules = {
  // Four products and three additions.
  RESIZE_BILINEAR: resize(7),
  RESIZE_NEAREST_NEIGHBOR: resize(0),
  SPACE_TO_DEPTH: spaceToDepth,
  DEPTH_TO_SPACE: depthToSpace,
  SPACE_TO_BATCH_ND: batchAndSpace("SpaceToBatch", true),
  BATCH_TO_SPACE_ND: batchAndSpace("BatchToSpace", false),
  GATHER: gather,
  EMBEDDING_LOOKUP: (c: OperatorReader) => lookUp(c, 1, 0),
  GATHER_ND: gatherNd,
  ONE_HOT: oneHot,
  REVERSE_V2: moved("Reverse", [0]),
  REVERSE_SEQUENCE: moved("ReverseSequence", [0]),
  DYNAMIC_UPDATE_SLICE: moved("DynamicUpdateSlice", [0, 1]),
  SCATTER_ND: moved("ScatterND", [0, 1], (c) => c.stored(2)?.values() ?? c.stated()),
  MATRIX_DIAG: moved("MatrixDiag", [0], (c) => [...c.shape(0), c.shape(0).at(-1) ?? 1]),
  MATRIX_SET_DIAG: moved("MatrixSetDiag", [0, 1]),
  BITCAST: moved("Bitcast", [0], (c) => c.stated()),
  FILL: fill,
  ZEROS_LIKE: filled,
  READ_VARIABLE: variable,
  VAR_HANDLE: handle,
};
