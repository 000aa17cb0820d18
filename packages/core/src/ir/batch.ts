import { item } from "../base/matrix.ts";
import { nodeAt } from "./graph.ts";
import type { Network, Node } from "./network.ts";
import type { Operator } from "./operators.ts";
import { inferType, ShapeError } from "./shapes.ts";
import { NetworkError } from "./verify.ts";

/** Why an operator, reading batched tensors, would mix samples or move the batch away from the first axis; nothing if it would not. */
function mixesSamples(node: Node, batched: readonly boolean[], network: Network): string | undefined {
  const { op, inputs, output } = node;
  const rankOf = (input: number) => nodeAt(network, input).output.shape.length;
  const sizeOf = (input: number) => nodeAt(network, input).output.shape[0];
  const first = "the first axis, which is the batch";
  const readsOnlyAxis = inputs.some((input) => batched[input] && rankOf(input) === 1) ? `works along ${first}` : undefined;
  switch (op.kind) {
    case "concat":
      return op.axis === 0 ? `joins along ${first}` : undefined;
    case "softmax":
      return op.axis === 0 ? `works along ${first}` : undefined;
    case "reduce":
      return op.axes.includes(0) ? `reduces ${first}` : undefined;
    case "slice":
      return op.axes.includes(0) ? `cuts ${first}` : undefined;
    case "transpose":
      return op.permutation[0] === 0 ? undefined : `moves ${first}`;
    case "dense":
    case "layerNorm":
    case "rmsNorm":
      return readsOnlyAxis;
    case "binary":
    case "matmul": {
      const aligned = inputs.every(
        (input) => !batched[input] || (rankOf(input) === output.shape.length && sizeOf(input) === output.shape[0]),
      );
      const [a, b] = inputs as readonly [number, number];
      if (op.kind === "matmul" && rankOf(a) === 2 && rankOf(b) === 2 && (batched[b] || (batched[a] && op.transposeA)))
        return `mixes ${first}`;
      return aligned ? undefined : "broadcasts the batch against another axis";
    }
    default:
      return undefined;
  }
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
      nodes.push({ ...node, op, output: inferType(op, inputs, node.weightFormat) });
    } catch (error) {
      if (error instanceof ShapeError) throw new NetworkError(`${op.kind} ${error.message}, with a batch of ${batch}`, node.name);
      throw error;
    }
  });
  return { nodes, outputs: network.outputs };
}
