/**
 * Networks with published costs, in the graphs that exporters of PyTorch write. Multiply-accumulates in 10⁹ and parameters are those
 * that torchvision lists with its models (version 0.15 on; "GFLOPS" there are multiply-accumulates), of ShuffleNet also the paper's.
 */
import { networkCosts } from "@archwright/core/ir";
import { expect, it } from "vitest";
import { GraphBuilder } from "../graphBuilder.ts";
import { readOnnx } from "./readOnnx.ts";

/** An image, and how many channels it has. */
interface Image {
  readonly name: string;
  readonly channels: number;
}

/** Layers in the manner of PyTorch's exporter. Weights repeat a number of their own, so that files stay small. */
class Exporter {
  readonly g = new GraphBuilder();
  #count = 0;

  weight(...shape: number[]): string {
    return this.g.filled(++this.#count / 1024, shape);
  }

  input(): Image {
    return { name: this.g.input("input", ["batch_size", 3, 224, 224]), channels: 3 };
  }

  conv({ name, channels }: Image, out: number, kernel: number, { stride = 1, pad = 0, group = 1, bias = false } = {}): Image {
    const inputs = [name, this.weight(out, channels / group, kernel, kernel), ...(bias ? [this.weight(out)] : [])];
    const attributes = { dilations: [1, 1], group, kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] };
    return { name: this.g.op("Conv", inputs, attributes), channels: out };
  }

  norm({ name, channels }: Image): Image {
    const statistics = [0, 1, 2, 3].map(() => this.weight(channels));
    return { name: this.g.op("BatchNormalization", [name, ...statistics], { epsilon: { float: 1e-5 } }), channels };
  }

  relu({ name, channels }: Image): Image {
    return { name: this.g.op("Relu", [name]), channels };
  }

  pool({ name, channels }: Image, type: "MaxPool" | "AveragePool", kernel: number, stride: number, pad = 0, ceil = 0): Image {
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], ceil_mode: ceil };
    return { name: this.g.op(type, [name], attributes), channels };
  }

  concat(...parts: readonly Image[]): Image {
    const channels = parts.reduce((sum, part) => sum + part.channels, 0);
    return {
      name: this.g.op(
        "Concat",
        parts.map(({ name }) => name),
        { axis: 1 },
      ),
      channels,
    };
  }

  add(a: Image, b: Image): Image {
    return { name: this.g.op("Add", [a.name, b.name]), channels: a.channels };
  }

  linear({ name, channels }: Image, out: number): Image {
    return { name: this.g.op("Gemm", [name, this.weight(out, channels), this.weight(out)], { transB: 1 }), channels: out };
  }

  classifier(x: Image, classes = 1000): Uint8Array {
    const flat = this.g.op("Flatten", [this.g.op("GlobalAveragePool", [x.name])], { axis: 1 });
    return this.ended(this.linear({ name: flat, channels: x.channels }, classes));
  }

  ended({ name }: Image): Uint8Array {
    this.g.output(name, "output", ["batch_size", 1000]);
    return this.g.encode({ name: "main_graph" });
  }

  /** Channels of groups dealt to the next groups: the shapes are computed from the batch that is left open. */
  shuffle({ name, channels }: Image, groups: number): Image {
    const shape = this.g.op("Shape", [name]);
    const size = (axis: number) => this.g.op("Gather", [shape, this.g.int64s([axis])], { axis: 0 });
    const split = this.g.op("Concat", [size(0), this.g.int64s([groups, channels / groups]), size(2), size(3)], { axis: 0 });
    const turned = this.g.op("Transpose", [this.g.op("Reshape", [name, split])], { perm: [0, 2, 1, 3, 4] });
    const joined = this.g.op("Concat", [size(0), this.g.int64s([-1]), size(2), size(3)], { axis: 0 });
    return { name: this.g.op("Reshape", [turned, joined]), channels };
  }
}

/** He et al. 2016, with the stride in the 3×3 convolution. */
function resnet50(e: Exporter): Uint8Array {
  const unit = (x: Image, out: number, kernel: number, options = {}) => e.norm(e.conv(x, out, kernel, options));
  let x = e.pool(e.relu(unit(e.input(), 64, 7, { stride: 2, pad: 3 })), "MaxPool", 3, 2, 1);
  [3, 4, 6, 3].forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) {
      const width = 64 * 2 ** stage;
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const y = unit(e.relu(unit(e.relu(unit(x, width, 1)), width, 3, { stride, pad: 1 })), 4 * width, 1);
      x = e.relu(e.add(y, i === 0 ? unit(x, 4 * width, 1, { stride }) : x));
    }
  });
  return e.classifier(x);
}

/** Simonyan and Zisserman 2015. */
function vgg19(e: Exporter): Uint8Array {
  let x = e.input();
  for (const [channels, layers] of [
    [64, 2],
    [128, 2],
    [256, 4],
    [512, 4],
    [512, 4],
  ] as const) {
    for (let i = 0; i < layers; i++) x = e.relu(e.conv(x, channels, 3, { pad: 1, bias: true }));
    x = e.pool(x, "MaxPool", 2, 2);
  }
  const flat = { name: e.g.op("Flatten", [x.name], { axis: 1 }), channels: 512 * 49 };
  return e.ended(e.linear(e.relu(e.linear(e.relu(e.linear(flat, 4096)), 4096)), 1000));
}

