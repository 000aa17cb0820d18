import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRng, InputError } from "../../base/index.ts";
import { networkCosts } from "../../ir/index.ts";
import { createSpace, parseSpaceYaml, resolveSpaceSpec, type SpaceSpecInput, spaceNames } from "../registry.ts";
import type { Task } from "../searchSpace.ts";

const imagenet: Task = { kind: "image-classification", channels: 3, height: 224, width: 224, classes: 1000 };
const digits: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };

/** The costs of the only architecture of a space. */
function onlyCosts(spec: SpaceSpecInput, task: Task = imagenet) {
  const space = createSpace(spec, task);
  expect(space.size).toBe(1n);
  return networkCosts(space.network(space.sample(createRng(0)), task));
}

describe("published networks as spaces of one architecture", () => {
  it("MobileNetV2 1.0 (Sandler et al. 2018): 300.8 M multiply-accumulates, 3.50 M parameters", () => {
    const stage = (channels: number, depth: number, stride: number, expansion = 6) => ({ channels, depth, stride, expansion });
    const { macs, parameters } = onlyCosts({
      name: "mobile",
      kernel: 3,
      squeeze_excitation: false,
      width: 1,
      downsample: 1,
      stem: { channels: 32, stride: 2 },
      stages: [stage(16, 1, 1, 1), stage(24, 2, 2), stage(32, 3, 2), stage(64, 4, 2), stage(96, 3, 1), stage(160, 3, 2), stage(320, 1, 1)],
      head: { channels: 1280 },
    });
    // torchvision's mobilenet_v2: 3,504,872 parameters.
    expect(parameters).toBe(3_504_872);
    expect((macs / 1e6).toFixed(1)).toBe("300.8");
  });

  it("ResNet-50 (He et al. 2016): 25.56 M parameters, 4.1 G multiply-accumulates", () => {
    const stage = (channels: number, depth: number, stride: number) => ({
      channels,
      depth,
      stride,
      blocks: [{ type: "bottleneck" as const }],
    });
    const { macs, parameters } = onlyCosts({
      name: "custom",
      stem: { channels: 64, kernel: 7, stride: 2 },
      stages: [
        { channels: 64, stride: 2, blocks: [{ type: "pool" }] },
        stage(256, 3, 1),
        stage(512, 4, 2),
        stage(1024, 6, 2),
        stage(2048, 3, 2),
      ],
    });
    // torchvision's resnet50: 25,557,032 parameters.
    expect(parameters).toBe(25_557_032);
    expect((macs / 1e9).toFixed(1)).toBe("4.1");
  });

  it("MobileNetV1 (Howard et al. 2017, table 6): 569 M multiply-accumulates at 1.0, 41 M at 0.25", () => {
    const stage = (channels: number, depth: number, stride: number) => ({
      channels,
      depth,
      stride,
      blocks: [{ type: "depthwise-separable" as const }],
    });
    const at = (width: number) =>
      onlyCosts({
        name: "custom",
        width,
        stem: { channels: 32, stride: 2 },
        stages: [stage(64, 1, 1), stage(128, 2, 2), stage(256, 2, 2), stage(512, 6, 2), stage(1024, 2, 2)],
      });
    expect((at(1).macs / 1e6).toFixed(0)).toBe("569");
    expect((at(0.25).macs / 1e6).toFixed(0)).toBe("41");
    // Keras's MobileNet: 4,231,976 trainable parameters.
    expect(at(1).parameters).toBe(4_231_976);
  });
});

const yaml = `
name: custom
width: [1, 0.5]
stages:
  - channels: [8, 16]
    stride: [1, 2]
    depth: [0, 1, 2]
    blocks:
      - { type: conv, kernel: [3, 5] }
      - { type: inverted-residual, expansion: [2, 4], squeeze_excitation: [false, true] }
  - channels: 16
    depth: [1, 3]
    uniform: true
    blocks: [{ type: residual }]
`;

