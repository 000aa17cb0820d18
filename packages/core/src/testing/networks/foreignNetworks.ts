/** Networks of many families, drawn at random: what a device is asked about that was fitted to something else. */
import { createRng, type Rng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import { type ActivationFunction, type Network, NetworkBuilder, type NodeIndex } from "../../ir/index.ts";

export const networkFamilies = ["deep", "wide", "randomly wired", "mobile", "dense", "tiny"] as const;
export type NetworkFamily = (typeof networkFamilies)[number];

export interface ForeignNetwork {
  /** Its family and number, as `deep 3`. */
  readonly name: string;
  readonly family: NetworkFamily;
  readonly network: Network;
}

/**
 * Batch 1, float32, a classifier at the end. The families take turns.
 * @param seed of everything that is drawn.
 */
export function foreignNetworks(seed: number | string, count = 60): readonly ForeignNetwork[] {
  const rng = createRng(`foreign networks ${seed}`);
  return Array.from({ length: count }, (_, i) => {
    const family = item(networkFamilies, i % networkFamilies.length);
    const name = `${family} ${Math.floor(i / networkFamilies.length) + 1}`;
    return { name, family, network: families[family](new Drawing(rng.fork(i))) };
  });
}

interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  readonly fn?: ActivationFunction | null;
}

/** A network that is being drawn. */
class Drawing {
  readonly rng: Rng;
  readonly #b = new NetworkBuilder();

  constructor(rng: Rng) {
    this.rng = rng;
  }

  /** A whole number whose logarithm is uniform between those of the ends, both possible. */
  between(least: number, most: number): number {
    return Math.min(most, Math.floor(least * ((most + 1) / least) ** this.rng.next()));
  }

  image(size: number, channels = 3): NodeIndex {
    return this.#b.input([1, channels, size, size]);
  }

  vector(length: number): NodeIndex {
    return this.#b.input([1, length]);
  }

