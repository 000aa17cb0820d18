import { readdirSync, readFileSync } from "node:fs";
import { searchSpaceConformance } from "../testing/searchSpace.ts";
import { createSpace, parseSpaceYaml, type SpaceSpecInput } from "./registry.ts";
import type { Task } from "./searchSpace.ts";

const square = (side: number, channels: number): Task => ({
  kind: "image-classification",
  channels,
  height: side,
  width: side,
  classes: 10,
});
const tasks = [square(8, 1), square(28, 1), square(32, 3)];
const oblong: Task = { kind: "image-classification", channels: 3, height: 7, width: 13, classes: 2 };

searchSpaceConformance("nasbench201", () => createSpace({ name: "nasbench201" }), tasks, { networks: 6 });
searchSpaceConformance("nasbench201, small", () => createSpace({ name: "nasbench201", cells_per_stage: 1, channels: 4 }), [oblong]);
searchSpaceConformance("fbnet", () => createSpace({ name: "fbnet" }), tasks, { networks: 6 });
searchSpaceConformance("fbnet, stem stride 1", () => createSpace({ name: "fbnet", stem_stride: 1 }), [oblong], { networks: 6 });
searchSpaceConformance("mobile", (task) => createSpace({ name: "mobile" }, task), [...tasks, oblong, square(96, 1), square(224, 3)]);

const examples = new URL("../../../../configs/spaces/", import.meta.url);
for (const file of readdirSync(examples).filter((name) => name.endsWith(".yaml"))) {
  const spec = parseSpaceYaml(readFileSync(new URL(file, examples), "utf8"), file);
  const holes = spec.name === "custom" && spec.merge_equivalent === true;
  // What is merged does not depend on the task.
  searchSpaceConformance(file, (task) => createSpace(spec, task), holes ? [square(28, 1), oblong] : [...tasks, oblong], { holes });
}

const small: Record<string, SpaceSpecInput> = {
  "one architecture": { name: "custom", stages: [{ channels: 8, blocks: [{ type: "conv" }] }] },
  "optional stages": {
    name: "custom",
    stages: [
      { channels: [4, 8], depth: [0, 1, 2], blocks: [{ type: "conv", kernel: [1, 3] }, { type: "skip" }] },
      { channels: 8, stride: [1, 2], depth: [0, 2], uniform: true, blocks: [{ type: "residual" }] },
    ],
  },
  "uniform stages": {
    name: "custom",
    width: [0.5, 1],
    stages: [
      {
        channels: 8,
        depth: [1, 2, 4],
        uniform: true,
        blocks: [
          { type: "conv", kernel: [3, 5] },
          { type: "pool", mode: ["max", "average"] },
        ],
      },
    ],
  },
  "a mobile of one's own": {
    name: "mobile",
    width: 1,
    downsample: [1, 2],
    stem: { channels: 8 },
    head: { channels: 16 },
    stages: [{ channels: 8, depth: 2, kernel: 3, expansion: [1, 2], squeeze_excitation: [false, true] }],
  },
};
const mixed: SpaceSpecInput = { name: "mobile", blocks: ["conv", "depthwise-separable", "inverted-residual", "residual"] };
searchSpaceConformance("mobile of mixed blocks", (task) => createSpace(mixed, task), [square(28, 1)]);
const resolutions: SpaceSpecInput = {
  name: "custom",
  resolution: [6, 8, 20],
  stages: [{ channels: 8, stride: [1, 2], blocks: [{ type: "conv", kernel: [3, 5] }] }],
};
searchSpaceConformance("a space of resolutions", () => createSpace(resolutions), [square(8, 1), oblong], { resizes: true });
const merged: SpaceSpecInput = {
  name: "custom",
  merge_equivalent: true,
  stem: { channels: [4, 8] },
  stages: [
    { channels: [4, 8], stride: [1, 2], depth: [0, 1], blocks: [{ type: "conv" }, { type: "skip" }] },
    { channels: [4, 8], depth: [0, 1, 2], blocks: [{ type: "conv" }] },
  ],
};
searchSpaceConformance("a space that merges equivalent architectures", () => createSpace(merged), [square(8, 1)], { holes: true });
for (const [name, spec] of Object.entries(small)) searchSpaceConformance(name, (task) => createSpace(spec, task), [square(8, 1)]);
