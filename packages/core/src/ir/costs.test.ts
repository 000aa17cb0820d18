import { describe, expect, it } from "vitest";
import { mobilenetV1, mobilenetV2, resnet50, transformerEncoder, vitTiny } from "../testing/networks/referenceNetworks.ts";
import { NetworkBuilder } from "./builder.ts";
import { networkCosts, nodeCosts } from "./costs.ts";
import { deploy } from "./deployment/deploy.ts";
import type { Shape } from "./format.ts";
import type { Operator } from "./operators.ts";

function costs(op: Operator, shapes: readonly Shape[], format: "float32" | "int8" | "int4" = "float32") {
  const builder = new NetworkBuilder(format);
  const node = builder.add(
    op,
    shapes.map((shape, i) => builder.input(shape, `input${i}`)),
  );
  return nodeCosts(builder.build(node))[node];
}

const conv = {
  kind: "conv2d",
  outChannels: 6,
  kernel: [3, 5],
  stride: [1, 1],
  dilation: [1, 1],
  padding: [1, 2, 1, 2],
  groups: 1,
  bias: false,
} as const;

describe("nodeCosts", () => {
  it("counts a convolution: each output element takes one MAC for each weight of its filter", () => {
    // 6·8·7 outputs, 4·3·5 weights a filter; inputs 4·8·7.
    const macs = 336 * 60;
    const bytes = { weightBytes: 6 * 60 * 4, inputBytes: 224 * 4, outputBytes: 336 * 4 };
    const bytesMoved = (360 + 224 + 336) * 4;
    const expected = { macs, flops: 2 * macs, parameters: 360, ...bytes, bytesMoved, intensity: (2 * macs) / bytesMoved };
    expect(costs(conv, [[1, 4, 8, 7]])).toEqual(expected);
    expect(costs({ ...conv, bias: true }, [[1, 4, 8, 7]])).toMatchObject({ macs, flops: 2 * macs + 336, parameters: 366 });
    expect(costs({ ...conv, groups: 2 }, [[1, 4, 8, 7]])).toMatchObject({ macs: macs / 2, parameters: 180 });
    expect(costs(conv, [[5, 4, 8, 7]])).toMatchObject({ macs: 5 * macs, parameters: 360 });
    expect(costs({ ...conv, stride: [2, 1] }, [[1, 4, 8, 7]])).toMatchObject({ macs: macs / 2 });
  });

  it("keeps biases of integer weights in 32 bits and packs sub-byte formats", () => {
    expect(costs({ ...conv, bias: true }, [[1, 4, 8, 7]], "int8")).toMatchObject({
      weightBytes: 360 + 6 * 4,
      inputBytes: 224,
      outputBytes: 336,
    });
    // 3·5 weights of 4 bits are 7.5 bytes.
    expect(costs({ kind: "dense", outFeatures: 5, bias: false }, [[1, 3]], "int4")).toMatchObject({
      weightBytes: 8,
      inputBytes: 2,
      outputBytes: 3,
    });
  });

  it("counts dense layers and matrix products by output elements times inner dimension", () => {
    expect(costs({ kind: "dense", outFeatures: 5, bias: true }, [[2, 7, 3]])).toMatchObject({ macs: 210, flops: 420 + 70, parameters: 20 });
    const matmul = { kind: "matmul", transposeA: false, transposeB: false } as const;
    expect(
      costs(matmul, [
        [4, 2, 3],
        [3, 5],
      ]),
    ).toMatchObject({ macs: 4 * 2 * 5 * 3, flops: 240, parameters: 0, bytesMoved: (24 + 15 + 40) * 4 });
    expect(
      costs({ ...matmul, transposeA: true, transposeB: true }, [
        [3, 2],
        [5, 3],
      ]),
    ).toMatchObject({ macs: 30 });
  });

  it.each<[Operator, readonly Shape[], number]>([
    [
      { kind: "binary", fn: "add" },
      [
        [1, 2, 3, 4],
        [1, 2, 1, 1],
      ],
      24,
    ],
    [{ kind: "activation", fn: "relu" }, [[1, 24]], 24],
    [{ kind: "activation", fn: "hard-swish" }, [[1, 24]], 120],
    [{ kind: "batchNorm", epsilon: 1e-5 }, [[1, 2, 3, 4]], 48],
    [{ kind: "layerNorm", epsilon: 1e-5 }, [[3, 8]], 168],
    [{ kind: "rmsNorm", epsilon: 1e-5 }, [[3, 8]], 96],
    [{ kind: "groupNorm", groups: 2, epsilon: 1e-5 }, [[1, 2, 3, 4]], 168],
    [{ kind: "softmax", axis: 1 }, [[3, 8]], 120],
    [
      { kind: "pool2d", mode: "max", kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], countPadding: false },
      [[1, 2, 4, 4]],
      2 * 4 * 9,
    ],
    [{ kind: "reduce", fn: "mean", axes: [2, 3], keepDims: false }, [[1, 2, 3, 4]], 24 + 2],
    [{ kind: "reduce", fn: "sum", axes: [2, 3], keepDims: false }, [[1, 2, 3, 4]], 24],
    [{ kind: "cast", format: "int8" }, [[1, 24]], 24],
    [
      { kind: "concat", axis: 1 },
      [
        [1, 2],
        [1, 3],
      ],
      0,
    ],
  ])("counts the operations of %o", (op, shapes, flops) => {
    expect(costs(op, shapes)).toMatchObject({ macs: 0, flops });
  });

  it("says what moves: views nothing, slices what they keep, embeddings the rows they look up", () => {
    expect(costs({ kind: "reshape", shape: [6, 4] }, [[1, 24]])).toMatchObject({ bytesMoved: 0, intensity: 0, outputBytes: 96 });
    expect(costs({ kind: "slice", axes: [1], starts: [2], ends: [5] }, [[1, 24]])).toMatchObject({ bytesMoved: 2 * 3 * 4 });
    expect(costs({ kind: "transpose", permutation: [1, 0] }, [[4, 6]])).toMatchObject({ bytesMoved: 2 * 24 * 4 });
    const lookup = costs({ kind: "embedding", vocabulary: 1000, features: 8 }, [[1, 3]]);
    expect(lookup).toMatchObject({ parameters: 8000, weightBytes: 32_000, bytesMoved: 3 * 4 + 2 * 24 * 4 });
    expect(costs({ kind: "input", shape: [1, 2] }, [])).toMatchObject({ bytesMoved: 0, outputBytes: 8 });
    expect(costs({ kind: "parameter", shape: [1, 2] }, [])).toMatchObject({ parameters: 2, weightBytes: 8, bytesMoved: 0 });
  });

  it("counts running statistics as bytes but not as parameters", () => {
    expect(costs({ kind: "batchNorm", epsilon: 1e-5 }, [[1, 8, 2, 2]])).toMatchObject({ parameters: 16, weightBytes: 4 * 8 * 4 });
  });

  it("reads a tensor that is used twice once", () => {
    const builder = new NetworkBuilder();
    const x = builder.input([1, 10]);
    expect(nodeCosts(builder.build(builder.binary("mul", x, x)))[1]).toMatchObject({ inputBytes: 40, bytesMoved: 80 });
  });
});