  channels(x: NodeIndex): number {
    return item(this.#b.shape(x), 1);
  }

  size(x: NodeIndex): number {
    return item(this.#b.shape(x), 2);
  }

  /** Convolution, batch normalisation and, unless it is null, an activation. */
  conv(x: NodeIndex, channels: number, kernel: number, { stride = 1, groups = 1, fn = "relu" }: ConvOptions = {}): NodeIndex {
    const norm = this.#b.batchNorm(this.#b.conv2d(x, channels, kernel, { stride, groups }));
    return fn === null ? norm : this.fn(norm, fn);
  }

  depthwise(x: NodeIndex, kernel: number, options: Omit<ConvOptions, "groups"> = {}): NodeIndex {
    return this.conv(x, this.channels(x), kernel, { ...options, groups: this.channels(x) });
  }

  fn(x: NodeIndex, fn: ActivationFunction): NodeIndex {
    return this.#b.activation(x, fn);
  }

  add(a: NodeIndex, b: NodeIndex): NodeIndex {
    return this.#b.binary("add", a, b);
  }

  concat(inputs: readonly NodeIndex[]): NodeIndex {
    return inputs.length === 1 ? item(inputs, 0) : this.#b.concat(inputs);
  }

  pool(mode: "max" | "average", x: NodeIndex, kernel = 2, stride = kernel): NodeIndex {
    return this.#b.pool2d(mode, x, kernel, { stride, padding: stride < kernel ? Math.floor(kernel / 2) : 0 });
  }

  dense(x: NodeIndex, features: number, fn: ActivationFunction | null = null): NodeIndex {
    const y = this.#b.dense(x, features);
    return fn === null ? y : this.fn(y, fn);
  }

  flat(x: NodeIndex): NodeIndex {
    return this.#b.globalAveragePool(x);
  }

  /** Squeeze and excitation (Hu et al. 2018). */
  squeeze(x: NodeIndex, reduction: number): NodeIndex {
    const channels = this.channels(x);
    const pooled = this.#b.globalAveragePool(x, true);
    const inner = this.fn(this.#b.conv2d(pooled, Math.max(4, Math.round(channels / reduction)), 1, { bias: true }), "relu");
    return this.#b.binary("mul", x, this.fn(this.#b.conv2d(inner, channels, 1, { bias: true }), "hard-sigmoid"));
  }

  /** The network that classifies by an image or a vector. */
  classifier(x: NodeIndex, classes: number): Network {
    const vector = this.#b.shape(x).length === 4 ? this.flat(x) : x;
    return this.#b.build(this.dense(vector, classes));
  }
}

/** Residual networks of many narrow layers (He et al. 2016), some with bottlenecks. */
function deep(d: Drawing): Network {
  const [blocks, width] = [d.between(4, 120), 4 * d.between(1, 8)];
  const bottleneck = d.rng.int(3) === 0;
  let x = d.conv(d.image(d.rng.pick([24, 32, 32, 48, 64])), width, 3);
  for (let stage = 0; stage < 3; stage++) {
    const channels = width * 2 ** stage;
    for (let i = 0; i < blocks; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const y = bottleneck
        ? d.conv(d.conv(d.conv(x, channels, 1), channels, 3, { stride }), 4 * channels, 1, { fn: null })
        : d.conv(d.conv(x, channels, 3, { stride }), channels, 3, { fn: null });
      const same = stride === 1 && d.channels(x) === d.channels(y);
      x = d.fn(d.add(y, same ? x : d.conv(x, d.channels(y), 1, { stride, fn: null })), "relu");
    }
  }
  return d.classifier(x, 10);
}

/** Few layers of many channels: plain ones (Simonyan and Zisserman 2015), or residual ones (Zagoruyko and Komodakis 2016). */
function wide(d: Drawing): Network {
  const size = d.rng.pick([32, 32, 64, 96, 128, 224]);
  const width = 16 * d.between(size > 64 ? 2 : 4, size > 64 ? 8 : 12);
  const residual = d.rng.int(2) === 0;
  const layers = 1 + d.rng.int(3);
  let x = d.conv(d.image(size), width, size > 64 ? 7 : 3, { stride: size > 64 ? 2 : 1 });
  const stages = 2 + d.rng.int(4);
  for (let stage = 0; stage < stages; stage++) {
    const channels = Math.min(width * 2 ** stage, 1024);
    for (let i = 0; i < layers; i++) {
      const stride = stage > 0 && i === 0 && residual ? 2 : 1;
      const y = d.conv(x, channels, d.rng.pick([3, 3, 3, 5]), { stride });
      x = residual && stride === 1 && d.channels(x) === channels ? d.add(x, y) : y;
    }
    if (!residual && d.size(x) >= 4) x = d.pool("max", x);
  }
  const head = d.rng.int(3) === 0 ? d.dense(d.flat(x), d.rng.pick([512, 1024, 4096]), "relu") : x;
  return d.classifier(head, d.rng.pick([10, 100, 1000]));
}

/** Stages of nodes that add up some earlier ones, then compute a separable or full convolution (after Xie et al. 2019). */
function randomlyWired(d: Drawing): Network {
  const [nodes, width] = [d.between(6, 96), 8 * d.between(2, 6)];
  const separable = d.rng.int(4) > 0;
  let x = d.conv(d.image(d.rng.pick([32, 32, 64])), width, 3, { stride: d.rng.pick([1, 1, 2]) });
  for (let stage = 0; stage < 3; stage++) {
    const channels = width * 2 ** stage;
    const made = [d.conv(x, channels, 3, { stride: stage === 0 ? 1 : 2 })];
    const used = new Set<NodeIndex>();
    for (let i = 0; i < nodes; i++) {
      const recent = made.slice(-6);
      const sources = d.rng.shuffle(recent).slice(0, 1 + d.rng.int(Math.min(3, recent.length)));
      for (const source of sources) used.add(source);
      const sum = d.fn(
        sources.reduce((a, b) => d.add(a, b)),
        "relu",
      );
      made.push(
        separable
          ? d.conv(d.depthwise(sum, 3, { fn: null }), channels, 1, { fn: null })
          : d.conv(sum, channels, d.rng.pick([1, 3]), { fn: null }),
      );
    }
    x = made.filter((one) => !used.has(one)).reduce((a, b) => d.add(a, b));
  }
  return d.classifier(x, 10);
}

/** Depthwise separable networks (Howard et al. 2017, 2019; Sandler et al. 2018): plain, inverted residual, with squeezes. */
function mobile(d: Drawing): Network {
  const [size, width] = [d.rng.pick([32, 64, 96, 128, 160, 224]), d.between(20, 140) / 100];
  const rounded = (channels: number) => Math.max(8, Math.round((channels * width) / 8) * 8);
  const expansion = d.rng.pick([1, 3, 4, 6]);
  const squeezes = d.rng.int(3) === 0;
  const fn = d.rng.pick(["relu", "relu6", "hard-swish"] as const);
  const kernels = d.rng.pick([[3], [3, 5], [3, 5, 7]]);
  const repeats = 1 + d.rng.int(4);
  let x = d.conv(d.image(size), rounded(32), 3, { stride: size > 32 ? 2 : 1, fn });
  for (const channels of [16, 24, 40, 80, 112, 192, 320]) {
    for (let i = 0; i < (channels === 16 || channels === 320 ? 1 : repeats); i++) {
      const stride = i === 0 && channels !== 16 && channels !== 112 && d.size(x) > 4 ? 2 : 1;
      let y = expansion === 1 ? x : d.conv(x, d.channels(x) * expansion, 1, { fn });
      // An odd kernel that the image holds.
      const largest = d.size(x) - 1 + (d.size(x) % 2);
      y = d.depthwise(y, Math.min(d.rng.pick(kernels), largest), { stride, fn });
      if (squeezes) y = d.squeeze(y, 4);
      y = d.conv(y, rounded(channels), 1, { fn: expansion === 1 ? fn : null });
      x = stride === 1 && d.channels(x) === d.channels(y) ? d.add(x, y) : y;
    }
  }
  if (d.rng.int(2) === 0) x = d.conv(x, Math.max(rounded(1280), 320), 1, { fn });
  return d.classifier(x, d.rng.pick([2, 10, 100, 1000]));
}

/** Densely connected convolutions (Huang et al. 2017), and every third time dense layers alone. */
function dense(d: Drawing): Network {
  if (d.rng.int(3) === 0) {
    let x = d.vector(d.between(64, 3072));
    const [layers, width] = [d.between(2, 16), d.between(32, 1024)];
    for (let i = 0; i < layers; i++) x = d.dense(x, width, "relu");
    return d.classifier(x, 10);
  }
  const [growth, layers] = [4 * d.between(2, 8), d.between(3, 20)];
  const size = d.rng.pick([32, 32, 64, 128]);
  const bottleneck = d.rng.int(2) === 0;
  let x = d.conv(d.image(size), 2 * growth, 3, { stride: size > 64 ? 2 : 1 });
  for (let block = 0; block < 3; block++) {
    for (let i = 0; i < layers; i++) {
      const y = bottleneck ? d.conv(x, 4 * growth, 1) : x;
      x = d.concat([x, d.conv(y, growth, 3)]);
    }
    if (block < 2) x = d.pool("average", d.conv(x, Math.ceil(d.channels(x) / 2), 1));
  }
  return d.classifier(x, d.rng.pick([10, 100]));
}

/** What fits into a microcontroller: small images, few channels, few layers. */
function tiny(d: Drawing): Network {
  const size = d.rng.pick([8, 12, 16, 20, 28, 32, 48, 96]);
  const width = 2 * d.between(2, 16);
  const layers = 1 + d.rng.int(6);
  const separable = d.rng.int(2) === 0;
  let x = d.conv(d.image(size, d.rng.pick([1, 3])), width, d.rng.pick([3, 3, 5]), { stride: size > 28 ? 2 : 1 });
  for (let i = 0; i < layers; i++) {
    const shrinks = d.size(x) > 4 && d.rng.int(2) === 0;
    const channels = shrinks ? Math.min(2 * d.channels(x), 64) : d.channels(x);
    if (separable) x = d.conv(d.depthwise(x, 3, { stride: shrinks ? 2 : 1 }), channels, 1);
    else if (shrinks) x = d.pool("max", d.conv(x, channels, 3));
    else x = d.conv(x, channels, 3);
  }
  return d.classifier(x, d.rng.pick([2, 4, 10, 12]));
}

const families: Readonly<Record<NetworkFamily, (d: Drawing) => Network>> = {
  deep,
  wide,
  "randomly wired": randomlyWired,
  mobile,
  dense,
  tiny,
};
