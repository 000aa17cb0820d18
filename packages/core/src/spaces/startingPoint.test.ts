import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRng, InputError } from "../base/index.ts";
import { networkCosts } from "../ir/index.ts";
import { createSpace, parseSpaceYaml, resolveSpaceSpec, type SpaceSpec } from "./registry.ts";
import type { Task } from "./searchSpace.ts";
import { knownNetwork, knownNetworks } from "./staged/knownNetworks.ts";
import { stagedSpace } from "./staged/staged.ts";
import { startingPoint } from "./startingPoint.ts";

const fashion: Task = { kind: "image-classification", channels: 1, height: 28, width: 28, classes: 10 };
const large: Task = { kind: "image-classification", channels: 3, height: 96, width: 96, classes: 2 };
const file = "microcontroller.yaml";
const microcontroller = parseSpaceYaml(readFileSync(new URL(`../../../../configs/spaces/${file}`, import.meta.url), "utf8"), file);

/** The network that a name stands for. */
function byItself(name: string, task: Task) {
  const space = stagedSpace("custom", knownNetwork(name, task));
  expect(space.size).toBe(1n);
  return space.network(space.parse([...space.enumerate()].map((g) => space.format(g))[0] ?? ""), task);
}

/** Operators in order, with what they read: names apart, the network. */
const graph = (spec: SpaceSpec, text: string, task: Task) => {
  const space = createSpace(spec, task);
  return space.network(space.parse(text), task).nodes.map(({ op, inputs }) => ({ op, inputs }));
};

describe.each([
  ["28 x 28", fashion],
  ["96 x 96", large],
])("networks with a name, for %s", (_size, task) => {
  it.each(knownNetworks)("%s is a point of the space for microcontrollers", (name) => {
    const architecture = startingPoint(microcontroller, task, name);
    expect(graph(microcontroller, architecture, task)).toEqual(byItself(name, task).nodes.map(({ op, inputs }) => ({ op, inputs })));
  });
});

it("takes images as they are where a network has a name and the space chooses the resolution", () => {
  const spec = resolveSpaceSpec({ ...microcontroller, resolution: [20, 28] } as SpaceSpec);
  expect(startingPoint(spec, fashion, "ds-cnn")).toMatch(/^in28 /);
  expect(() => startingPoint(spec, large, "ds-cnn")).toThrow("resolution 28 in place of 96");
});

const cifar: Task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };
const widths = [0.25, 0.5, 0.75, 1, 1.5];

describe.each([
  ["28 x 28", fashion],
  ["3 x 32 x 32", cifar],
])("networks with a name at several widths, for %s", (_size, task) => {
  it.each(knownNetworks.flatMap((name) => widths.map((width) => `${name}@${width}`)))(
    "%s is a point of the space for microcontrollers",
    (name) => {
      const architecture = startingPoint(microcontroller, task, name);
      expect(graph(microcontroller, architecture, task)).toEqual(byItself(name, task).nodes.map(({ op, inputs }) => ({ op, inputs })));
    },
  );
});

it("says the nearest where the space has not the channels asked for", () => {
  const nearest = "relu stem-c12 stem-k3 stem-s1 head-c0 head-mean | - | c24 s1 dw-k3 | c48 s2 dw-k3 dw-k3 | c96 s2 dw-k3 dw-k3 dw-k3";
  // 11, 22, 45 and 90 channels were asked for.
  const refused = () => startingPoint(microcontroller, fashion, "mobilenet-v1@0.7");
  expect(refused).toThrow("stage 3: 96 channels in place of 90");
  expect(refused).toThrow(`write instead: "${nearest}"`);
  expect(startingPoint(microcontroller, fashion, nearest)).toBe(nearest);
});

it("has ResNet-8 as MLPerf Tiny has it, of 78,666 parameters on CIFAR-10", () => {
  // The reference counts a bias of each of 336 channels and running statistics of 240; ours normalises the 96 channels of shortcuts.
  expect(networkCosts(byItself("resnet-8", cifar)).parameters).toBe(78_666 - 336 - 2 * 240 + 2 * 96);
});

describe("what a user may write", () => {
  const point = (spec: SpaceSpec, written: string) => startingPoint(spec, fashion, written);
  const mobile = resolveSpaceSpec({ name: "mobile" }, fashion);

  it("an architecture's text, which becomes canonical", () => {
    const cell = `|${["nor_conv_3x3~0", "|nor_conv_3x3~0|none~1"].join("|+")}`;
    expect(() => point({ name: "nasbench201", cells_per_stage: 5, channels: 16 }, cell)).toThrow(InputError);
    const space = createSpace(mobile, fashion);
    const architecture = space.format(space.sample(createRng(1)));
    expect(point(mobile, `  ${architecture} `)).toBe(architecture);
  });

  it.each([
    [mobile, "mobilenet-v1", /stage 1: the space has no block depthwise-separable there/, undefined],
    [mobile, "mobilnet-v2", /there is no network 'mobilnet-v2'/, "mobilenet-v2"],
    [mobile, "mobilenet-v2@zero", /'zero' is no factor/, undefined],
    [mobile, "mobilenet-v2@99", /'99' is no factor/, undefined],
    [resolveSpaceSpec({ name: "nasbench201" }), "ds-cnn", /is not made of stages/, undefined],
    [
      resolveSpaceSpec({ name: "custom", stages: [{ channels: 8, blocks: [{ type: "conv" }] }] }),
      "ds-cnn",
      /has 2 stages, the space 1/,
      undefined,
    ],
  ])("is refused where it is neither", (spec, written, problem, suggestion) => {
    const refused = () => point(spec, written);
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(problem);
    if (suggestion) expect(refused).toThrow(`write instead: ${suggestion}`);
  });
});
