import { expect, it } from "vitest";
import { createSpace } from "../../spaces/index.ts";
import { earlierRun, formatSearchRuns, parseSearchRuns } from "./searchRuns.ts";

const space = createSpace({ name: "nasbench201" });
const cell = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|";
const runs = {
  space: "nasbench201",
  algorithm: "bayesian",
  objectives: ["latency", "error"],
  searches: [{ trials: [] }, { trials: [{ architecture: cell, objectives: [3.5, null] }] }],
};

it("reads what it writes, and gives objectives in the order of the later search", () => {
  const read = parseSearchRuns(formatSearchRuns(runs), "run.json");
  expect(read).toEqual({ format: "archwright-search-runs", version: 1, ...runs });
  expect(earlierRun(read, 0, "run.json", ["error"], space)).toEqual({ trials: [] });
  const { trials } = earlierRun(read, 1, "run.json", ["error", "memory", "latency"], space);
  expect(trials).toEqual([{ genotype: space.parse(cell), objectives: [undefined, undefined, 3.5] }]);
});

it.each([
  ["no JSON", "searches:", ["this is not JSON", "--save-run"]],
  ["another file", '{"checkpoints": [25]}', ["unknown key 'checkpoints'"]],
  ["a missing value", formatSearchRuns({ ...runs, objectives: ["error"] }), ["'searches[1].trials[0].objectives' has 2 numbers"]],
])("refuses %s", (_, text, says) => {
  for (const words of says) expect(() => parseSearchRuns(text, "run.json")).toThrow(words);
  expect(() => parseSearchRuns(text, "run.json")).toThrow("run.json");
});

it("refuses runs for other objectives, and architectures of another space", () => {
  const read = parseSearchRuns(formatSearchRuns(runs), "run.json");
  expect(() => earlierRun(read, 1, "run.json", ["energy"], space)).toThrow("the searches were for latency, error");
  const [
    ,
    {
      trials: [trial],
    },
  ] = read.searches as [unknown, { trials: [{ architecture: string; objectives: (number | null)[] }] }];
  trial.architecture = "k3_e1";
  expect(() => earlierRun(read, 1, "run.json", ["error"], space)).toThrow("run.json");
});
