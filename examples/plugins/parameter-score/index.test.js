/** Holds the plugin's evaluator to what every kind of evaluator, and every evaluator of a worker, promises. */
import { checkPlugin, createRng, createSpace, usualTask } from "@archwright/core";
import { evaluatorConformance, evaluatorKindConformance } from "@archwright/core/testing";
import { expect, it } from "vitest";
import plugin, { kind } from "./index.js";

const unused = () => {
  throw new Error("this evaluator needs no files");
};
const context = { path: (text) => text, column: unused, readDataset: unused, readBackbone: unused, trialMemoryBytes: 2 ** 30 };

evaluatorKindConformance(kind, () => ({ document: { parameter_score: { half: 1000 } }, context }));

const space = createSpace({ name: "nasbench201", cells_per_stage: 1, channels: 8 }, usualTask);
evaluatorConformance("parameter-score", async () => {
  const [row] = plugin.evaluators ?? [];
  if (!row?.open) throw new Error("the plugin has lost its evaluator");
  const limits = { trialTimeMs: 10_000, trialMemoryBytes: 2 ** 30 };
  const evaluator = await row.open({ space, task: usualTask, spec: { kind: "parameter-score", half: 1000 }, limits });
  return { evaluator, architecture: space.format(space.sample(createRng("score"))), seedless: true };
});

it("is a plugin", () => expect(checkPlugin(plugin, "index.js")).toBe(plugin));
