/** The four networks of MLPerf Tiny (Banbury et al. 2021, table 1; mlcommons/tiny), written as int8 TensorFlow Lite models, for tests. */
import { optionSlots } from "./schema.ts";
import { type OptionField, TfliteWriter } from "./writer.fixture.ts";

type Sizes = readonly [height: number, width: number];
type Activation = "none" | "relu";

const activationCodes = { none: 0, relu: 1 } as const;
/** Odd, so that products of scales are no round numbers either. */
const scale = 0.0123;

/** Layers of an integer network on images [1, H, W, C]; weights are zeros, and so are biases. */
export class Int8Layers {
  readonly writer = new TfliteWriter();
  #layers = 0;

  #activation(shape: readonly number[], name: string): number {
    return this.writer.tensor({ name, shape, scale: [scale], zeroPoint: [-3] });
  }

  #stored(name: string, shape: readonly number[], type: "INT8" | "INT32", channels: number): number {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = new Uint8Array(count * (type === "INT8" ? 1 : 4));
    // Numbers that differ, as those of trained networks do.
    for (let i = 0; i < data.length; i += 4) data[i] = i % 251;
    return this.writer.tensor({ name, shape, type, data, scale: Array<number>(channels).fill(scale * scale), dimension: shape.length - 1 });
  }

  #next(kind: string): string {
    return `${kind}_${this.#layers++}`;
  }

  input(shape: readonly number[]): number {
    return this.#activation(shape, "input");
  }

  #windowed(x: number, { kernel, stride, same }: { kernel: Sizes; stride: Sizes; same: boolean }): Sizes {
    const [, height, width] = this.writer.shape(x) as readonly [number, number, number];
    const side = (size: number, i: 0 | 1) => Math.ceil((same ? size : size - kernel[i] + 1) / stride[i]);
    return [side(height, 0), side(width, 1)];
  }

  /** SAME. @param channels of the result; depthwise if left out */
  conv(x: number, kernel: Sizes, channels?: number, stride: Sizes = [1, 1], activation: Activation = "relu"): number {
    const inside = this.writer.shape(x)[3] as number;
    const depthwise = channels === undefined;
    const outside = channels ?? inside;
    const name = this.#next(depthwise ? "depthwise" : "conv");
    const weight = this.#stored(`${name}.weight`, depthwise ? [1, ...kernel, outside] : [outside, ...kernel, inside], "INT8", outside);
    const bias = this.#stored(`${name}.bias`, [outside], "INT32", outside);
    const y = this.#activation([1, ...this.#windowed(x, { kernel, stride, same: true }), outside], name);
    const slots = depthwise ? optionSlots.depthwiseConv2d : optionSlots.conv2d;
    const fields: OptionField[] = [
      { slot: slots.padding, byte: 0 },
      { slot: slots.strideH, int: stride[0] },
      { slot: slots.strideW, int: stride[1] },
      { slot: slots.activation, byte: activationCodes[activation] },
    ];
    if (depthwise) fields.push({ slot: optionSlots.depthwiseConv2d.multiplier, int: 1 });
    const options = { table: depthwise ? "depthwiseConv2d" : "conv2d", fields } as const;
    this.writer.operator({ type: depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", inputs: [x, weight, bias], outputs: [y], options });
    return y;
  }

  averagePool(x: number, kernel: Sizes): number {
    const y = this.#activation(
      [1, ...this.#windowed(x, { kernel, stride: kernel, same: false }), this.writer.shape(x)[3] as number],
      this.#next("pool"),
    );
    const slots = optionSlots.pool2d;
    const fields = [
      { slot: slots.padding, byte: 1 },
      { slot: slots.strideH, int: kernel[0] },
      { slot: slots.strideW, int: kernel[1] },
      { slot: slots.height, int: kernel[0] },
      { slot: slots.width, int: kernel[1] },
    ];
    this.writer.operator({ type: "AVERAGE_POOL_2D", inputs: [x], outputs: [y], options: { table: "pool2d", fields } });
    return y;
  }

  add(a: number, b: number): number {
    const y = this.#activation(this.writer.shape(a), this.#next("add"));
    const fields = [{ slot: optionSlots.activation.activation, byte: activationCodes.relu }];
    this.writer.operator({ type: "ADD", inputs: [a, b], outputs: [y], options: { table: "add", fields } });
    return y;
  }

  /** [1, features] */
  flatten(x: number): number {
    const shape = [1, this.writer.shape(x).reduce((product, size) => product * size, 1)];
    const y = this.#activation(shape, this.#next("flatten"));
    const options = { table: "reshape", fields: [{ slot: optionSlots.reshape.shape, ints: shape }] } as const;
    this.writer.operator({ type: "RESHAPE", inputs: [x, this.writer.int32s(shape)], outputs: [y], options });
    return y;
  }

  dense(x: number, features: number, activation: Activation = "none"): number {
    const inside = this.writer.shape(x)[1] as number;
    const name = this.#next("dense");
    const weight = this.#stored(`${name}.weight`, [features, inside], "INT8", 1);
    const bias = this.#stored(`${name}.bias`, [features], "INT32", 1);
    const y = this.#activation([1, features], name);
    const fields = [{ slot: optionSlots.fullyConnected.activation, byte: activationCodes[activation] }];
    this.writer.operator({
      type: "FULLY_CONNECTED",
      inputs: [x, weight, bias],
      outputs: [y],
      options: { table: "fullyConnected", fields },
    });
    return y;
  }

  softmax(x: number): number {
    const y = this.writer.tensor({ name: "softmax", shape: this.writer.shape(x), scale: [1 / 256], zeroPoint: [-128] });
    this.writer.operator({ type: "SOFTMAX", inputs: [x], outputs: [y], options: { table: "softmax", fields: [{ slot: 0, float: 1 }] } });
    return y;
  }
}

/** ResNet-v1 with three stacks of one block (CIFAR-10). */
function imageClassification(): Uint8Array {
  const layers = new Int8Layers();
  const input = layers.input([1, 32, 32, 3]);
  let x = layers.conv(input, [3, 3], 16);
  for (const [channels, step] of [
    [16, 1],
    [32, 2],
    [64, 2],
  ] as const) {
    const inside = layers.conv(layers.conv(x, [3, 3], channels, [step, step]), [3, 3], channels, [1, 1], "none");
    x = layers.add(step === 1 ? x : layers.conv(x, [1, 1], channels, [step, step], "none"), inside);
  }
  const y = layers.softmax(layers.dense(layers.flatten(layers.averagePool(x, [8, 8])), 10));
  return layers.writer.write([input], [y]);
}

/** MobileNetV1 with a quarter of the channels (Visual Wake Words, 96×96). */
function visualWakeWords(): Uint8Array {
  const layers = new Int8Layers();
  const input = layers.input([1, 96, 96, 3]);
  let x = layers.conv(input, [3, 3], 8, [2, 2]);
  const steps = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];
  const channels = [16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256];
  channels.forEach((outside, i) => {
    const step = steps[i] as number;
    x = layers.conv(layers.conv(x, [3, 3], undefined, [step, step]), [1, 1], outside);
  });
  const y = layers.softmax(layers.dense(layers.flatten(layers.averagePool(x, [3, 3])), 2));
  return layers.writer.write([input], [y]);
}

