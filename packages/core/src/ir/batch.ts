/** Networks for other numbers of samples. */
import { item } from "../base/matrix.ts";
import type { TensorType } from "./format.ts";
import { nodeAt } from "./graph.ts";
import type { Network, Node, NodeIndex } from "./network.ts";
import type { Operator, OperatorKind, OperatorOf } from "./operators.ts";
import { inferType, ShapeError } from "./shapes.ts";
import { NetworkError } from "./verify.ts";

/** What a rule looks at beside the operator: the tensors of a node, and which of the nodes that it reads depend on an input of the network. */
interface Reading {
  readonly inputs: readonly NodeIndex[];
  readonly output: TensorType;
  readonly batched: readonly boolean[];
  readonly network: Network;
}

/** Why an operator, reading batched tensors, would mix samples or move the batch away from the first axis; nothing if it would not. */
type MixingRule<K extends OperatorKind> = (op: OperatorOf<K>, reading: Reading) => string | undefined;

const first = "the first axis, which is the batch";
const never = () => undefined;
const rankOf = (network: Network, input: NodeIndex) => nodeAt(network, input).output.shape.length;

function worksAlongLastAxis(_op: Operator, { inputs, batched, network }: Reading): string | undefined {
  return inputs.some((input) => batched[input] && rankOf(network, input) === 1) ? `works along ${first}` : undefined;
}

function broadcasts(_op: Operator, { inputs, output, batched, network }: Reading): string | undefined {
  const aligned = inputs.every((input) => {
    const { shape } = nodeAt(network, input).output;
    return !batched[input] || (shape.length === output.shape.length && shape[0] === output.shape[0]);
  });
  return aligned ? undefined : "broadcasts the batch against another axis";
}

const mixingRules: { readonly [K in OperatorKind]: MixingRule<K> } = {
  input: never,
  constant: never,
  parameter: never,
  conv2d: never,
  dense: worksAlongLastAxis,
  matmul: (op, reading) => {
    const { inputs, batched, network } = reading;
    const [a, b] = inputs as readonly [number, number];
    const flat = rankOf(network, a) === 2 && rankOf(network, b) === 2;
    return flat && (batched[b] || (batched[a] && op.transposeA)) ? `mixes ${first}` : broadcasts(op, reading);
  },
  binary: broadcasts,
  activation: never,
  concat: (op) => (op.axis === 0 ? `joins along ${first}` : undefined),
  pool2d: never,
  reduce: (op) => (op.axes.includes(0) ? `reduces ${first}` : undefined),
  batchNorm: never,
  layerNorm: worksAlongLastAxis,
  rmsNorm: worksAlongLastAxis,
  groupNorm: never,
  softmax: (op) => (op.axis === 0 ? `works along ${first}` : undefined),
  embedding: never,
  // Whether a reshape keeps the batch apart is seen where its new shape is computed.
  reshape: never,
  transpose: (op) => (op.permutation[0] === 0 ? undefined : `moves ${first}`),
  slice: (op) => (op.axes.includes(0) ? `cuts ${first}` : undefined),
  cast: never,
  pad: never,
  // Whether its result can hold another batch is seen where its new shape is computed.
  opaque: never,
};

function mixesSamples({ op, inputs, output }: Node, batched: readonly boolean[], network: Network): string | undefined {
  const rule = mixingRules[op.kind] as MixingRule<OperatorKind>;
  return rule(op, { inputs, output, batched, network });
}

/**
 * The same network for batches of `batch` samples: the first dimension of every input is replaced, and all types that
 * follow are inferred again. Parameters, and so `parameterLayout`, stay as they are.
 *
 * The first axis of every tensor that depends on an input must be the batch, or the batch times something (heads merged
 * into it); a reshape's first dimension is scaled with it. Constants and parameters keep their shape and broadcast.
 * All inputs must have the same first dimension.
 * @throws NetworkError naming the node where an operator would mix samples, or cannot take the batch
 */
export function withBatch(network: Network, batch: number): Network {
  if (!Number.isInteger(batch) || batch < 1) throw new NetworkError(`a batch is a whole number of at least 1, not ${batch}`);
  const batched: boolean[] = [];
  const nodes: Node[] = [];
  let before: number | undefined;
  const rebatched = (node: Node): Operator => {
    const { op } = node;
    if (op.kind === "input") {
      if (op.shape.length === 0) throw new NetworkError("a number without dimensions has no batch", node.name);
      before ??= item(op.shape, 0);
      if (op.shape[0] !== before) throw new NetworkError(`has a batch of ${op.shape[0]}, an earlier input of ${before}`, node.name);
      return { ...op, shape: [batch, ...op.shape.slice(1)] };
    }
    if (op.kind === "opaque" && before !== undefined && node.inputs.some((input) => batched[input])) {
      const [first, ...rest] = op.shape;
      if (first === undefined || first % before !== 0) throw new NetworkError("its result does not keep the batch apart", node.name);
      const scale = batch / before;
      return { ...op, shape: [first * scale, ...rest], macs: op.macs * scale, operations: op.operations * scale };
    }
    if (op.kind !== "reshape" || !batched[item(node.inputs, 0)] || before === undefined) return op;
    // The resolved shape, so that a −1 elsewhere cannot swallow the batch.
    const [first, ...rest] = node.output.shape;
    if (first === undefined || first % before !== 0)
      throw new NetworkError("splits or drops the first axis, which is the batch", node.name);
    return op.shape[0] === -1 ? op : { ...op, shape: [(first / before) * batch, ...rest] };
  };
  network.nodes.forEach((node) => {
    const op = rebatched(node);
    batched.push(op.kind === "input" || node.inputs.some((input) => batched[input]));
    const problem = mixesSamples(node, batched, network);
    if (problem !== undefined && batched.at(-1)) throw new NetworkError(`${op.kind} ${problem}`, node.name);
    const inputs = node.inputs.map((input) => item(nodes, input).output);
    try {
      nodes.push({ ...node, op, output: { ...inferType(op, inputs, node.weightFormat), format: node.output.format } });
    } catch (error) {
      if (error instanceof ShapeError) throw new NetworkError(`${op.kind} ${error.message}, with a batch of ${batch}`, node.name);
      throw error;
    }
  });
  return { nodes, outputs: network.outputs };
}
