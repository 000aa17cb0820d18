import { expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { scoreModelConformance } from "../../testing/scoreModel.ts";
import { scoreModelNamed, scoreModels } from "./registry.ts";

const plain = new Set(["neighbours", "size"]);
const surerNearTrials = new Set(["gp", "gp-averaged", "size"]);

// One of two alike, and many times slower.
const tested = process.env.MODE === "full" ? scoreModels : scoreModels.filter(({ name }) => name !== "gp-averaged");
for (const model of tested) {
  scoreModelConformance(model.name, {
    model,
    leastSpearman: plain.has(model.name) ? 0.6 : 0.8,
    isSurerNearTrials: surerNearTrials.has(model.name),
  });
}

it("takes the first row for the default, and names the nearest where a name is misspelt", () => {
  expect(scoreModelNamed("default")).toBe(scoreModels[0]);
  expect(scoreModelNamed("trees").name).toBe("trees");
  expect(() => scoreModelNamed("tree")).toThrow("write instead: trees");
  expect(() => scoreModelNamed("toString")).toThrow(InputError);
});