describe("custom", () => {
  const space = createSpace(parseSpaceYaml(yaml, "mine.yaml"), digits);

  it("counts its architectures", () => {
    // Two widths; the first stage: none, or 2 channels × 2 strides × one or two of 2 + 4 blocks; the second: two depths.
    expect(space.size).toBe(BigInt(2 * (1 + 2 * 2 * (6 + 6 * 6)) * 2));
  });

  it.each(["w0.5 | - | n1 res", "w1 | c16 s2 conv-k5 ir-e4se | n3 res", "w1 | c8 s1 ir-e2 | n1 res"])("reads and writes '%s'", (text) => {
    expect(space.format(space.parse(text))).toBe(text);
  });

  it.each([
    ["w0.5 | -", /has 2 parts/, undefined],
    ["w2 | - | n1 res", /'w2' is not the width/, "w1"],
    ["w1 | c16 s2 con-k5 | n1 res", /stage 1: 'con-k5' is not block 1/, "conv-k5"],
    ["w1 | c16 s2 | n1 res", /stage 1 has 2 words/, undefined],
    ["w1 | - | -", /stage 2 has 1 words/, undefined],
    ["w1 w1 | - | n1 res", /the network's choices have 2 words/, undefined],
  ])("says what is wrong with '%s'", (text, problem, suggestion) => {
    const parse = () => space.parse(text);
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(problem);
    if (suggestion) expect(parse).toThrow(`write instead: ${suggestion}`);
  });

  it("reads the text that the page on spaces of one's own explains", () => {
    const read = (file: string) => readFileSync(new URL(`../../../../../configs/spaces/${file}`, import.meta.url), "utf8");
    const example = /is written as its choices.*`(w0[^`]*)`/s.exec(read("README.md"))?.[1] ?? "";
    const tiny = createSpace(parseSpaceYaml(read("tiny-convs.yaml"), "tiny-convs.yaml"), digits);
    expect(tiny.format(tiny.parse(example))).toBe(example);
    expect(example).not.toBe("");
  });

  it("builds what the text says", () => {
    const kinds = (text: string) => space.network(space.parse(text), digits).nodes.map((node) => node.op);
    const convs = (text: string) =>
      kinds(text).flatMap((op) => (op.kind === "conv2d" ? [`${op.outChannels}k${op.kernel[0]}s${op.stride[0]}g${op.groups}`] : []));
    expect(convs("w0.5 | - | n1 res")).toEqual(["8k3s1g1", "8k3s1g1", "8k3s1g1"]);
    // Stem, conv, expansion, depthwise, squeeze, excite, projection, residual.
    expect(convs("w1 | c8 s2 conv-k5 ir-e4se | n1 res")).toEqual([
      "16k3s1g1",
      "8k5s2g1",
      "32k1s1g1",
      "32k3s1g32",
      "8k1s1g1",
      "32k1s1g1",
      "8k1s1g1",
      "16k3s1g1",
      "16k3s1g1",
      "16k1s1g1",
    ]);
  });

  it.each([
    ["an unknown key", yaml.replace("depth: [0", "depht: [0"), [7, 5], /unknown key 'depht' in 'stages\[0\]'/, "depth"],
    ["an unknown block", yaml.replace("type: conv", "type: cnov"), [9, 17], /is 'cnov'/, "conv"],
    [
      "an attribute of another block",
      yaml.replace("{ type: residual }", "{ type: residual, expansion: 2 }"),
      [14, 32],
      /unknown key 'expansion'/,
      undefined,
    ],
    ["an even kernel", yaml.replace("[3, 5]", "[3, 4]"), [9, 35], /must have a middle/, undefined],
    ["an option twice", yaml.replace("[3, 5]", "[3, 3]"), [9, 31], /two options are the same/, undefined],
    ["a block type twice", yaml.replace("[{ type: residual }]", "[{ type: skip }, { type: skip }]"), [14, 13], /listed twice/, undefined],
    ["no stages", "name: custom\n", [1, 1], /'stages' is missing/, undefined],
    ["another space", "name: costum\n", [1, 7], /is 'costum'/, "custom"],
    ["an option of another space", "name: nasbench201\nstem_stride: 1\n", [2, 1], /unknown key 'stem_stride'/, undefined],
  ] as const)("says where %s stands in the YAML", (_what, text, [line, column], problem, suggestion) => {
    let error: unknown;
    try {
      parseSpaceYaml(text, "mine.yaml");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InputError);
    const { place, problem: said, suggestion: instead } = error as InputError;
    expect(place).toEqual({ file: "mine.yaml", line, column });
    expect(said).toMatch(problem);
    expect(instead).toBe(suggestion);
  });
});

describe("the input's resolution", () => {
  const stages = [{ channels: 8, blocks: [{ type: "conv" as const }] }];
  const inputOf = (text: string, task: Task) => {
    const space = createSpace({ name: "custom", resolution: [12, 7], stages }, task);
    return space.network(space.parse(text), task).nodes[0]?.output.shape;
  };

  it("is the shorter side of what the network takes, and the longer side follows in proportion", () => {
    expect(inputOf("in7 | conv", digits)).toEqual([1, 1, 7, 7]);
    expect(inputOf("in12 | conv", digits)).toEqual([1, 1, 12, 12]);
    expect(inputOf("in12 | conv", { ...digits, height: 16, width: 33 })).toEqual([1, 1, 12, 25]);
  });

  it("lowers the costs as an image of that size does, and is no gene where it is not asked for", () => {
    const spec = { name: "custom", resolution: 6, stages } as const;
    const { resolution: _, ...asItIs } = spec;
    expect(onlyCosts(spec, digits)).toEqual(onlyCosts(asItIs, { ...digits, height: 6, width: 6 }));
    expect(createSpace(asItIs, digits).genes.map(({ name }) => name)).not.toContain("resolution");
    expect(resolveSpaceSpec(asItIs, digits)).not.toHaveProperty("resolution");
  });
});

describe("resolved specs", () => {
  it.each(spaceNames.filter((name) => name !== "custom" && name !== "backbone"))(
    "of %s are plain JSON that means the same space, whatever the task said later",
    (name) => {
      const spec = resolveSpaceSpec({ name } as SpaceSpecInput, digits);
      const copy = JSON.parse(JSON.stringify(spec));
      expect(copy).toEqual(spec);
      expect(resolveSpaceSpec(copy, imagenet)).toEqual(spec);
      expect(createSpace(copy, imagenet).genes).toEqual(createSpace({ name } as SpaceSpecInput, digits).genes);
    },
  );

  it("of mobile halve small images less often than large ones", () => {
    const strides = (task: Task) => {
      const spec = resolveSpaceSpec({ name: "mobile" }, task);
      if (spec.name !== "mobile") throw new Error("another space");
      return (spec.stages ?? []).map(({ stride }) => Math.max(...stride)).reduce((a, b) => a * b, 1);
    };
    expect(strides(digits)).toBeLessThanOrEqual(8);
    expect(strides(imagenet)).toBe(16);
  });
});
