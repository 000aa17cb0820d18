/** Statistics of the paths from a network's inputs to its outputs. */
import { intAt, item } from "../base/matrix.ts";
import type { Network, Operator } from "../ir/index.ts";

/** What an operator adds to a path: layers with weights, convolutions that see more than one point, poolings. */
export interface PathStep {
  readonly layers: number;
  readonly spatial: number;
  readonly pools: number;
}

export function pathStep(op: Operator): PathStep {
  const isLayer = op.kind === "conv2d" || op.kind === "dense" || op.kind === "matmul" || (op.kind === "opaque" && op.macs > 0);
  const isSpatial = op.kind === "conv2d" && op.kernel[0] * op.kernel[1] > 1;
  return { layers: isLayer ? 1 : 0, spatial: isSpatial ? 1 : 0, pools: op.kind === "pool2d" ? 1 : 0 };
}

interface PathCounts {
  /** Logarithm of the number of paths. */
  readonly log: number;
  readonly mean: readonly [layers: number, spatial: number, pools: number];
  readonly square: number;
  readonly most: readonly [layers: number, spatial: number];
  readonly least: readonly [layers: number, pools: number, both: number];
  /** log Σ over paths of e^−layers, and of e^−(layers + pools): how much goes the short way. */
  readonly short: readonly [layers: number, both: number];
}

/**
 * Of the paths between inputs and outputs through live nodes: the logarithm of their number; of the layers, spatial convolutions and poolings on them the most, the least,
 * the mean and the standard deviation; and the logarithm of the mean of e^−length, which weighs the share of short
 * paths (residual networks act like ensembles of their short paths: Veit, Wilber and Belongie, NeurIPS 2016). Computed along the
 * graph, so that the number of paths does not matter. Undefined where no path leads from an input to an output.
 */
export function pathStatistics(network: Network, live: Int32Array): Readonly<Record<string, number>> | undefined {
  const counts: (PathCounts | undefined)[] = [];
  network.nodes.forEach((node, i) => {
    if (intAt(live, i) === 0) {
      counts.push(undefined);
      return;
    }
    if (node.op.kind === "input") {
      counts.push({ log: 0, mean: [0, 0, 0], square: 0, most: [0, 0], least: [0, 0, 0], short: [0, 0] });
      return;
    }
    const merged = merge(node.inputs.flatMap((input) => counts[input] ?? []));
    counts.push(merged && advance(merged, node.op));
  });
  const whole = merge(network.outputs.flatMap((output) => counts[output] ?? []));
  if (!whole) return undefined;
  const [layers, spatial, pools] = whole.mean;
  return {
    "paths log": whole.log,
    "paths layers mean": layers,
    "paths spatial mean": spatial,
    "paths pools mean": pools,
    "paths layers sd": Math.sqrt(Math.max(0, whole.square - layers * layers)),
    "paths layers most": whole.most[0],
    "paths spatial most": whole.most[1],
    "paths layers least": whole.least[0],
    "paths pools least": whole.least[1],
    "paths operators least": whole.least[2],
    "paths short layers": whole.short[0] - whole.log,
    "paths short operators": whole.short[1] - whole.log,
  };
}

/** The paths of several ends taken together. */
function merge(parts: readonly PathCounts[]): PathCounts | undefined {
  const [first] = parts;
  if (!first || parts.length === 1) return first;
  const log = logSum(parts.map((part) => part.log));
  const shares = parts.map((part) => Math.exp(part.log - log));
  const mean = (of: (part: PathCounts) => number) => parts.reduce((sum, part, i) => sum + item(shares, i) * of(part), 0);
  const most = (of: (part: PathCounts) => number) => parts.reduce((value, part) => Math.max(value, of(part)), Number.NEGATIVE_INFINITY);
  const least = (of: (part: PathCounts) => number) => parts.reduce((value, part) => Math.min(value, of(part)), Number.POSITIVE_INFINITY);
  return {
    log,
    mean: [mean((part) => part.mean[0]), mean((part) => part.mean[1]), mean((part) => part.mean[2])],
    square: mean((part) => part.square),
    most: [most((part) => part.most[0]), most((part) => part.most[1])],
    least: [least((part) => part.least[0]), least((part) => part.least[1]), least((part) => part.least[2])],
    short: [logSum(parts.map((part) => part.short[0])), logSum(parts.map((part) => part.short[1]))],
  };
}

/** The same paths with one operator more. */
function advance(paths: PathCounts, op: Operator): PathCounts {
  const { layers, spatial, pools } = pathStep(op);
  if (layers + pools === 0) return paths;
  return {
    log: paths.log,
    mean: [paths.mean[0] + layers, paths.mean[1] + spatial, paths.mean[2] + pools],
    square: paths.square + 2 * layers * paths.mean[0] + layers * layers,
    most: [paths.most[0] + layers, paths.most[1] + spatial],
    least: [paths.least[0] + layers, paths.least[1] + pools, paths.least[2] + layers + pools],
    short: [paths.short[0] - layers, paths.short[1] - layers - pools],
  };
}

function logSum(logs: readonly number[]): number {
  const largest = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return largest + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