/** Iandola et al. 2016, version 1.1. */
function squeezenet11(e: Exporter): Uint8Array {
  const conv = (x: Image, out: number, kernel: number, options = {}) => e.relu(e.conv(x, out, kernel, { bias: true, ...options }));
  const fire = (x: Image, squeeze: number, expand: number) => {
    const s = conv(x, squeeze, 1);
    return e.concat(conv(s, expand, 1), conv(s, expand, 3, { pad: 1 }));
  };
  const pool = (x: Image) => e.pool(x, "MaxPool", 3, 2, 0, 1);
  let x = pool(conv(e.input(), 64, 3, { stride: 2 }));
  x = pool(fire(fire(x, 16, 64), 16, 64));
  x = pool(fire(fire(x, 32, 128), 32, 128));
  x = fire(fire(fire(fire(x, 48, 192), 48, 192), 64, 256), 64, 256);
  const dropped = { ...x, name: e.g.op("Dropout", [x.name]) };
  return e.ended({ name: e.g.op("Flatten", [e.g.op("GlobalAveragePool", [conv(dropped, 1000, 1).name])]), channels: 1000 });
}

/** Huang et al. 2017: growth 32. */
function densenet121(e: Exporter): Uint8Array {
  let x = e.pool(e.relu(e.norm(e.conv(e.input(), 64, 7, { stride: 2, pad: 3 }))), "MaxPool", 3, 2, 1);
  [6, 12, 24, 16].forEach((layers, block) => {
    for (let i = 0; i < layers; i++) {
      const y = e.conv(e.relu(e.norm(x)), 128, 1);
      x = e.concat(x, e.conv(e.relu(e.norm(y)), 32, 3, { pad: 1 }));
    }
    if (block < 3) x = e.pool(e.conv(e.relu(e.norm(x)), x.channels / 2, 1), "AveragePool", 2, 2);
  });
  return e.classifier(e.relu(e.norm(x)));
}

/** Zhang et al. 2018: three groups, width 1. */
function shufflenet(e: Exporter): Uint8Array {
  const groups = 3;
  let x = e.pool(e.relu(e.norm(e.conv(e.input(), 24, 3, { stride: 2, pad: 1 }))), "MaxPool", 3, 2, 1);
  [4, 8, 4].forEach((units, stage) => {
    for (let i = 0; i < units; i++) {
      const out = 240 * 2 ** stage;
      const first = i === 0;
      // The first layer of all has too few channels for groups.
      const narrow = e.relu(e.norm(e.conv(x, out / 4, 1, { group: stage === 0 && first ? 1 : groups })));
      const deep = e.norm(e.conv(e.shuffle(narrow, groups), out / 4, 3, { stride: first ? 2 : 1, pad: 1, group: out / 4 }));
      const wide = e.norm(e.conv(deep, first ? out - x.channels : out, 1, { group: groups }));
      x = e.relu(first ? e.concat(e.pool(x, "AveragePool", 3, 2, 1), wide) : e.add(x, wide));
    }
  });
  return e.classifier(x);
}

/** Ma et al. 2018, width 1. */
function shufflenetV2(e: Exporter): Uint8Array {
  const unit = (x: Image, out: number) => e.relu(e.norm(e.conv(x, out, 1)));
  const deep = (x: Image, stride: number) => e.norm(e.conv(x, x.channels, 3, { stride, pad: 1, group: x.channels }));
  let x = e.pool(e.relu(e.norm(e.conv(e.input(), 24, 3, { stride: 2, pad: 1 }))), "MaxPool", 3, 2, 1);
  [4, 8, 4].forEach((units, stage) => {
    const half = 58 * 2 ** stage;
    for (let i = 0; i < units; i++) {
      const [left, right] =
        i === 0 ? [x, x] : (e.g.ops(2, "Split", [x.name], { axis: 1 }).map((name): Image => ({ name, channels: half })) as [Image, Image]);
      const stride = i === 0 ? 2 : 1;
      const branch = unit(deep(unit(right as Image, half), stride), half);
      x = e.shuffle(e.concat(i === 0 ? unit(deep(left as Image, 2), half) : (left as Image), branch), 2);
    }
  });
  return e.classifier(unit(x, 1024));
}

it.each([
  ["ResNet-50", resnet50, 4.09, 25_557_032],
  ["VGG-19", vgg19, 19.63, 143_667_240],
  ["SqueezeNet 1.1", squeezenet11, 0.35, 1_235_496],
  ["DenseNet-121", densenet121, 2.83, 7_978_856],
  ["ShuffleNet v2 ×1.0", shufflenetV2, 0.14, 2_278_604],
  // 140 · 10⁶ in the paper's table 5; parameters are not given there.
  ["ShuffleNet ×1, 3 groups", shufflenet, 0.14, undefined],
] as const)("%s", (_name, build, giga, parameters) => {
  const { network, unread, notes } = readOnnx(build(new Exporter()), "published.onnx");
  const costs = networkCosts(network);
  expect(Number((costs.macs / 1e9).toFixed(2))).toBe(giga);
  if (parameters !== undefined) expect(costs.parameters).toBe(parameters);
  expect({ unread, notes }).toEqual({ unread: [], notes: [] });
  expect(network.nodes[network.outputs[0] as number]?.output.shape).toEqual([1, 1000]);
});
