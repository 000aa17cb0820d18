/** Every operator as PyTorch: layers with parameters of their own, and expressions over tensors. */
import { InputError, item } from "@archwright/core/base";
import type {
  ActivationFunction,
  BinaryFunction,
  Operator,
  OperatorKind,
  OperatorOf,
  Padding,
  ParameterRole,
  Shape,
} from "@archwright/core/ir";

/** What an operator is applied to. */
export interface TorchContext {
  /** The attribute of the module that holds the layer, or the parameter; a name of Python. */
  readonly attribute: string;
  /** Names of the tensors, as local variables. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** Whether the output's first dimension counts examples, which may be any number. */
  readonly batched: boolean;
  /** The network's first input, for where tensors are made. */
  readonly reference: string;
}

/** An operator in Python. */
export interface TorchCode {
  /** Assigned to the attribute in `__init__`; absent where there is nothing to keep. */
  readonly init?: string;
  /** What it gives, as an expression. */
  readonly expression: string;
  /** What our parameters are called in the module's state, after the attribute; `transposed` where PyTorch keeps the last two dimensions swapped. */
  readonly state?: Readonly<Partial<Record<ParameterRole, StateName>>>;
}

export interface StateName {
  /** Empty for the attribute itself. */
  readonly name: string;
  readonly transposed?: boolean;
}

type TorchRule<K extends OperatorKind> = (op: OperatorOf<K>, context: TorchContext) => TorchCode;

const first = ({ inputs }: TorchContext) => item(inputs, 0);
const tuple = (numbers: readonly number[]) => `(${numbers.join(", ")}${numbers.length === 1 ? "," : ""})`;
/** As Python writes it. */
const number = (value: number) => (Number.isFinite(value) ? String(value) : `float("${value > 0 ? "inf" : value < 0 ? "-inf" : "nan"}")`);
/** One number where all are the same. */
const short = (numbers: readonly number[]) => (numbers.every((value) => value === numbers[0]) ? String(numbers[0]) : tuple(numbers));
const call = (name: string, ...args: readonly (string | undefined)[]) => `${name}(${args.filter((text) => text !== undefined).join(", ")})`;
const layer = (
  name: string,
  init: string,
  { inputs }: TorchContext,
  state: TorchCode["state"] = { weight: { name: "weight" }, bias: { name: "bias" } },
): TorchCode => ({
  init,
  expression: `self.${name}(${inputs.join(", ")})`,
  state,
});

/** PyTorch pads both sides alike; other padding goes before the operator. */
const isEven = ([top, left, bottom, right]: Padding) => top === bottom && left === right;
const padded = (x: string, [top, left, bottom, right]: Padding, value?: string) =>
  call("F.pad", x, tuple([left, right, top, bottom]), value === undefined ? undefined : `value=${value}`);
const isNone = (padding: Padding) => padding.every((side) => side === 0);

const activations: { readonly [F in ActivationFunction]: string } = {
  relu: "F.relu",
  relu6: "F.relu6",
  "hard-swish": "F.hardswish",
  "hard-sigmoid": "F.hardsigmoid",
  sigmoid: "torch.sigmoid",
  swish: "F.silu",
  gelu: "F.gelu",
  tanh: "torch.tanh",
};
const binaries: { readonly [F in BinaryFunction]: (a: string, b: string) => string } = {
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  max: (a, b) => call("torch.maximum", a, b),
  min: (a, b) => call("torch.minimum", a, b),
};

function pooled(op: OperatorOf<"pool2d">, context: TorchContext): string {
  const { mode, kernel, stride, padding, countPadding } = op;
  const [top, left] = padding;
  const x = first(context);
  const window = [short(kernel), `stride=${short(stride)}`];
  // PyTorch allows at most half a window of padding.
  const direct = isEven(padding) && top <= kernel[0] / 2 && left <= kernel[1] / 2;
  const own = direct && !isNone(padding) ? `padding=${short([top, left])}` : undefined;
  if (mode === "max") return call("F.max_pool2d", direct ? x : padded(x, padding, 'float("-inf")'), ...window, own);
  if (direct) return call("F.avg_pool2d", x, ...window, own, own === undefined || countPadding ? undefined : "count_include_pad=False");
  const average = (tensor: string) => call("F.avg_pool2d", padded(tensor, padding), ...window);
  // Divided by the share of each window that lies inside the image.
  return countPadding ? average(x) : `${average(x)} / ${average(`torch.ones_like(${x})`)}`;
}

function normalisation(op: OperatorOf<"batchNorm">, context: TorchContext): TorchCode {
  const [, channels] = context.outputShape;
  const name = context.outputShape.length === 4 ? "nn.BatchNorm2d" : "nn.BatchNorm1d";
  return layer(context.attribute, call(name, String(channels), `eps=${op.epsilon}`), context, {
    scale: { name: "weight" },
    shift: { name: "bias" },
    mean: { name: "running_mean" },
    variance: { name: "running_var" },
  });
}

const scaleAndShift = { scale: { name: "weight" }, shift: { name: "bias" } } as const;

