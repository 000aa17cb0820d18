/** Random networks. */
import type { Rng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import {
  activationFunctions,
  type BinaryFunction,
  type Network,
  NetworkBuilder,
  type NodeIndex,
  parameterLayout,
  parameterVectorLength,
} from "../../ir/index.ts";

/** Bounds of a random network. */
export interface RandomNetworkOptions {
  /** How many steps are drawn; each adds one to three nodes. Default 12. */
  readonly steps?: number;
  /** Channels of the input, and most that a convolution produces. Default 6. */
  readonly channels?: number;
  /** Height and width of the input. Default 7. */
  readonly size?: number;
  /** Whether some nodes may be read by nothing, and constants be added. Default true. */
  readonly withDeadNodes?: boolean;
}

// No division: a divisor near zero would make every comparison of results meaningless.
const binaryFunctions: readonly BinaryFunction[] = ["add", "add", "sub", "mul", "max", "min"];

/**
 * A random network of image operators for property tests: a directed acyclic graph with branches and joins,
 * convolutions with every attribute, normalisations, pooling, slices, views, sometimes a classifier, one or two outputs.
 * Small enough for `interpret`; passes `verifyNetwork`; can be given any batch by `withBatch`.
 */
export function randomNetwork(rng: Rng, options: RandomNetworkOptions = {}): Network {
  const { steps = 12, channels = 6, size = 7, withDeadNodes = true } = options;
  const b = new NetworkBuilder();
  const images: NodeIndex[] = [b.input([1, 1 + rng.int(channels), size, size])];
  const dimension = (x: NodeIndex, axis: number) => item(b.shape(x), axis);
  // Recent nodes are drawn more often: chains as well as long branches arise.
  const draw = () => item(images, images.length - 1 - Math.floor(rng.next() ** 2 * images.length));
  const kernelFor = (extent: number) => 1 + rng.int(Math.min(3, extent));
  const sameShape = (x: NodeIndex) => images.filter((y) => b.shape(y).join() === b.shape(x).join());
  const sameSides = (x: NodeIndex) => images.filter((y) => b.shape(y).slice(2).join() === b.shape(x).slice(2).join());

  const conv = (x: NodeIndex): NodeIndex => {
    const kernel = [kernelFor(dimension(x, 2)), kernelFor(dimension(x, 3))] as const;
    const inChannels = dimension(x, 1);
    const common = {
      stride: [1 + rng.int(2), 1 + rng.int(2)],
      padding: [rng.int(2), rng.int(2), rng.int(2), rng.int(2)],
      // A dilated window still has to fit.
      dilation: [2 * kernel[0] - 1 <= dimension(x, 2) ? 1 + rng.int(2) : 1, 2 * kernel[1] - 1 <= dimension(x, 3) ? 1 + rng.int(2) : 1],
      bias: rng.int(2) === 0,
    } as const;
    if (rng.int(3) === 0) return b.depthwise(x, kernel, common);
    const groups = rng.pick([1, 2, 3].filter((count) => inChannels % count === 0));
    return b.conv2d(x, groups * (1 + rng.int(Math.ceil(channels / groups))), kernel, { ...common, groups });
  };
  const convNorm = (x: NodeIndex) => b.batchNorm(conv(x), rng.pick([1e-5, 1e-3]));
  const binary = (x: NodeIndex) => b.binary(rng.pick(binaryFunctions), x, rng.pick(sameShape(x)));
  const moves: readonly ((x: NodeIndex) => NodeIndex)[] = [
    conv,
    convNorm,
    (x) => b.activation(convNorm(x), rng.pick(activationFunctions)),
    (x) => b.activation(x, rng.pick(activationFunctions)),
    (x) => b.batchNorm(x),
    binary,
    binary,
    // Keeps its shape: makes the partner of a residual connection.
    (x) => b.binary("add", x, b.batchNorm(b.conv2d(x, dimension(x, 1), 2 * rng.int(2) + 1))),
    // Squeeze and excitation: broadcasts [N, C, 1, 1].
    (x) => b.binary("mul", x, b.activation(b.conv2d(b.globalAveragePool(x, true), dimension(x, 1), 1, { bias: true }), "hard-sigmoid")),
    (x) => {
      const others = sameSides(x);
      const y = rng.pick(others);
      return dimension(x, 1) + dimension(y, 1) > 3 * channels ? x : b.concat([x, y]);
    },
    (x) => {
      const kernel = [kernelFor(dimension(x, 2)), kernelFor(dimension(x, 3))] as const;
      const pad = (i: 0 | 1) => rng.int(Math.min(2, kernel[i]));
      return b.pool2d(rng.pick(["max", "average"]), x, kernel, {
        stride: [1 + rng.int(2), 1 + rng.int(2)],
        padding: [pad(0), pad(1), pad(0), pad(1)],
        countPadding: rng.int(2) === 0,
      });
    },
    (x) => {
      const axes = rng.pick([[1], [2], [1, 3]]);
      const starts = axes.map((axis) => rng.int(dimension(x, axis)));
      const ends = axes.map((axis, i) => item(starts, i) + 1 + rng.int(dimension(x, axis) - item(starts, i)));
      return b.add({ kind: "slice", axes, starts, ends }, [x]);
    },
    (x) => b.add({ kind: "transpose", permutation: [0, 1, 3, 2] }, [x]),
    (x) => b.add({ kind: "reshape", shape: [-1, dimension(x, 1), dimension(x, 3), dimension(x, 2)] }, [x]),
    (x) => b.add({ kind: "groupNorm", groups: dimension(x, 1) % 2 === 0 ? 2 : 1, epsilon: 1e-5 }, [x]),
    ...(withDeadNodes ? [(x: NodeIndex) => b.binary("add", x, b.constant(b.shape(x), rng.pick([0, 0, 0.5])))] : []),
  ];

  for (let step = 0; step < steps; step++) {
    const x = draw();
    const made = rng.pick(moves)(x);
    if (made !== x) images.push(made);
  }
  let last = images.at(-1) as NodeIndex;
  if (!withDeadNodes) {
    // Everything that nothing reads joins the output by its mean.
    const network = b.build(last);
    const isRead = new Set(network.nodes.flatMap((node) => node.inputs));
    const loose = images.filter((x) => x !== last && !isRead.has(x));
    const pooled = [...loose, last].map((x) => b.globalAveragePool(x));
    last = pooled.length === 1 ? item(pooled, 0) : b.concat(pooled);
    return b.build(last);
  }
  if (rng.int(2) === 0) last = b.batchNorm(b.dense(b.globalAveragePool(last), 1 + rng.int(4), { bias: rng.int(2) === 0 }));
  return rng.int(4) === 0 && images.length > 1 ? b.build(last, item(images, 1)) : b.build(last);
}

/** Parameters as a trained network might have them: normal weights scaled by fan-in, statistics and scales off 0 and 1, variances positive. */
export function randomParameters(rng: Rng, network: Network): Float64Array {
  const layout = parameterLayout(network);
  const values = new Float64Array(parameterVectorLength(network));
  for (const { node, spec, offset, size } of layout) {
    const isDense = network.nodes[node]?.op.kind === "dense";
    const fanIn = (isDense ? spec.shape.slice(0, 1) : spec.shape.slice(1)).reduce((product, extent) => product * extent, 1);
    for (let i = offset; i < offset + size; i++) {
      if (spec.role === "variance") values[i] = 0.25 + 2 * rng.next();
      else if (spec.role === "scale") values[i] = 1 + 0.3 * rng.normal();
      else if (spec.role === "weight") values[i] = rng.normal() / Math.sqrt(fanIn);
      else values[i] = 0.3 * rng.normal();
    }
  }
  return values;
}
