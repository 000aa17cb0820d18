/** `bench search` with a cheaper column and with earlier searches, through the command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, fbnet } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";

const folder = createFolder();
const space = fbnet();
const rng = createRng("side data");
const names = Array.from({ length: 40 }, () => space.format(space.sample(rng)));
folder.write(
  "table.csv",
  `architecture,lat,acc,early\n${names.map((name, i) => `${name},${10 + ((7 * i) % 40)},${60 + (i % 23)},${30 + (i % 23)}\n`).join("")}`,
);
const usual = [
  ...["bench", "search", "--space", "fbnet", "--accuracy", "table.csv", "--accuracy-column", "acc", "--latency", "table.csv"],
  ...["--latency-column", "lat", "--evaluations", "12", "--trials", "2"],
];

describe.concurrent("bench search with side data", () => {
  it("reads a cheaper column at its cost", async () => {
    const halving = [...usual, "--algorithm", "successive-halving"];
    const [cheap, full] = [await folder.json(...halving, "--low-fidelity", "early:0.1"), await folder.json(...halving)] as {
      hypervolume_ratio_mean: number[];
    }[];
    expect(Object.keys(cheap ?? {})).toEqual(Object.keys(full ?? {}));
    expect(cheap?.hypervolume_ratio_mean).toHaveLength(4);
    expect(cheap?.hypervolume_ratio_mean).not.toEqual(full?.hypervolume_ratio_mean);
  });

  it("begins with searches that were saved, those of another column too", async () => {
    expect(await folder.run(...usual, "--algorithm", "random", "--save-run", "run.json")).toMatchObject({ code: 0 });
    const run = JSON.parse(readFileSync(join(folder.path, "run.json"), "utf8")) as { searches: { trials: unknown[] }[] };
    expect(run).toMatchObject({ format: "archwright-search-runs", version: 1, space: "fbnet", objectives: ["error", "latency"] });
    expect(run.searches.map(({ trials }) => trials.length)).toEqual([12, 12]);
    const warm = [...usual, "--algorithm", "bayesian", "--accuracy-column", "early"].filter(
      (word, i, all) => !(word === "acc" || (word === "--accuracy-column" && all[i + 1] === "acc")),
    );
    expect(await folder.json(...warm, "--warm-start", "run.json")).toMatchObject({ algorithm: "bayesian", checkpoints: [3, 6, 9, 12] });
    const other = usual.map((word) => (word === "fbnet" ? "nasbench201" : word));
    const refused = await folder.run(...other, "--warm-start", "run.json");
    expect(refused.code).toBe(2);
  });

  it.each([
    ["a cost of more than an evaluation", ["--low-fidelity", "early:2"], "above 0 and below 1"],
    ["no cost", ["--low-fidelity", "early"], "cifar100_valid_ep12:0.06"],
    ["a column that is not there", ["--low-fidelity", "later:0.1"], "later"],
    ["earlier searches that are not there", ["--warm-start", "nowhere.json"], "nowhere.json"],
    ["earlier searches where nobody learns from them", ["--algorithm", "nsga2", "--warm-start", "run.json"], "does not learn"],
    ["a table as earlier searches", ["--warm-start", "table.csv"], "this is not JSON"],
  ])("refuses %s", async (_, more, says) => {
    const { code, stderr } = await folder.run(...usual, ...more);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
