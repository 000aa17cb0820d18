/** Graphs with published peaks: the structure of two .tflite files, kept in the repository. */
import { readFileSync } from "node:fs";
import { item } from "../../base/matrix.ts";
import { type Network, NetworkBuilder, type NodeIndex, type NumberFormat, type Padding, type Shape } from "../../ir/index.ts";

interface FileTensor {
  readonly shape: Shape;
  /** TensorFlow Lite's number of the format. */
  readonly type: number;
  readonly const: boolean;
}

interface FileOperator {
  readonly kind: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly stride?: readonly [number, number];
  readonly kernel?: readonly [number, number];
}

interface FileGraph {
  readonly tensors: readonly FileTensor[];
  readonly ops: readonly FileOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const formats: Readonly<Record<number, NumberFormat>> = { 0: "float32", 3: "uint8", 9: "int8" };

/** [N, H, W, C] → [N, C, H, W]. */
const channelsFirst = (shape: Shape): Shape =>
  shape.length === 4 ? [item(shape, 0), item(shape, 3), item(shape, 1), item(shape, 2)] : shape;

/** The padding with which windows of this size and stride make `to` of `from`: what TensorFlow calls SAME, or none. */
function paddingOf(from: number, to: number, kernel: number, stride: number): [before: number, after: number] {
  if (to !== Math.ceil(from / stride)) return [0, 0];
  const total = Math.max(0, (to - 1) * stride + kernel - from);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** A graph of `test/data/accelerators` as a network, channels first, in the order and the formats of its file. */
export function publishedGraph(name: "swiftnet" | "vww"): Network {
  const url = new URL(`../../../../../test/data/accelerators/${name}.json`, import.meta.url);
  const graph: FileGraph = JSON.parse(readFileSync(url, "utf8"));
  const shapeOf = (tensor: number) => item(graph.tensors, tensor).shape;
  const formatOf = (tensor: number) => formats[item(graph.tensors, tensor).type] ?? "int8";
  const b = new NetworkBuilder(formatOf(item(graph.inputs, 0)));
  const nodeOf = new Map<number, NodeIndex>();
  for (const input of graph.inputs) nodeOf.set(input, b.input(channelsFirst(shapeOf(input)), `t${input}`));
  for (const operator of graph.ops) {
    const output = item(operator.outputs, 0);
    const inputs = operator.inputs.flatMap((input) => nodeOf.get(input) ?? []);
    nodeOf.set(output, add(operator, inputs, output));
  }
  return b.build(...graph.outputs.map((output) => nodeOf.get(output) as NodeIndex));

  function add({ kind, inputs, stride = [1, 1], kernel }: FileOperator, sources: readonly NodeIndex[], output: number): NodeIndex {
    const name = `t${output}`;
    const shape = channelsFirst(shapeOf(output));
    const x = item(sources, 0);
    const weights = inputs[1];
    const options = { format: formatOf(output), ...(weights === undefined ? {} : { weightFormat: formatOf(weights) }) };
    const window = (size: readonly [number, number]): Padding => {
      const [, , height, width] = b.shape(x) as [number, number, number, number];
      const [top, bottom] = paddingOf(height, item(shape, 2), size[0], stride[0]);
      const [left, right] = paddingOf(width, item(shape, 3), size[1], stride[1]);
      return [top, left, bottom, right];
    };
    switch (kind) {
      case "CONV_2D":
      case "DEPTHWISE_CONV_2D": {
        const [, kh, kw] = shapeOf(item(inputs, 1)) as [number, number, number, number];
        const channels = item(shape, 1);
        const groups = kind === "CONV_2D" ? 1 : channels;
        const op = { kind: "conv2d", outChannels: channels, kernel: [kh, kw], stride, dilation: [1, 1], groups, bias: true } as const;
        return b.add({ ...op, padding: window([kh, kw]) }, [x], name, options);
      }
      case "MAX_POOL_2D":
      case "AVERAGE_POOL_2D": {
        const mode = kind === "MAX_POOL_2D" ? "max" : "average";
        const size = kernel ?? [1, 1];
        return b.add({ kind: "pool2d", mode, kernel: size, stride, padding: window(size), countPadding: false }, [x], name, options);
      }
      case "PAD": {
        const [, , height, width] = b.shape(x) as [number, number, number, number];
        const [rows, columns] = [item(shape, 2) - height, item(shape, 3) - width];
        const half = [Math.floor(rows / 2), Math.floor(columns / 2), Math.ceil(rows / 2), Math.ceil(columns / 2)] as const;
        return b.add({ kind: "pad", padding: half, value: 0 }, [x], name, options);
      }
      case "SPLIT": {
        const ends = b.shape(x).slice(1, 2);
        return b.add({ kind: "slice", axes: [1], starts: [0], ends }, [x], name, options);
      }
      case "CONCATENATION":
        return b.add({ kind: "concat", axis: 1 }, sources, name, options);
      case "ADD":
        return b.add({ kind: "binary", fn: "add" }, sources, name, options);
      case "MEAN":
        return b.add({ kind: "reduce", fn: "mean", axes: [b.shape(x).length - 1], keepDims: false }, [x], name, options);
      case "FULLY_CONNECTED": {
        const flat = b.shape(x).length === 2 ? x : b.add({ kind: "reshape", shape: [1, -1] }, [x], `${name}_in`);
        return b.add({ kind: "dense", outFeatures: item(shape, 1), bias: true }, [flat], name, options);
      }
      case "SOFTMAX":
        return b.add({ kind: "softmax", axis: 1 }, [x], name, options);
      // Images are channels first here already.
      case "TRANSPOSE":
        return b.add({ kind: "reshape", shape: b.shape(x) }, [x], name, options);
      case "QUANTIZE":
      case "DEQUANTIZE":
        return b.add({ kind: "cast", format: formatOf(output) }, [x], name, options);
      default:
        throw new Error(`no rule for ${kind}`);
    }
  }
}
