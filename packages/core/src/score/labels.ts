/** How operators are told apart, without their sizes. */
import type { Network, Node, Operator, OperatorKind, OperatorOf } from "../ir/index.ts";

type Label<K extends OperatorKind> = (op: OperatorOf<K>, channels: number | undefined) => string;
const named = (op: Operator) => op.kind;
const dense = () => "dense";
const stride = ([height, width]: readonly [number, number]) => (height * width > 1 ? ` /${height}x${width}` : "");

/** Null for operators that only pass on what they are given, element by element or as it is, and for what is no operator. */
const labels: { readonly [K in OperatorKind]: Label<K> | null } = {
  input: null,
  constant: null,
  parameter: null,
  conv2d: (op, channels) => {
    const grouping = op.groups === 1 ? "" : op.groups === channels ? " depthwise" : " grouped";
    return `conv ${op.kernel.join("x")}${stride(op.stride)}${grouping}`;
  },
  dense,
  matmul: dense,
  binary: (op) => op.fn,
  activation: null,
  concat: named,
  pool2d: (op) => `pool ${op.kernel.join("x")}${stride(op.stride)}`,
  reduce: named,
  batchNorm: null,
  layerNorm: null,
  rmsNorm: null,
  groupNorm: null,
  softmax: named,
  embedding: named,
  reshape: null,
  transpose: null,
  slice: named,
  cast: null,
  pad: null,
  opaque: (op) => op.name,
};

/** An operator's kind, kernel, stride and grouping; undefined for what only passes on what it is given. */
export function operatorLabel(network: Network, { op, inputs }: Node): string | undefined {
  const rule = labels[op.kind] as Label<OperatorKind> | null;
  return rule?.(op, network.nodes[inputs[0] ?? -1]?.output.shape[1]);
}
