/** A slow interpreter of networks in float64: the oracle of deployment, export and gradients. */
import { at, item } from "../../base/matrix.ts";
import {
  elementCount,
  type Network,
  type Node,
  type Operator,
  type OperatorKind,
  type OperatorOf,
  parameterLayout,
  type Shape,
} from "../../ir/index.ts";

/** A tensor in float64, dense, row-major. */
export interface Tensor {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** How a network is interpreted. */
export interface InterpretOptions {
  /**
   * Batch normalisation uses the batch's mean and biased variance over all axes but channels (running statistics are
   * neither read nor changed), as while training. Default: it uses the running statistics.
   */
  readonly training?: boolean;
}

interface Call<K extends OperatorKind> {
  readonly op: OperatorOf<K>;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly parameters: Readonly<Record<string, Float64Array>>;
  readonly training: boolean;
}

type Rule<K extends OperatorKind> = (call: Call<K>) => Float64Array;

/** Every index of a shape in row-major order. */
function* indices(shape: Shape): Generator<number[]> {
  const index = shape.map(() => 0);
  for (let left = elementCount(shape); left > 0; left--) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = item(index, axis) + 1;
      if (item(index, axis) < item(shape, axis)) break;
      index[axis] = 0;
    }
  }
}

/** The element at an index, counted from the last axis: missing leading axes are ignored and axes of size 1 repeat. */
function elementAt({ shape, values }: Tensor, index: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const size = item(shape, axis);
    const position = item(index, index.length - shape.length + axis);
    offset = offset * size + (size === 1 ? 0 : position);
  }
  return at(values, offset);
}

/** Computes a tensor element by element. The index passed is reused: copy it to keep it. */
function each(shape: Shape, value: (index: readonly number[]) => number): Float64Array {
  const values = new Float64Array(elementCount(shape));
  let position = 0;
  for (const index of indices(shape)) values[position++] = value(index);
  return values;
}

const first = ({ inputs }: { readonly inputs: readonly Tensor[] }) => item(inputs, 0);
const replaced = (index: readonly number[], axis: number, position: number) => index.map((old, i) => (i === axis ? position : old));

/** Abramowitz and Stegun 7.1.6, erf x = 2/√π · e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!; all terms are positive, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 / Math.sqrt(Math.PI)) * sum) / Math.exp(x * x);
}

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const hardSigmoid = (x: number) => clamp(x / 6 + 0.5, 0, 1);

const activations: { readonly [F in OperatorOf<"activation">["fn"]]: (x: number) => number } = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clamp(x, 0, 6),
  "hard-swish": (x) => x * hardSigmoid(x),
  "hard-sigmoid": hardSigmoid,
  sigmoid,
  swish: (x) => x * sigmoid(x),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  tanh: Math.tanh,
};

const binaries: { readonly [F in OperatorOf<"binary">["fn"]]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
};

function parameter(call: { readonly parameters: Call<"dense">["parameters"] }, role: string): Float64Array {
  const values = call.parameters[role];
  if (!values) throw new Error(`interpret: there is no parameter '${role}'`);
  return values;
}

/** Mean and biased variance of the input's elements for which `group` gives the same number. */
function moments(
  input: Tensor,
  groups: number,
  group: (index: readonly number[]) => number,
): { mean: Float64Array; variance: Float64Array } {
  const count = new Float64Array(groups);
  const mean = new Float64Array(groups);
  const variance = new Float64Array(groups);
  const add = (to: Float64Array, g: number, value: number) => {
    to[g] = at(to, g) + value;
  };
  for (const index of indices(input.shape)) add(count, group(index), 1);
  for (const index of indices(input.shape)) add(mean, group(index), elementAt(input, index) / at(count, group(index)));
  for (const index of indices(input.shape)) {
    const g = group(index);
    add(variance, g, (elementAt(input, index) - at(mean, g)) ** 2 / at(count, g));
  }
  return { mean, variance };
}