describe("networkCosts", () => {
  it("is ResNet-50", () => {
    const { macs, parameters, weightBytes, inputBytes, outputBytes } = networkCosts(resnet50());
    // torchvision's resnet50: 25,557,032 parameters and 4.09 GFLOPS in its table of weights; the exact number is
    // the closed form over He et al. 2015, table 1, with the stride in the 3×3 convolution.
    expect(parameters).toBe(25_557_032);
    expect(macs).toBe(4_089_184_256);
    // 26,560 channels are normalised: two running statistics each on top of what is learned.
    expect(weightBytes).toBe((25_557_032 + 2 * 26_560) * 4);
    expect([inputBytes, outputBytes]).toEqual([3 * 224 * 224 * 4, 4000]);
  });

  it("is MobileNetV2 1.0 at 224", () => {
    // Sandler et al. 2018, table 4: 300 M multiply-adds, 3.4 M parameters; torchvision's mobilenet_v2, the same
    // network: 3,504,872 parameters, 0.30 GFLOPS.
    const { macs, parameters } = networkCosts(mobilenetV2());
    expect(parameters).toBe(3_504_872);
    expect(macs / 1e6).toBeCloseTo(300.8, 1);
    // Each inverted residual by hand: [side before, side after, input, expanded, output channels].
    const blocks = [
      [112, 112, 32, 32, 16],
      ...[
        [112, 56, 16, 96, 24],
        [56, 56, 24, 144, 24],
      ],
      ...[
        [56, 28, 24, 144, 32],
        [28, 28, 32, 192, 32],
        [28, 28, 32, 192, 32],
      ],
      ...[
        [28, 14, 32, 192, 64],
        [14, 14, 64, 384, 64],
        [14, 14, 64, 384, 64],
        [14, 14, 64, 384, 64],
      ],
      ...[
        [14, 14, 64, 384, 96],
        [14, 14, 96, 576, 96],
        [14, 14, 96, 576, 96],
      ],
      ...[
        [14, 7, 96, 576, 160],
        [7, 7, 160, 960, 160],
        [7, 7, 160, 960, 160],
      ],
      [7, 7, 160, 960, 320],
    ] as [number, number, number, number, number][];
    const inner = blocks.reduce((sum, [before, after, input, expanded, output]) => {
      const expansion = expanded === input ? 0 : before ** 2 * input * expanded;
      return sum + expansion + after ** 2 * (9 * expanded + expanded * output);
    }, 0);
    expect(macs).toBe(112 ** 2 * 27 * 32 + inner + 7 ** 2 * 320 * 1280 + 1280 * 1000);
  });

  it("is MobileNetV1 1.0 at 224 and 0.25 at 96", () => {
    // Howard et al. 2017, table 4: 569 M multiply-adds, 4.2 M parameters.
    expect(networkCosts(mobilenetV1()).macs / 1e6).toBeCloseTo(569, 0);
    expect(networkCosts(mobilenetV1()).parameters / 1e6).toBeCloseTo(4.2, 1);
    // The shape of MLPerf Tiny's visual wake words (Banbury et al. 2021), two classes. By hand from table 1 of
    // Howard et al., a quarter of its channels: [side after, channels before, channels after] of each separable block.
    const blocks = [
      [48, 8, 16],
      [24, 16, 32],
      [24, 32, 32],
      [12, 32, 64],
      [12, 64, 64],
      [6, 64, 128],
      ...Array.from({ length: 5 }, () => [6, 128, 128]),
      [3, 128, 256],
      [3, 256, 256],
    ] as [number, number, number][];
    const macs = blocks.reduce((sum, [side, input, output]) => sum + side ** 2 * (9 * input + input * output), 48 ** 2 * 27 * 8 + 256 * 2);
    // Weights, and a scale and a shift for each channel of each of the two convolutions.
    const parameters = blocks.reduce(
      (sum, [, input, output]) => sum + 9 * input + input * output + 2 * (input + output),
      27 * 8 + 16 + 257 * 2,
    );
    expect([macs, parameters]).toEqual([7_489_664, 213_586]);
    expect(networkCosts(mobilenetV1(0.25, 96, 2))).toMatchObject({ macs, parameters });
  });

  it("is a vision transformer", () => {
    const { macs, parameters } = networkCosts(transformerEncoder());
    // ViT-Tiny has 5,717,416 parameters (Touvron et al. 2021, table 1: 5 M); here without class token and its position.
    expect(parameters).toBe(5_717_416 - 2 * 192);
    // 196 patches of 16·16·3; a layer: 4 projections, 2 feed-forward layers, scores and mixture; the classifier.
    const layer = 196 * (4 * 192 ** 2 + 2 * 192 * 768) + 2 * 196 ** 2 * 192;
    expect(macs).toBe(196 * 768 * 192 + 12 * layer + 192 * 1000);
    expect(networkCosts(transformerEncoder({ ...vitTiny, depth: 1 })).macs).toBe(196 * 768 * 192 + layer + 192 * 1000);
  });

  it("keeps the MACs when the network is deployed, and a byte a weight in int8", () => {
    const network = mobilenetV2(0.35, 96);
    const deployed = networkCosts(deploy(network, { format: "int8" }));
    expect(deployed.macs).toBe(networkCosts(network).macs);
    expect(deployed.inputBytes).toBe(3 * 96 * 96);
    expect(deployed.weightBytes).toBeGreaterThan(deployed.parameters);
    expect(deployed.weightBytes).toBeLessThan(1.05 * deployed.parameters);
  });
});