/** DS-CNN (Speech Commands, 49 frames of 10 coefficients). */
function keywordSpotting(): Uint8Array {
  const layers = new Int8Layers();
  const input = layers.input([1, 49, 10, 1]);
  let x = layers.conv(input, [10, 4], 64, [2, 2]);
  for (let i = 0; i < 4; i++) x = layers.conv(layers.conv(x, [3, 3]), [1, 1], 64);
  const y = layers.softmax(layers.dense(layers.flatten(layers.averagePool(x, [25, 5])), 12));
  return layers.writer.write([input], [y]);
}

/** Dense autoencoder (ToyADMOS, five frames of 128 bands). */
function anomalyDetection(): Uint8Array {
  const layers = new Int8Layers();
  const input = layers.input([1, 640]);
  let x = input;
  for (const features of [128, 128, 128, 128, 8, 128, 128, 128, 128]) x = layers.dense(x, features, "relu");
  return layers.writer.write([input], [layers.dense(x, 640)]);
}

/** What is published of a network, and its file. Counts are those of folded batch normalisation. */
export interface TinyNetwork {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly macs: number;
  readonly parameters: number;
}

/** MACs as published (12.5, 7.5, 2.7 and 0.26 million), written out. */
export const mlperfTiny: readonly TinyNetwork[] = [
  {
    name: "image classification",
    bytes: imageClassification(),
    input: [1, 3, 32, 32],
    output: [1, 10],
    macs: 12_501_632,
    parameters: 77_706,
  },
  { name: "visual wake words", bytes: visualWakeWords(), input: [1, 3, 96, 96], output: [1, 2], macs: 7_489_664, parameters: 210_850 },
  { name: "keyword spotting", bytes: keywordSpotting(), input: [1, 1, 49, 10], output: [1, 12], macs: 2_656_768, parameters: 22_604 },
  { name: "anomaly detection", bytes: anomalyDetection(), input: [1, 640], output: [1, 640], macs: 264_192, parameters: 265_864 },
];