/** Every operator, in training as in inference. */
const torchRules: { readonly [K in OperatorKind]: TorchRule<K> } = {
  input: () => {
    throw new Error("inputs are arguments of the module");
  },
  constant: ({ shape, value }, { reference }) => ({
    expression: call("torch.full", tuple(shape), number(value), `dtype=${reference}.dtype`, `device=${reference}.device`),
  }),
  parameter: ({ shape }, { attribute }) => ({
    init: `nn.Parameter(0.02 * torch.randn(${shape.join(", ")}))`,
    expression: `self.${attribute}`,
    state: { weight: { name: "" } },
  }),
  conv2d: (op, context) => {
    const { outChannels, kernel, stride, dilation, padding, groups, bias } = op;
    const even = isEven(padding);
    const options = [
      short(stride) === "1" ? undefined : `stride=${short(stride)}`,
      even && !isNone(padding) ? `padding=${short(padding.slice(0, 2))}` : undefined,
      short(dilation) === "1" ? undefined : `dilation=${short(dilation)}`,
      groups === 1 ? undefined : `groups=${groups}`,
      bias ? undefined : "bias=False",
    ];
    const inChannels = context.inputShapes[0]?.[1];
    const code = layer(context.attribute, call("nn.Conv2d", String(inChannels), String(outChannels), short(kernel), ...options), context);
    return even ? code : { ...code, expression: `self.${context.attribute}(${padded(first(context), padding)})` };
  },
  dense: ({ outFeatures, bias }, context) => {
    const inFeatures = context.inputShapes[0]?.at(-1);
    return layer(context.attribute, call("nn.Linear", String(inFeatures), String(outFeatures), bias ? undefined : "bias=False"), context, {
      weight: { name: "weight", transposed: true },
      bias: { name: "bias" },
    });
  },
  matmul: ({ transposeA, transposeB }, { inputs }) => {
    const side = (index: number, transposed: boolean) => `${item(inputs, index)}${transposed ? ".transpose(-1, -2)" : ""}`;
    return { expression: call("torch.matmul", side(0, transposeA), side(1, transposeB)) };
  },
  binary: ({ fn }, { inputs }) => ({ expression: binaries[fn](item(inputs, 0), item(inputs, 1)) }),
  activation: ({ fn }, context) => ({ expression: call(activations[fn], first(context)) }),
  concat: ({ axis }, { inputs }) => ({ expression: call("torch.cat", `[${inputs.join(", ")}]`, `dim=${axis}`) }),
  pool2d: (op, context) => ({ expression: pooled(op, context) }),
  reduce: ({ fn, axes, keepDims }, context) => {
    const name = { mean: "mean", sum: "sum", max: "amax" }[fn];
    return {
      expression: call(`${first(context)}.${name}`, `dim=${tuple([...axes].sort((a, b) => a - b))}`, keepDims ? "keepdim=True" : undefined),
    };
  },
  batchNorm: normalisation,
  layerNorm: ({ epsilon }, context) =>
    layer(context.attribute, call("nn.LayerNorm", String(context.outputShape.at(-1)), `eps=${epsilon}`), context, scaleAndShift),
  rmsNorm: ({ epsilon }, context) => {
    const x = first(context);
    return {
      init: `nn.Parameter(torch.ones(${context.outputShape.at(-1)}))`,
      expression: `${x} * torch.rsqrt((${x} * ${x}).mean(dim=-1, keepdim=True) + ${epsilon}) * self.${context.attribute}`,
      state: { scale: { name: "" } },
    };
  },
  groupNorm: ({ groups, epsilon }, context) =>
    layer(
      context.attribute,
      call("nn.GroupNorm", String(groups), String(context.outputShape[1]), `eps=${epsilon}`),
      context,
      scaleAndShift,
    ),
  softmax: ({ axis }, context) => ({ expression: call("F.softmax", first(context), `dim=${axis}`) }),
  embedding: ({ vocabulary, features }, context) => ({
    init: call("nn.Embedding", String(vocabulary), String(features)),
    expression: `self.${context.attribute}(${first(context)}.long())`,
    state: { weight: { name: "weight" } },
  }),
  reshape: (_op, context) => {
    const [batch, ...rest] = context.outputShape;
    return { expression: call(`${first(context)}.reshape`, context.batched ? "-1" : String(batch), ...rest.map(String)) };
  },
  transpose: ({ permutation }, context) => ({ expression: call(`${first(context)}.permute`, ...permutation.map(String)) }),
  slice: ({ axes, starts, ends }, context) => {
    const rank = context.outputShape.length;
    const ranges = Array.from({ length: rank }, (_, axis) => {
      const i = axes.findIndex((one) => (one + rank) % rank === axis);
      return i < 0 ? ":" : `${item(starts, i)}:${item(ends, i)}`;
    });
    return { expression: `${first(context)}[${ranges.join(", ")}]` };
  },
  // Everything is float32 here; other formats only count in costs.
  cast: (_op, context) => ({ expression: first(context) }),
  pad: ({ padding, value }, context) => ({ expression: padded(first(context), padding, value === 0 ? undefined : number(value)) }),
  opaque: ({ name }) => {
    throw new InputError(`of the operator ${name} only the cost is known`, { expected: "a network whose operators are all known" });
  },
};

/** An operator in Python. @throws InputError for one of which only the cost is known. */
export function torchCode(op: Operator, context: TorchContext): TorchCode {
  const rule = torchRules[op.kind] as (op: Operator, context: TorchContext) => TorchCode;
  return rule(op, context);
}
