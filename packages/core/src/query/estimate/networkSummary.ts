/** What a network is, in a few numbers. */
import {
  elementCount,
  formatType,
  type Network,
  type Node,
  type NumberFormat,
  networkCosts,
  type OperatorKind,
  type OperatorOf,
  storedParameters,
} from "../../ir/index.ts";

/** A network as `estimate` tells of it. */
export interface NetworkSummary {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly format: string }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly format: string }[];
  /** Multiply-accumulates of every execution. */
  readonly macs: number;
  /** Learned numbers; what several operators share counts once. */
  readonly parameters: number;
  /** The format in which most of the parameters are stored; null without any. */
  readonly weight_format: NumberFormat | null;
  /** How often each operator occurs, the most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
}

export function summariseNetwork(network: Network): NetworkSummary {
  const { macs, parameters } = networkCosts(network);
  const counts = new Map<string, number>();
  for (const node of network.nodes) {
    const name = operatorName(network, node);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const described = ({ name, output }: Node) => ({ name, shape: output.shape, format: output.format });
  return {
    inputs: network.nodes.filter(({ op }) => op.kind === "input").map(described),
    outputs: network.outputs.flatMap((index) => network.nodes.slice(index, index + 1)).map(described),
    macs,
    parameters,
    weight_format: weightFormat(network),
    operators: Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))),
  };
}

function weightFormat(network: Network): NumberFormat | null {
  const bytes = new Map<NumberFormat, number>();
  for (const { spec, format } of storedParameters(network)) {
    // Biases of integer weights are wider: what is multiplied decides.
    if (spec.role === "weight") bytes.set(format, (bytes.get(format) ?? 0) + elementCount(spec.shape));
  }
  const [most] = [...bytes].sort(([, m], [, n]) => n - m);
  return most ? most[0] : null;
}

/** In words: `input float32[1,3,224,224], 3.5 M parameters, …`. */
export function describeSummary({ inputs, macs, parameters, operators }: NetworkSummary): readonly string[] {
  const given = inputs.map(({ name, shape, format }) => `${name} ${formatType({ shape, format: format as "float32" })}`);
  return [
    `input: ${given.join(", ") || "none"}`,
    `multiply-accumulates: ${count(macs)}, parameters: ${count(parameters)}`,
    `operators: ${Object.entries(operators)
      .map(([name, times]) => `${times} ${name}`)
      .join(", ")}`,
  ];
}

/** `3.5 million`, with three significant digits. */
function count(number: number): string {
  if (number >= 1e9) return `${(number / 1e9).toPrecision(3)} billion`;
  return number >= 1e6 ? `${(number / 1e6).toPrecision(3)} million` : String(number);
}

type NameRule<K extends OperatorKind> = (op: OperatorOf<K>, channels: number | undefined) => string;

/** Operators whose kind alone does not say what they are. */
const names: { readonly [K in OperatorKind]?: NameRule<K> } = {
  conv2d: ({ groups }, channels) => (groups === 1 ? "conv2d" : groups === channels ? "depthwise conv2d" : "grouped conv2d"),
  binary: ({ fn }) => fn,
  activation: ({ fn }) => fn,
  pool2d: ({ mode }) => `${mode} pool`,
  reduce: ({ fn }) => `reduce ${fn}`,
  opaque: ({ name }) => name,
};

/** What an operator is called; undefined for what is only there: inputs and stored numbers. */
function operatorName(network: Network, { op, inputs: [input] }: Node): string | undefined {
  if (op.kind === "input" || op.kind === "constant" || op.kind === "parameter") return undefined;
  const rule = names[op.kind] as NameRule<OperatorKind> | undefined;
  return rule?.(op, input === undefined ? undefined : network.nodes[input]?.output.shape[1]) ?? op.kind;
}
