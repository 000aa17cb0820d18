/** The parameters of every operator, and their layout in one flat vector. */
import { item } from "../base/matrix.ts";
import { elementCount, isInteger, type NumberFormat, type Shape } from "./format.ts";
import type { Network, Node, NodeIndex, ParameterRole } from "./network.ts";
import type { Operator, OperatorKind, OperatorOf } from "./operators.ts";

/** One tensor of a node's parameters. */
export interface ParameterSpec {
  readonly role: ParameterRole;
  readonly shape: Shape;
}

type ParameterRule<K extends OperatorKind> = (op: OperatorOf<K>, inputs: readonly Shape[]) => readonly ParameterSpec[];

const none = () => [];
const channelsOf = (inputs: readonly Shape[], axis: number): Shape => [inputs[0]?.at(axis) as number];

const parameterRules: { readonly [K in OperatorKind]: ParameterRule<K> } = {
  input: none,
  constant: none,
  parameter: (op) => [{ role: "weight", shape: op.shape }],
  conv2d: (op, inputs) => [
    { role: "weight", shape: [op.outChannels, (inputs[0]?.[1] as number) / op.groups, ...op.kernel] },
    ...(op.bias ? [{ role: "bias", shape: [op.outChannels] } as const] : []),
  ],
  dense: (op, inputs) => [
    { role: "weight", shape: [inputs[0]?.at(-1) as number, op.outFeatures] },
    ...(op.bias ? [{ role: "bias", shape: [op.outFeatures] } as const] : []),
  ],
  matmul: none,
  binary: none,
  activation: none,
  concat: none,
  pool2d: none,
  reduce: none,
  batchNorm: (_op, inputs) => (["scale", "shift", "mean", "variance"] as const).map((role) => ({ role, shape: channelsOf(inputs, 1) })),
  layerNorm: (_op, inputs) => (["scale", "shift"] as const).map((role) => ({ role, shape: channelsOf(inputs, -1) })),
  rmsNorm: (_op, inputs) => [{ role: "scale", shape: channelsOf(inputs, -1) }],
  groupNorm: (_op, inputs) => (["scale", "shift"] as const).map((role) => ({ role, shape: channelsOf(inputs, 1) })),
  softmax: none,
  embedding: (op) => [{ role: "weight", shape: [op.vocabulary, op.features] }],
  reshape: none,
  transpose: none,
  slice: none,
  cast: none,
  pad: none,
  opaque: (op) => (op.parameters > 0 ? [{ role: "weight", shape: [op.parameters] }] : []),
};

/** The parameters of a node, in a fixed order. Dense weights are [inputs, outputs], convolution weights [out, in / groups, h, w]. */
export function parametersOf(network: Network, node: Node): readonly ParameterSpec[] {
  const rule = parameterRules[node.op.kind] as (op: Operator, inputs: readonly Shape[]) => readonly ParameterSpec[];
  return rule(
    node.op,
    node.inputs.map((index) => item(network.nodes, index).output.shape),
  );
}

/** Whether gradient descent changes it. */
export function isTrainable(parameter: ParameterSpec): boolean {
  return parameter.role !== "mean" && parameter.role !== "variance";
}

/** Format in which a parameter is kept: weights in the node's weight format, everything else in the same, or int32 beside integer weights. */
export function parameterFormat(node: Node, parameter: ParameterSpec): NumberFormat {
  if (parameter.role === "weight") return node.weightFormat;
  return isInteger(node.weightFormat) ? "int32" : node.weightFormat;
}

/** A parameter as it is stored, whichever nodes use it. */
export interface StoredParameter {
  readonly spec: ParameterSpec;
  readonly format: NumberFormat;
}

/** All that a network stores for its operators: of parameters in one store (see `Node.stored`) only the first. */
export function storedParameters(network: Network): readonly StoredParameter[] {
  const seen = new Set<string>();
  const stored: StoredParameter[] = [];
  for (const node of network.nodes) {
    for (const spec of parametersOf(network, node)) {
      const store = node.stored?.[spec.role];
      if (store !== undefined && seen.has(store)) continue;
      if (store !== undefined) seen.add(store);
      stored.push({ spec, format: parameterFormat(node, spec) });
    }
  }
  return stored;
}

/** Where a parameter lies in the flat vector of all parameters of a network: node by node, in `parametersOf`'s order. */
export interface ParameterSlot {
  readonly node: NodeIndex;
  /** `<node name>.<role>`, the name under which it is stored and exported. */
  readonly name: string;
  readonly spec: ParameterSpec;
  /** First element in the flat vector. */
  readonly offset: number;
  readonly size: number;
}

/** The layout of a network's trained weights: one flat float32 vector. What lies in one store is laid out for each node that uses it. */
export function parameterLayout(network: Network): readonly ParameterSlot[] {
  const slots: ParameterSlot[] = [];
  let offset = 0;
  network.nodes.forEach((node, index) => {
    for (const spec of parametersOf(network, node)) {
      const size = elementCount(spec.shape);
      slots.push({ node: index, name: `${node.name}.${spec.role}`, spec, offset, size });
      offset += size;
    }
  });
  return slots;
}

/** Length of the flat vector of all parameters, running statistics included. */
export function parameterVectorLength(network: Network): number {
  return parameterLayout(network).reduce((sum, slot) => sum + slot.size, 0);
}
