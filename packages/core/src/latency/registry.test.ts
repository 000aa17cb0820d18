import { expect, it } from "vitest";
import { InputError } from "../base/index.ts";
import { latencyModelConformance } from "../testing/latencyModel.ts";
import { type LatencyModel, latencyModelNamed, latencyModels, prepareLatencyModels } from "./index.ts";

for (const model of latencyModels) latencyModelConformance(model.name, { model, leastSpearman: model.name === "bayesian" ? 0.93 : 0.4 });

it("takes the first row for the default, and names the nearest where a name is misspelt", () => {
  expect(latencyModelNamed(latencyModels, "default").name).toBe("bayesian");
  expect(() => latencyModelNamed(latencyModels, "baysian")).toThrow("write instead: bayesian");
  expect(() => latencyModelNamed(latencyModels, "toString")).toThrow(InputError);
});

it("prepares the models that are named, and no others", async () => {
  const prepared: string[] = [];
  const rows = ["a", "b", "c"].map((name) => ({ name, prepare: async () => void prepared.push(name) }) as unknown as LatencyModel);
  await prepareLatencyModels([...latencyModels, ...rows], ["c", "bayesian", "unknown", "a", "a"]);
  expect(prepared.sort()).toEqual(["a", "c"]);
});
