/** Writes a network as a PyTorch module in plain Python, with its weights in a file of NumPy. */
import { InputError, item } from "@archwright/core/base";
import { type Network, type Node, type NodeIndex, type ParameterSlot, parameterLayout, parameterVectorLength } from "@archwright/core/ir";
import { type NamedArray, writeNpz } from "../numpy/npz.ts";
import { assertAnyBatch, carriesBatch } from "../onnx/batchSize.ts";
import type { ExportOptions } from "../onnx/exportModel.ts";
import { type StateName, type TorchCode, torchCode } from "./operators.ts";

export interface TorchOptions extends Pick<ExportOptions, "preprocessing"> {
  /** Lines that say where the network comes from. */
  readonly origin: readonly string[];
  /** Name of the file of weights, which lies beside the module. */
  readonly weightsFile: string;
}

export interface TorchModule {
  /** Of a file of Python that needs PyTorch and NumPy alone. */
  readonly code: string;
  /** Of an `.npz` file: the module's state, by PyTorch's names. */
  readonly weights: Uint8Array;
}

/** Names that are Python's, the file's, or a module's own. */
const reserved = new Set(
  `and as assert async await break class continue def del elif else except finally for from global if import in is lambda None True False
  nonlocal not or pass raise return try while with yield print self torch nn F numpy Path Network load super float
  training forward add_module apply bfloat16 buffers children cpu cuda double dump_patches eval extra_repr get_buffer get_parameter
  get_submodule half ipu load_state_dict modules named_buffers named_children named_modules named_parameters parameters register_buffer
  register_module register_parameter requires_grad_ share_memory state_dict to to_empty train type xpu zero_grad input_mean input_std`.split(
    /\s+/,
  ),
);

/** A name of Python for each node, of its own. */
function pythonNames(network: Network): readonly string[] {
  const used = new Set<string>();
  return network.nodes.map(({ name, op }) => {
    const only = network.nodes.filter((node) => node.op.kind === "input").length === 1;
    const wanted = op.kind === "input" && only ? "x" : name.replace(/\W/g, "_").replace(/^(?=\d)|^_+/, "n_");
    let free = reserved.has(wanted) ? `${wanted}_` : wanted;
    while (used.has(free)) free += "_";
    used.add(free);
    return free;
  });
}

/**
 * A network with its weights as a PyTorch module, which takes any number of examples at once; in float32 whatever the network's number formats.
 * @param weights laid out as `parameterLayout` says.
 * @throws InputError where the weights do not fit, or of an operator only the cost is known.
 * @throws NetworkError where the network mixes examples, so that it cannot be run at another batch size than its own.
 */
export function exportTorch(network: Network, weights: Float32Array, { preprocessing, origin, weightsFile }: TorchOptions): TorchModule {
  assertAnyBatch(network);
  if (weights.length !== parameterVectorLength(network)) {
    throw new InputError(`${weights.length} weights for a network with ${parameterVectorLength(network)}`);
  }
  const names = pythonNames(network);
  const carries = carriesBatch(network);
  const inputs = network.nodes.flatMap(({ op }, index) => (op.kind === "input" ? [index] : []));
  const codeOf = (node: Node, index: NodeIndex): TorchCode =>
    torchCode(node.op, {
      attribute: item(names, index),
      inputs: node.inputs.map((input) => item(names, input)),
      inputShapes: node.inputs.map((input) => item(network.nodes, input).output.shape),
      outputShape: node.output.shape,
      batched: item(carries, index),
      reference: item(names, item(inputs, 0)),
    });
  const codes = network.nodes.map((node, index) => (node.op.kind === "input" ? undefined : codeOf(node, index)));

  const init = codes.flatMap((code, index) => (code?.init === undefined ? [] : [`self.${names[index]} = ${code.init}`]));
  if (preprocessing) init.unshift(...preprocessingBuffers(network, inputs, preprocessing));
  const shapeOf = (index: NodeIndex) => {
    const [batch, ...rest] = item(network.nodes, index).output.shape;
    return `[${[carries[index] ? "N" : batch, ...rest].join(", ")}]`;
  };
  const body = network.nodes.map((_, index) => {
    const name = item(names, index);
    const code = codes[index];
    if (code) return `${name} = ${code.expression}  # ${shapeOf(index)}`;
    return preprocessing ? `${name} = (${name} - self.input_mean) / self.input_std  # ${shapeOf(index)}` : `# ${name}: ${shapeOf(index)}`;
  });
  const outputs = network.outputs.map((index) => item(names, index)).join(", ");
  const lines = (texts: readonly string[]) => texts.map((text) => `        ${text}\n`).join("");
  const takes = preprocessing
    ? "It takes pixels scaled to [0, 1], [N, channels, height, width]; the normalisation is inside."
    : "It takes what the network was trained on, [N, channels, height, width] where that are images.";
  const code = `"""A network that Archwright found, as a PyTorch module.

${origin.map(harmless).join("\n")}
${takes} Its weights lie beside it, in ${harmless(weightsFile)}.
\`load()\` gives the trained network in evaluation mode; \`Network()\` one with random weights, to be trained.
"""
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional as F


class Network(nn.Module):
    def __init__(self):
        super().__init__()
${lines(init)}
    def forward(self, ${inputs.map((index) => item(names, index)).join(", ")}):
${lines(body)}        return ${outputs}


def load(weights=Path(__file__).with_name(${JSON.stringify(weightsFile)})):
    """The network with weights from a file, in evaluation mode."""
    network = Network()
    with numpy.load(weights) as arrays:
        network.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
    return network.eval()
`;
  return { code, weights: writeNpz(stateOf(network, weights, names, codes)) };
}

/** What stands between the quotes of a docstring. */
const harmless = (text: string) => text.replace(/[\\"\p{Cc}]/gu, "'");

function preprocessingBuffers(
  network: Network,
  inputs: readonly NodeIndex[],
  { mean, std }: NonNullable<ExportOptions["preprocessing"]>,
): readonly string[] {
  const { shape } = item(network.nodes, item(inputs, 0)).output;
  if (mean.length !== shape[1] || std.length !== shape[1] || std.some((value) => !(value > 0))) {
    throw new InputError(`preprocessing with ${mean.length} means and ${std.length} deviations for ${shape[1]} channels`, {
      expected: "one mean and one positive deviation a channel",
    });
  }
  const view = [1, shape[1], ...shape.slice(2).map(() => 1)].join(", ");
  return [["input_mean", mean] as const, ["input_std", std] as const].map(
    ([name, values]) => `self.register_buffer("${name}", torch.tensor([${values.join(", ")}]).view(${view}), persistent=False)`,
  );
}

function stateOf(
  network: Network,
  weights: Float32Array,
  names: readonly string[],
  codes: readonly (TorchCode | undefined)[],
): readonly NamedArray[] {
  return parameterLayout(network).map((slot) => {
    const { node, spec, offset, size } = slot;
    const state = codes[node]?.state?.[spec.role];
    if (!state) throw new Error(`${slot.name} has no name in PyTorch`);
    const name = state.name === "" ? item(names, node) : `${names[node]}.${state.name}`;
    return { name, ...arranged(weights.subarray(offset, offset + size), slot, state) };
  });
}

function arranged(
  values: Float32Array,
  { spec: { shape } }: ParameterSlot,
  { transposed }: StateName,
): Pick<NamedArray, "shape" | "values"> {
  if (!transposed) return { shape, values };
  const [rows, columns] = shape as readonly [number, number];
  return {
    shape: [columns, rows],
    values: Float32Array.from({ length: values.length }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number),
  };
}