/** (x − mean) / √(variance + ε) · scale + shift, the moments by group, scale and shift by channel. */
function normalised(
  call: Pick<Call<"batchNorm">, "inputs" | "shape" | "parameters"> & { readonly op: { readonly epsilon: number } },
  { mean, variance }: { mean: Float64Array; variance: Float64Array },
  group: (index: readonly number[]) => number,
  channel: (index: readonly number[]) => number,
): Float64Array {
  const [scale, shift] = [parameter(call, "scale"), parameter(call, "shift")];
  return each(call.shape, (index) => {
    const g = group(index);
    const centred = elementAt(first(call), index) - at(mean, g);
    const c = channel(index);
    return (centred / Math.sqrt(at(variance, g) + call.op.epsilon)) * at(scale, c) + at(shift, c);
  });
}

/** Which row of the last axis an index lies in. */
function rowOf(shape: Shape): (index: readonly number[]) => number {
  return (index) => index.slice(0, -1).reduce((row, position, axis) => row * item(shape, axis) + position, 0);
}

const rules: { readonly [K in OperatorKind]: Rule<K> } = {
  input: () => {
    throw new Error("interpret: an input is given, not computed");
  },
  constant: ({ op, shape }) => each(shape, () => op.value),
  parameter: (call) => parameter(call, "weight"),
  conv2d: (call) => {
    const { op, shape } = call;
    const input = first(call);
    const [, channels, height, width] = input.shape as readonly [number, number, number, number];
    const perGroup = channels / op.groups;
    const weight: Tensor = { shape: [op.outChannels, perGroup, ...op.kernel], values: parameter(call, "weight") };
    return each(shape, (index) => {
      const [n, out, y, x] = index as readonly [number, number, number, number];
      const group = Math.floor(out / (op.outChannels / op.groups));
      let sum = op.bias ? at(parameter(call, "bias"), out) : 0;
      for (const [c, ky, kx] of indices([perGroup, ...op.kernel]) as Generator<[number, number, number]>) {
        const row = y * op.stride[0] - op.padding[0] + ky * op.dilation[0];
        const column = x * op.stride[1] - op.padding[1] + kx * op.dilation[1];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        sum += elementAt(input, [n, group * perGroup + c, row, column]) * elementAt(weight, [out, c, ky, kx]);
      }
      return sum;
    });
  },
  dense: (call) => {
    const input = first(call);
    const features = input.shape.at(-1) as number;
    const weight: Tensor = { shape: [features, call.op.outFeatures], values: parameter(call, "weight") };
    return each(call.shape, (index) => {
      const out = index.at(-1) as number;
      let sum = call.op.bias ? at(parameter(call, "bias"), out) : 0;
      for (let i = 0; i < features; i++) sum += elementAt(input, replaced(index, index.length - 1, i)) * elementAt(weight, [i, out]);
      return sum;
    });
  },
  matmul: ({ op, inputs, shape }) => {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    const inner = a.shape.at(op.transposeA ? -2 : -1) as number;
    return each(shape, (index) => {
      const batch = index.slice(0, -2);
      const [row, column] = index.slice(-2) as [number, number];
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        sum +=
          elementAt(a, [...batch, ...(op.transposeA ? [k, row] : [row, k])]) *
          elementAt(b, [...batch, ...(op.transposeB ? [column, k] : [k, column])]);
      }
      return sum;
    });
  },
  binary: ({ op, inputs, shape }) => {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    return each(shape, (index) => binaries[op.fn](elementAt(a, index), elementAt(b, index)));
  },
  activation: (call) => each(call.shape, (index) => activations[call.op.fn](elementAt(first(call), index))),
  concat: ({ op, inputs, shape }) =>
    each(shape, (index) => {
      let position = item(index, op.axis);
      for (const input of inputs) {
        const size = item(input.shape, op.axis);
        // `at` would repeat an axis of size 1, but the position is within the input here.
        if (position < size) return elementAt(input, replaced(index, op.axis, position));
        position -= size;
      }
      throw new Error("interpret: concat is longer than its inputs");
    }),
  pool2d: (call) => {
    const { op, shape } = call;
    const input = first(call);
    const [, , height, width] = input.shape as readonly [number, number, number, number];
    return each(shape, (index) => {
      const [n, c, y, x] = index as readonly [number, number, number, number];
      const inside: number[] = [];
      for (const [ky, kx] of indices(op.kernel) as Generator<[number, number]>) {
        const [row, column] = [y * op.stride[0] - op.padding[0] + ky, x * op.stride[1] - op.padding[1] + kx];
        if (row >= 0 && row < height && column >= 0 && column < width) inside.push(elementAt(input, [n, c, row, column]));
      }
      if (op.mode === "max") return Math.max(...inside);
      return inside.reduce((sum, value) => sum + value, 0) / (op.countPadding ? op.kernel[0] * op.kernel[1] : inside.length);
    });
  },
  reduce: (call) => {
    const { op, shape } = call;
    const input = first(call);
    const kept = input.shape.map((size, axis) => (op.axes.includes(axis) ? 1 : size));
    const counted = input.shape.map((size, axis) => (op.axes.includes(axis) ? size : 1));
    const values = each(kept, (index) => {
      const origin = [...index];
      const found = [...indices(counted)].length;
      let result = op.fn === "max" ? Number.NEGATIVE_INFINITY : 0;
      for (const offset of indices(counted)) {
        const value = elementAt(
          input,
          origin.map((position, axis) => position + item(offset, axis)),
        );
        result = op.fn === "max" ? Math.max(result, value) : result + value;
      }
      return op.fn === "mean" ? result / found : result;
    });
    if (values.length !== elementCount(shape)) throw new Error("interpret: reduce gives another shape than inferred");
    return values;
  },
  batchNorm: (call) => {
    const channel = (index: readonly number[]) => item(index, 1);
    const statistics = call.training
      ? moments(first(call), item(call.shape, 1), channel)
      : { mean: parameter(call, "mean"), variance: parameter(call, "variance") };
    return normalised(call, statistics, channel, channel);
  },
  layerNorm: (call) => {
    const row = rowOf(call.shape);
    return normalised(call, moments(first(call), elementCount(call.shape.slice(0, -1)), row), row, (index) => index.at(-1) as number);
  },
  rmsNorm: (call) => {
    const input = first(call);
    const features = call.shape.at(-1) as number;
    return each(call.shape, (index) => {
      let squares = 0;
      for (let i = 0; i < features; i++) squares += elementAt(input, replaced(index, index.length - 1, i)) ** 2;
      return (
        (elementAt(input, index) / Math.sqrt(squares / features + call.op.epsilon)) * at(parameter(call, "scale"), index.at(-1) as number)
      );
    });
  },
  groupNorm: (call) => {
    const { groups } = call.op;
    const size = item(call.shape, 1) / groups;
    const group = (index: readonly number[]) => item(index, 0) * groups + Math.floor(item(index, 1) / size);
    return normalised(call, moments(first(call), item(call.shape, 0) * groups, group), group, (index) => item(index, 1));
  },
  softmax: (call) => {
    const { axis } = call.op;
    const input = first(call);
    return each(call.shape, (index) => {
      const row = Array.from({ length: item(call.shape, axis) }, (_, i) => elementAt(input, replaced(index, axis, i)));
      const highest = Math.max(...row);
      return Math.exp(elementAt(input, index) - highest) / row.reduce((sum, value) => sum + Math.exp(value - highest), 0);
    });
  },
  embedding: (call) => {
    const { vocabulary, features } = call.op;
    const table: Tensor = { shape: [vocabulary, features], values: parameter(call, "weight") };
    return each(call.shape, (index) => {
      const row = elementAt(first(call), index.slice(0, -1));
      if (!Number.isInteger(row) || row < 0 || row >= vocabulary) throw new Error(`interpret: ${row} is no index below ${vocabulary}`);
      return at(table.values, row * features + (index.at(-1) as number));
    });
  },
  reshape: (call) => first(call).values.slice(),
  transpose: (call) =>
    each(call.shape, (index) => {
      const source: number[] = [];
      call.op.permutation.forEach((axis, i) => {
        source[axis] = item(index, i);
      });
      return elementAt(first(call), source);
    }),
  slice: (call) =>
    each(call.shape, (index) => {
      const source = [...index];
      call.op.axes.forEach((axis, i) => {
        source[axis] = item(index, axis) + item(call.op.starts, i);
      });
      return elementAt(first(call), source);
    }),
  cast: (call) => first(call).values.slice(),
  pad: (call) => {
    const input = first(call);
    const [top, left] = call.op.padding;
    const [, , height, width] = input.shape as readonly [number, number, number, number];
    return each(call.shape, ([n, c, y, x]) => {
      const [row, column] = [(y as number) - top, (x as number) - left];
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      return inside ? elementAt(input, [n as number, c as number, row, column]) : call.op.value;
    });
  },
  opaque: ({ op }) => {
    throw new Error(`interpret: of ${op.name} only the cost is known`);
  },
};

