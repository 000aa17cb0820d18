/** The attributes of every operator, from which text and JSON are read and written. */
import { z } from "zod";
import { type NumberFormat, numberFormats } from "../format.ts";
import {
  activationFunctions,
  binaryFunctions,
  type Operator,
  type OperatorKind,
  type OperatorOf,
  opaqueWorks,
  reduceFunctions,
} from "../operators.ts";

const int = z.int();
const ints = z.array(int);
const pair = z.tuple([int, int]);
const padding = z.tuple([int, int, int, int]);
export const formatSchema = z.enum(numberFormats as [NumberFormat, ...NumberFormat[]]);

/** What each operator says, in the order in which text writes it; sizes are checked by shape inference. */
export const operatorSchemas = {
  input: z.strictObject({ kind: z.literal("input"), shape: ints }),
  constant: z.strictObject({ kind: z.literal("constant"), shape: ints, value: z.number() }),
  parameter: z.strictObject({ kind: z.literal("parameter"), shape: ints }),
  conv2d: z.strictObject({
    kind: z.literal("conv2d"),
    outChannels: int,
    kernel: pair,
    stride: pair,
    dilation: pair,
    padding,
    groups: int,
    bias: z.boolean(),
  }),
  dense: z.strictObject({ kind: z.literal("dense"), outFeatures: int, bias: z.boolean() }),
  matmul: z.strictObject({ kind: z.literal("matmul"), transposeA: z.boolean(), transposeB: z.boolean() }),
  binary: z.strictObject({ kind: z.literal("binary"), fn: z.enum(binaryFunctions) }),
  activation: z.strictObject({ kind: z.literal("activation"), fn: z.enum(activationFunctions) }),
  concat: z.strictObject({ kind: z.literal("concat"), axis: int }),
  pool2d: z.strictObject({
    kind: z.literal("pool2d"),
    mode: z.enum(["max", "average"]),
    kernel: pair,
    stride: pair,
    padding,
    countPadding: z.boolean(),
  }),
  reduce: z.strictObject({ kind: z.literal("reduce"), fn: z.enum(reduceFunctions), axes: ints, keepDims: z.boolean() }),
  batchNorm: z.strictObject({ kind: z.literal("batchNorm"), epsilon: z.number() }),
  layerNorm: z.strictObject({ kind: z.literal("layerNorm"), epsilon: z.number() }),
  rmsNorm: z.strictObject({ kind: z.literal("rmsNorm"), epsilon: z.number() }),
  groupNorm: z.strictObject({ kind: z.literal("groupNorm"), groups: int, epsilon: z.number() }),
  softmax: z.strictObject({ kind: z.literal("softmax"), axis: int }),
  embedding: z.strictObject({ kind: z.literal("embedding"), vocabulary: int, features: int }),
  reshape: z.strictObject({ kind: z.literal("reshape"), shape: ints }),
  transpose: z.strictObject({ kind: z.literal("transpose"), permutation: ints }),
  slice: z.strictObject({ kind: z.literal("slice"), axes: ints, starts: ints, ends: ints }),
  cast: z.strictObject({ kind: z.literal("cast"), format: formatSchema }),
  pad: z.strictObject({ kind: z.literal("pad"), padding, value: z.number() }),
  opaque: z.strictObject({
    kind: z.literal("opaque"),
    name: z.coerce.string(),
    shape: ints,
    work: z.enum(opaqueWorks),
    macs: z.number(),
    operations: z.number(),
    parameters: z.number(),
    estimated: z.boolean(),
  }),
} as const satisfies { readonly [K in OperatorKind]: z.ZodType<OperatorOf<K>> };

type OperatorSchema = (typeof operatorSchemas)[OperatorKind];

/** Any operator, told apart by its kind. */
export const operatorSchema: z.ZodType<Operator> = z.discriminatedUnion(
  "kind",
  Object.values(operatorSchemas) as [OperatorSchema, ...OperatorSchema[]],
);

export const operatorKinds = Object.keys(operatorSchemas) as OperatorKind[];

/** The names of an operator's attributes (all but `kind`) in their fixed order. */
export const attributeNames = Object.fromEntries(
  operatorKinds.map((kind) => [kind, Object.keys(operatorSchemas[kind].shape).filter((key) => key !== "kind")]),
) as unknown as { readonly [K in OperatorKind]: readonly Exclude<keyof OperatorOf<K>, "kind">[] };

/** A zod issue in one line: where and what. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return error.message;
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}
