import { expect, it } from "vitest";
import { z } from "zod";
import { createRng, InputError } from "../base/index.ts";
import { searcherConformance, toySpace } from "../testing/searcher.ts";
import {
  createSearcher,
  plannedSettings,
  type SearcherSettings,
  searcherNames,
  searchers,
  settingSchemas,
  settingsOf,
} from "./searchers.ts";

// A small pool: what is promised does not depend on its size, and the suite asks for thousands of batches.
const quick: Readonly<Record<string, SearcherSettings>> = { bayesian: { pool: 60 }, default: { pool: 60 } };
// Those that model objectives take most of the time, and have tests of their own.
const modelled = ["linas", "bayesian", "default"];
const tested = process.env.MODE === "full" ? searcherNames : searcherNames.filter((name) => !modelled.includes(name));
for (const name of tested) searcherConformance(name, (options) => createSearcher(name, options, quick[name]));
searcherConformance("nsga2 with a population of 2", (options) => createSearcher("nsga2", options, { population: 2 }));
searcherConformance("nsga2 with an odd population", (options) => createSearcher("nsga2", options, { population: 25 }));

const options = { space: toySpace([2, 2]), rng: createRng(1), objectives: 2, evaluations: 10 };

it("names the searchers, and the nearest where a name is misspelt", () => {
  expect(searcherNames).toEqual(expect.arrayContaining(["random", "nsga2", "default"]));
  expect(() => createSearcher("nsga-2", options)).toThrow("write instead: nsga2");
  expect(() => createSearcher("toString", options)).toThrow(InputError);
});

it("takes by default the one that models objectives, and NSGA-II where it would model thousands of trials", () => {
  for (const [evaluations, name] of [
    [10, "bayesian"],
    [2000, "bayesian"],
    [2001, "nsga2"],
  ] as const) {
    expect(createSearcher("default", { ...options, evaluations }).name).toBe(name);
    expect(settingsOf("default", evaluations)).toEqual(settingsOf(name, evaluations));
    expect(plannedSettings("default", {}, evaluations)).toEqual(plannedSettings(name, {}, evaluations));
  }
});

it.each([1, 0, -3, 2.5, Number.NaN])("refuses a population of %d", (population) => {
  expect(() => createSearcher("nsga2", options, { population })).toThrow(InputError);
});

it("refuses settings that a searcher has not", () => {
  expect(() => createSearcher("nsga2", options, { populaton: 20 })).toThrow("write instead: population");
});

it("has one meaning for a setting's name, whichever searchers have it", () => {
  for (const { settings } of searchers) {
    for (const [name, schema] of Object.entries(settings.shape)) {
      expect(z.toJSONSchema(schema)).toEqual(z.toJSONSchema(settingSchemas[name] as z.ZodType));
    }
  }
});

it("refuses objectives that are not what was agreed: a broken promise of the caller", () => {
  const searcher = createSearcher("nsga2", options);
  expect(() => searcher.tell([{ genotype: [0, 0], status: "feasible", objectives: [1] }])).toThrow("expected 2");
  expect(() => searcher.tell([{ genotype: [0, 0], status: "feasible", objectives: [1, Number.NaN] }])).toThrow("expected 2");
});
