import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "../../base/index.ts";
import { NetworkBuilder } from "../builder.ts";
import type { NumberFormat } from "../format.ts";
import type { Network, NodeIndex } from "../network.ts";
import { planMemory } from "./plan.ts";
import { im2colScratch } from "./scratch.ts";

/** Convolution, batch normalisation and ReLU6, as networks are trained. */
function convolution(b: NetworkBuilder, x: NodeIndex, channels: number, kernel: number, stride = 1, depthwise = false): NodeIndex {
  const y = depthwise ? b.depthwise(x, kernel, { stride }) : b.conv2d(x, channels, kernel, { stride });
  return b.activation(b.batchNorm(y), "relu6");
}

function invertedResidual(b: NetworkBuilder, x: NodeIndex, channels: number, expansion: number, stride: number): NodeIndex {
  const inside = (b.shape(x)[1] as number) * expansion;
  const expanded = expansion === 1 ? x : convolution(b, x, inside, 1);
  const y = b.batchNorm(b.conv2d(convolution(b, expanded, inside, 3, stride, true), channels, 1));
  return stride === 1 && channels === b.shape(x)[1] ? b.binary("add", x, y) : y;
}

function mobilenetV1(width: number, resolution: number): Network {
  const b = new NetworkBuilder("int8");
  let x = convolution(b, b.input([1, 3, resolution, resolution]), 32 * width, 3, 2);
  const strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];
  const channels = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
  channels.forEach((out, i) => {
    x = convolution(b, convolution(b, x, 0, 3, strides[i], true), out * width, 1);
  });
  return b.build(b.dense(b.globalAveragePool(x), 2));
}

function mobilenetV2(format: NumberFormat): Network {
  const b = new NetworkBuilder(format);
  let x = convolution(b, b.input([1, 3, 224, 224]), 32, 3, 2);
  // Expansion, channels, repetitions, stride of the first (Sandler et al. 2018, table 2).
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  for (const [expansion, channels, repetitions, stride] of stages) {
    for (let i = 0; i < repetitions; i++) x = invertedResidual(b, x, channels, expansion, i === 0 ? stride : 1);
  }
  return b.build(b.dense(b.globalAveragePool(convolution(b, x, 1280, 1)), 1000));
}

/** A random cell of NAS-Bench-201, three stages of five: up to 300 nodes, with zeroed edges whose successors still run. */
function nasbench201(rng: Rng): Network {
  const b = new NetworkBuilder();
  const block = (x: NodeIndex, channels: number, kernel: number, stride = 1) =>
    b.batchNorm(b.conv2d(b.activation(x, "relu"), channels, kernel, { stride }));
  const operations = Array.from({ length: 6 }, () => rng.int(5));
  const cell = (input: NodeIndex, channels: number) => {
    const nodes = [input];
    let edge = 0;
    for (let to = 1; to <= 3; to++) {
      const incoming = nodes.flatMap((x) => {
        const operation = operations[edge++];
        if (operation === 0) return [];
        if (operation === 1) return [x];
        if (operation === 2) return [b.pool2d("average", x, 3, { stride: 1, padding: 1 })];
        return [block(x, channels, operation === 3 ? 1 : 3)];
      });
      nodes.push(incoming.length === 0 ? b.constant(b.shape(input), 0) : incoming.reduce((sum, x) => b.binary("add", sum, x)));
    }
    return nodes[3] as NodeIndex;
  };
  let x = b.batchNorm(b.conv2d(b.input([1, 3, 32, 32]), 16, 3));
  for (const channels of [16, 32, 64]) {
    if (channels > 16) x = b.binary("add", block(block(x, channels, 3, 2), channels, 3), b.conv2d(b.pool2d("average", x, 2), channels, 1));
    for (let i = 0; i < 5; i++) x = cell(x, channels);
  }
  return b.build(b.dense(b.globalAveragePool(b.activation(b.batchNorm(x), "relu")), 10));
}

const proven = { scheduleIsOptimal: true, arenaIsOptimal: true };