/**
 * The slow, obvious meaning of a network: naive loops in float64 for every operator. Number formats are ignored (a cast
 * changes nothing), so it says what a network computes, not how a format rounds it.
 * @param inputs values by the name of the input node, row-major
 * @param parameters all parameters, laid out by `parameterLayout(network)`
 * @returns the tensor of every node, in the order of `network.nodes`
 */
export function interpretNodes(
  network: Network,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  parameters: ArrayLike<number>,
  { training = false }: InterpretOptions = {},
): readonly Tensor[] {
  const parametersOf = network.nodes.map((): Record<string, Float64Array> => ({}));
  let expected = 0;
  for (const { node, spec, offset, size } of parameterLayout(network)) {
    (parametersOf[node] as Record<string, Float64Array>)[spec.role] = Float64Array.from(
      { length: size },
      (_, i) => parameters[offset + i] ?? Number.NaN,
    );
    expected += size;
  }
  if (parameters.length !== expected) throw new Error(`interpret: the network has ${expected} parameters, not ${parameters.length}`);
  const tensors: Tensor[] = [];
  const compute = (node: Node, index: number): Float64Array => {
    const { shape } = node.output;
    if (node.op.kind !== "input") {
      const rule = rules[node.op.kind] as (call: Omit<Call<OperatorKind>, "op"> & { readonly op: Operator }) => Float64Array;
      const taken = node.inputs.map((input) => item(tensors, input));
      return rule({ op: node.op, inputs: taken, shape, parameters: parametersOf[index] as Record<string, Float64Array>, training });
    }
    const given = inputs[node.name];
    if (given?.length !== elementCount(shape)) {
      throw new Error(`interpret: input '${node.name}' needs ${elementCount(shape)} values, not ${given?.length ?? "none"}`);
    }
    return Float64Array.from(given);
  };
  network.nodes.forEach((node, index) => {
    const values = compute(node, index);
    if (values.length !== elementCount(node.output.shape)) throw new Error(`interpret: ${node.name} gives another shape than inferred`);
    tensors.push({ shape: node.output.shape, values });
  });
  return tensors;
}

/** What {@link interpretNodes} gives for the network's outputs, in their order. */
export function interpret(
  network: Network,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  parameters: ArrayLike<number>,
  options: InterpretOptions = {},
): readonly Float64Array[] {
  const tensors = interpretNodes(network, inputs, parameters, options);
  return network.outputs.map((output) => item(tensors, output).values);
}
