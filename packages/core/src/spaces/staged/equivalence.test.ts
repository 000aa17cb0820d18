import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { createSpace, type SpaceSpecInput } from "../registry.ts";
import type { Task } from "../searchSpace.ts";

type CustomInput = Extract<SpaceSpecInput, { name: "custom" }>;
type Blocks = CustomInput["stages"][number]["blocks"];

const digits: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };

/** The same choices twice: every genotype by itself, and those of one network as one. */
function bothSpaces(spec: Omit<CustomInput, "name">) {
  const all = createSpace({ name: "custom", ...spec });
  const merged = createSpace({ name: "custom", ...spec, merge_equivalent: true });
  return { all, merged };
}

/** What networks are, as the slow way has it: nodes are called after their position, so that equal networks have equal JSON. */
const written = (space: ReturnType<typeof createSpace>, text: string) => JSON.stringify(space.network(space.parse(text), digits));

/** Texts by network, and by the canonical text of the merged space: they must be the same groups. */
function expectSameGroups({ all, merged }: ReturnType<typeof bothSpaces>, texts: readonly string[]): Map<string, string> {
  const canonicalOf = new Map<string, string>();
  const networkOf = new Map<string, string>();
  for (const text of texts) {
    const canonical = merged.format(merged.parse(text));
    const network = written(all, text);
    expect(canonicalOf.get(network) ?? canonical, text).toBe(canonical);
    expect(networkOf.get(canonical) ?? network, text).toBe(network);
    canonicalOf.set(network, canonical);
    networkOf.set(canonical, network);
    expect(written(merged, canonical)).toBe(network);
  }
  return networkOf;
}

const small: Record<string, Omit<CustomInput, "name">> = {
  "blocks that may stand in either stage": {
    stem: { channels: 8 },
    stages: [
      { channels: [8, 16], stride: [1, 2], depth: [0, 1, 2], blocks: [{ type: "conv" }, { type: "residual" }] },
      { channels: [8, 16], depth: [0, 1, 2], blocks: [{ type: "conv" }] },
    ],
  },
  "blocks without operators, and pooling that a skip does too": {
    stem: { channels: 4 },
    stages: [
      {
        channels: [4, 8],
        stride: [1, 2],
        depth: [0, 2],
        blocks: [{ type: "skip" }, { type: "pool", mode: ["max", "average"], kernel: 2 }],
      },
      { channels: 8, depth: [1, 2, 4], uniform: true, blocks: [{ type: "skip" }, { type: "conv" }] },
    ],
  },
  "a widening that is a convolution of its own, and a head that is one": {
    stem: { channels: 4 },
    stages: [
      { channels: [4, 8, 16], depth: [0, 1], blocks: [{ type: "conv", kernel: [1, 3] }] },
      { channels: [4, 12], depth: [0, 1], blocks: [{ type: "inverted-residual", expansion: [1, 2, 4] }] },
      { channels: [6, 12], depth: [0, 1], blocks: [{ type: "conv", kernel: 1 }] },
    ],
    head: { channels: [0, 6] },
  },
  "a width that channels stand for too, and rounding": {
    width: [0.5, 0.75, 1],
    channel_multiple: 4,
    stem: { channels: [8, 16] },
    stages: [
      {
        channels: [8, 12, 16],
        depth: [1, 2],
        uniform: true,
        blocks: [{ type: "bottleneck", reduction: [2, 3] }, { type: "depthwise-separable" }],
      },
    ],
  },
};

describe.each(Object.entries(small))("%s", (_name, spec) => {
  it("gives one text to each network, and as many as there are", () => {
    const { all, merged } = bothSpaces(spec);
    const texts = Array.from(all.enumerate(), all.format);
    const groups = expectSameGroups({ all, merged }, texts);
    expect(groups.size).toBeLessThan(texts.length);
    expect(merged.size).toBe(BigInt(groups.size));
    expect(Array.from(merged.enumerate(), merged.format).sort()).toEqual([...groups.keys()].sort());
    // The first of each group stands for it.
    for (const text of groups.keys()) expect(all.format(all.parse(text))).toBe(text);
  });
});

it("has nothing to merge in the stages that mobile chooses by itself", () => {
  for (const side of [8, 28, 224]) {
    const space = createSpace({ name: "mobile" }, { ...digits, height: side, width: side });
    const merged = createSpace({ name: "mobile", merge_equivalent: true }, { ...digits, height: side, width: side });
    const rng = createRng(side);
    for (let draw = 0; draw < 20; draw++) {
      const text = space.format(space.sample(rng));
      expect(merged.format(merged.parse(text))).toBe(text);
    }
  }
});

const blockLists: readonly Blocks[number][] = [
  { type: "conv", kernel: [1, 3], shortcut: [false, true] },
  { type: "depthwise-separable", squeeze_excitation: [false, true] },
  { type: "inverted-residual", expansion: [1, 2], squeeze_excitation: [false, true] },
  { type: "residual" },
  { type: "bottleneck", reduction: [2, 4] },
  { type: "pool", mode: ["max", "average"], kernel: [1, 2] },
  { type: "skip" },
];
const stageOf = fc.record({
  channels: fc.subarray([4, 6, 8, 12], { minLength: 1 }),
  stride: fc.subarray([1, 2], { minLength: 1 }),
  depth: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  uniform: fc.boolean(),
  blocks: fc.subarray([...blockLists], { minLength: 1, maxLength: 3 }),
});
const specs = fc.record({
  width: fc.subarray([0.5, 1, 2], { minLength: 1 }),
  resolution: fc.subarray([6, 8], { minLength: 1 }),
  activation: fc.subarray(["relu" as const, "hard-swish" as const], { minLength: 1 }),
  stem: fc.record({ channels: fc.subarray([4, 8], { minLength: 1 }), kernel: fc.subarray([1, 3], { minLength: 1 }) }),
  stages: fc.array(stageOf, { minLength: 1, maxLength: 3 }),
  head: fc.record({ channels: fc.subarray([0, 4, 8], { minLength: 1 }), flatten: fc.subarray([false, true], { minLength: 1 }) }),
});

it("has equal texts exactly where networks are equal, in any space", () => {
  fc.assert(
    fc.property(specs, fc.nat(), (spec, seed) => {
      const { all, merged } = bothSpaces(spec);
      const rng = createRng(seed);
      const texts: string[] = [];
      for (let draw = 0; draw < 6; draw++) {
        let g = all.sample(rng);
        // Neighbours are equal more often than strangers.
        for (let step = 0; step < 5; step++, g = all.mutate(g, rng)) texts.push(all.format(g));
      }
      expectSameGroups({ all, merged }, texts);
    }),
    { numRuns: 40 },
  );
});