describe("peak memory in closed form", () => {
  it("of a chain is the largest sum of an operator's input and output", () => {
    const b = new NetworkBuilder("int8");
    const sizes = [64, 400, 32, 336, 112, 352, 16];
    const last = sizes.slice(1).reduce((x, size) => b.dense(x, size), b.input([1, sizes[0] as number]));
    expect(planMemory(b.build(last))).toMatchObject({ peakLiveBytes: 64 + 400, arenaBytes: 64 + 400, ...proven });
  });

  it("of an inverted residual block with expansion t is (2t + 1) times its input", () => {
    // While the depthwise convolution runs: the block's input (for the residual), the expanded image, and its result.
    const b = new NetworkBuilder("int8");
    const network = b.build(invertedResidual(b, b.input([1, 16, 8, 8]), 16, 6, 1));
    expect(planMemory(network)).toMatchObject({ peakLiveBytes: 13 * 16 * 8 * 8, arenaBytes: 13 * 16 * 8 * 8, ...proven });
  });

  it("of MobileNetV1 0.25 at 96, int8, is 55,296 bytes", () => {
    // The first 1×1 convolution reads 48·48·8 and writes 48·48·16. (Before it 96·96·3 + 48·48·8 = 46,080.)
    expect(planMemory(mobilenetV1(0.25, 96))).toMatchObject({ peakLiveBytes: 48 * 48 * (8 + 16), arenaBytes: 55_296, ...proven });
  });

  it("of MobileNetV2 1.0 at 224, int8, is 1,505,280 bytes, and four times that in float32", () => {
    // The second block's depthwise convolution reads 112·112·96 and writes 56·56·96; it has no residual.
    const bytes = 112 * 112 * 96 + 56 * 56 * 96;
    expect(planMemory(mobilenetV2("int8"))).toMatchObject({ peakLiveBytes: bytes, arenaBytes: 1_505_280, ...proven });
    expect(planMemory(mobilenetV2("float32"))).toMatchObject({ peakLiveBytes: 4 * bytes, arenaBytes: 4 * bytes, ...proven });
  });

  it("falls where branches run in another order", () => {
    // A graph like the example of Liberis and Lane (2019, "Neural networks on microcontrollers: saving memory at inference
    // via operator reordering"): a long and a short branch. In network order the worst step is the third, t1 + t2 + t3;
    // with the short branch first it is t1 + t6 + t2.
    const b = new NetworkBuilder("int8");
    const t1 = b.dense(b.input([1, 1568]), 3136);
    const t2 = b.dense(t1, 1568);
    const t3 = b.dense(t2, 512);
    const t4 = b.dense(t1, 512);
    const t5 = b.dense(t3, 256);
    const t6 = b.dense(t4, 256);
    const network = b.build(b.concat([t5, t6]));
    expect(planMemory(network, { reorder: false })).toMatchObject({ peakLiveBytes: 3136 + 1568 + 512, scheduleIsOptimal: false });
    expect(planMemory(network)).toMatchObject({ peakLiveBytes: 3136 + 256 + 1568, arenaBytes: 4960, ...proven });
  });

  it("is proven for NAS-Bench-201 networks, where zeroed edges leave parts that can run at any time", () => {
    const rng = createRng("nas-bench-201");
    let saved = 0;
    for (let i = 0; i < 40; i++) {
      const network = nasbench201(rng);
      const plan = planMemory(network);
      expect(plan).toMatchObject(proven);
      expect(plan.arenaBytes).toBe(plan.peakLiveBytes);
      if (plan.peakLiveBytes < planMemory(network, { reorder: false }).peakLiveBytes) saved++;
    }
    expect(saved).toBeGreaterThan(0);
  });
});

describe("im2colScratch", () => {
  const scratchOf = (
    format: NumberFormat,
    add: (b: NetworkBuilder, x: NodeIndex) => NodeIndex,
    options?: Parameters<typeof im2colScratch>[0],
  ) => {
    const b = new NetworkBuilder(format);
    const network = b.build(add(b, b.input([1, 16, 8, 8])));
    return im2colScratch(options)(network.nodes.at(-1) as Network["nodes"][number], network);
  };

  it("is that of CMSIS-NN by default", () => {
    // arm_convolve_s8_get_buffer_size: 2 columns × Cin × kh × kw × sizeof(int16_t); depthwise one column.
    expect(scratchOf("int8", (b, x) => b.conv2d(x, 8, [3, 5]))).toBe(2 * 16 * 15 * 2);
    expect(scratchOf("int8", (b, x) => b.depthwise(x, 3))).toBe(16 * 9 * 2);
    expect(scratchOf("int8", (b, x) => b.conv2d(x, 8, 3, { groups: 4 }))).toBe(2 * 4 * 9 * 2);
    expect(scratchOf("int8", (b, x) => b.conv2d(x, 64, 1, { stride: 2 }))).toBe(0);
    expect(scratchOf("int8", (b, x) => b.pool2d("max", x, 3))).toBe(0);
  });

  it("keeps floats as they are, and takes other runtimes' columns", () => {
    expect(scratchOf("float32", (b, x) => b.conv2d(x, 8, 3))).toBe(2 * 16 * 9 * 4);
    expect(scratchOf("int8", (b, x) => b.conv2d(x, 8, 3), { columns: 64, integerBytes: 1 })).toBe(64 * 16 * 9);
  });

  it("adds to the step of its convolution, in a buffer of its own", () => {
    const b = new NetworkBuilder("int8");
    const plan = planMemory(b.build(b.conv2d(b.input([1, 16, 8, 8]), 8, 3)), { scratchBytes: im2colScratch() });
    expect(plan).toMatchObject({ peakLiveBytes: 1024 + 512 + 576, ...proven });
    expect(plan.buffers.filter((buffer) => buffer.kind === "scratch")).toMatchObject([
      { nodes: [1], bytes: 576, firstStep: 1, lastStep: 1 },
    ]);
  });
});
