import { describe, expect, it } from "vitest";
import { InputError, type Json } from "../../base/index.ts";
import { type Network, NetworkBuilder, networkToJson, ShapeError } from "../../ir/index.ts";
import { searchSpaceConformance } from "../../testing/searchSpace.ts";
import { createSpace, resolveSpaceSpec, type SpaceSpecInput } from "../registry.ts";
import type { Task } from "../searchSpace.ts";
import { blockEnds } from "./cuts.ts";

const images = (channels: number, side: number): Task => ({
  kind: "image-classification",
  channels,
  height: side,
  width: side,
  classes: 4,
});

/** A residual block with squeeze-and-excitation, and what usually stands around one. */
function residualNetwork(): Network {
  const b = new NetworkBuilder();
  const block = (x: number, channels: number, name: string) =>
    b.activation(b.batchNorm(b.conv2d(x, channels, 3, { stride: 2, name })), "relu");
  const stem = block(b.input([1, 3, 16, 16]), 8, "stem");
  const inner = b.batchNorm(b.conv2d(stem, 8, 3, { name: "inner" }));
  const squeezed = b.conv2d(b.globalAveragePool(inner, true), 8, 1, { name: "gate", bias: true });
  const gated = b.binary("mul", inner, b.activation(squeezed, "sigmoid"));
  const sum = b.activation(b.binary("add", stem, gated), "relu");
  const last = block(b.pool2d("max", sum, 2), 16, "last");
  return b.build(b.dense(b.globalAveragePool(last), 10));
}

const specOf = (network: Network, options: object = {}): SpaceSpecInput => ({
  name: "backbone",
  model: "model.onnx",
  network: networkToJson(network) as Readonly<Record<string, Json>>,
  ...options,
});
const spaceOf = (options: object = {}) => createSpace(resolveSpaceSpec(specOf(residualNetwork(), options)), images(3, 16));

searchSpaceConformance("backbone", () => spaceOf({ resolution: [16, 20] }), [images(3, 16), images(1, 28)], { resizes: true });
searchSpaceConformance("backbone of one choice", () => spaceOf({ cuts: "stem", pooling: "max", grid: 1 }), [images(3, 8)]);

describe("cuts", () => {
  it("are where all goes through one tensor at the end of a block", () => {
    const network = residualNetwork();
    const described = blockEnds(network).map((index) => {
      const { op, output } = network.nodes[index] as Network["nodes"][number];
      return `${op.kind} ${output.shape.join("x")}`;
    });
    // After the stem, the sum, and the last block: within the residual block a cut would lose the shortcut.
    expect(described).toEqual(["activation 1x8x8x8", "activation 1x8x8x8", "activation 1x16x2x2"]);
  });

  it("may be named: any node of images, and only that", () => {
    const space = spaceOf({ cuts: ["inner", "stem"] });
    expect([...space.enumerate()].map(space.format)[0]).toBe("stem average g1");
    expect(() => spaceOf({ cuts: ["steem"] })).toThrow(/no node 'steem' that gives images[\s\S]*stem, batchNorm_2/);
    const b = new NetworkBuilder();
    const plain = b.build(b.dense(b.add({ kind: "reshape", shape: [1, 64] }, [b.input([1, 1, 8, 8])]), 10));
    expect(() => resolveSpaceSpec(specOf(plain))).toThrow("no point behind a convolution");
    expect(() => createSpace({ name: "backbone" })).toThrow(InputError);
  });
});

it("resolves to plain JSON that means the same space, without the model's path and what lies behind the last cut", () => {
  const spec = resolveSpaceSpec(specOf(residualNetwork(), { cuts: ["inner", "stem"] })) as Record<string, unknown>;
  const copy = JSON.parse(JSON.stringify(spec));
  expect(copy).toEqual(spec);
  expect(resolveSpaceSpec(copy)).toEqual(spec);
  expect(spec).not.toHaveProperty("model");
  expect((spec.network as { nodes: { name: string }[] }).nodes.at(-1)?.name).toBe("inner");
});

describe("networks", () => {
  const network = (text: string, task: Task, options: object = {}) => {
    const space = spaceOf(options);
    return space.network(space.parse(text), task);
  };

  it("hold what the cut depends on, for images of another size, with names that tell the frozen layers", () => {
    const { nodes } = network("stem max g2 in16", images(3, 32), { resolution: [16, 24], cuts: ["stem", "inner"] });
    expect(nodes.map(({ name, output }) => `${name} ${output.shape.join("x")}`)).toEqual([
      "input 1x3x16x16",
      "backbone/stem 1x8x8x8",
      "pool2d_2 1x8x2x2",
      "reshape_3 1x32",
      "classifier 1x4",
    ]);
  });

  it("pool the parts of images that do not divide, and of no more parts than pixels", () => {
    // The stem gives 5×5: windows of 3 at a stride of 2.
    const { nodes } = network("stem average g2", images(3, 9), { cuts: ["stem", "inner"] });
    expect(nodes.at(-3)?.op).toMatchObject({ kind: "pool2d", kernel: [3, 3], stride: [2, 2] });
    expect(network("stem average g16", images(3, 4), { cuts: "stem", grid: [1, 16] }).nodes.at(-2)?.output.shape).toEqual([1, 32]);
  });

  it("repeat a grey image for a backbone of colours, and refuse other channels", () => {
    const { nodes } = network("stem", images(1, 16), { cuts: ["stem", "inner"], pooling: "max", grid: 1 });
    expect(nodes.map(({ op }) => op.kind)).toEqual(["input", "concat", "conv2d", "reduce", "dense"]);
    expect(() => network("stem max g1", images(2, 16), { cuts: ["stem", "inner"] })).toThrow(ShapeError);
  });
});
