/** Core runs where there is no Node: bundled, in a context that has no globals but those of ECMAScript and two of the web. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, it } from "vitest";
import * as core from "./index.ts";

const profile = readFileSync(new URL("../../../configs/devices/stm32f746.yaml", import.meta.url), "utf8");

/** A space, samples, their costs on a device, a search on these and its front. Plain text, so that it runs in both places. */
const program = `
  const { createRng, createSpace, createSearcher, createAnalyticModel, parseDeviceProfile, ParetoArchive, networkCosts } = core;
  const task = { kind: "image-classification", channels: 3, height: 16, width: 16, classes: 10 };
  const space = createSpace({ name: "nasbench201", cells_per_stage: 1, channels: 8 }, task);
  const model = createAnalyticModel(parseDeviceProfile(profile, "stm32f746.yaml"));
  const searcher = createSearcher("nsga2", { space, rng: createRng(1), objectives: 2, evaluations: 40 }, { population: 8 });
  const front = new ParetoArchive(2);
  for (let asked = 0; asked < 40; asked += 4) {
    searcher.tell(searcher.ask(4).map((genotype) => {
      const network = space.network(genotype, task);
      const { costs } = model.estimate(network);
      const objectives = [costs.latencyMs.value, -networkCosts(network).macs];
      front.add(objectives, space.format(genotype));
      return { genotype, status: "feasible", objectives };
    }));
  }
  return JSON.stringify(front.entries());
`;

it("has no global of Node's where it is bundled for a browser, and gives there what it gives here", async () => {
  const { outputFiles, errors } = await build({
    entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "core",
    platform: "browser",
    conditions: ["archwright-source"],
    logLevel: "silent",
  });
  expect(errors).toEqual([]);
  // The two that browsers and workers have as well, and that are no part of ECMAScript.
  const context = createContext({ profile, TextEncoder, TextDecoder });
  expect(runInContext("typeof process + typeof Buffer + typeof require + typeof setTimeout + typeof URL", context)).not.toMatch(
    /object|function/,
  );
  runInContext(outputFiles[0]?.text ?? "", context);
  const there = runInContext(`(() => { ${program} })()`, context) as string;
  const here = new Function("core", "profile", program)(core, profile) as string;
  expect(JSON.parse(there).length).toBeGreaterThan(1);
  expect(there).toBe(here);
});
