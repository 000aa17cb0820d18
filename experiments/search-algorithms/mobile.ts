/**
 * How many evaluations algorithms need on the space `mobile` with a made-up accuracy to reach the hypervolume that NSGA-II has after 500.
 * Prints a table, and keeps every run in a file, so that it goes on where it was stopped; see README.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BoundedCache, createRng } from "@archwright/core/base";
import { createAnalyticModel, parseDeviceProfile } from "@archwright/core/devices";
import { graphFeatures } from "@archwright/core/score";
import { createSearcher, hypervolume, ParetoArchive, type SearcherOptions } from "@archwright/core/search";
import { createSpace, type Genotype } from "@archwright/core/spaces";
import { madeUpAccuracy } from "./madeUp.ts";
import { median } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    algorithms: { type: "string", default: "linas,bayesian" },
    instances: { type: "string", default: "final 0,final 1,final 2,final 3,final 4" },
    seeds: { type: "string", default: "10" },
    evaluations: { type: "string", default: "500" },
    device: { type: "string", default: "stm32f746" },
    features: { type: "boolean", default: false },
    "latency-shown": { type: "boolean", default: false },
    output: { type: "string" },
  },
});
const evaluations = Number(flags.evaluations);
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed);
/** Standard deviation of what training anew changes, points. */
const noise = 0.4;

const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
const space = createSpace({ name: "mobile" }, task);
const profile = new URL(`../../configs/devices/${flags.device}.yaml`, import.meta.url);
const costModel = createAnalyticModel(parseDeviceProfile(readFileSync(profile, "utf8"), profile.pathname));

const latencies = new Map<string, number>();
function latencyOf(genotype: Genotype): number {
  const text = space.format(genotype);
  const known = latencies.get(text) ?? costModel.estimate(space.network(genotype, task)).costs.latencyMs?.value ?? Number.NaN;
  latencies.set(text, known);
  return known;
}
const graphs = new BoundedCache<ReturnType<typeof graphFeatures>>(40_000);
const featuresOf = (genotype: Genotype) => graphs.get(space.format(genotype), () => graphFeatures(space.network(genotype, task)));

/** Error in percent, and the largest latency of a thousand random networks, ms. */
const sampling = createRng("reference");
const reference = [40, Math.max(...Array.from({ length: 1000 }, () => latencyOf(space.sample(sampling))))];

interface Run {
  /** Hypervolume of the noise-free objectives of all that was evaluated, after each evaluation. */
  readonly volumes: readonly number[];
  /** Processor time of the proposals, without costs and features that were looked up before. */
  readonly msPerCandidate: number;
}

/** One search. @param target the hypervolume at which it may end. */
function search(algorithm: string, accuracyOf: (genotype: Genotype) => number, seed: number, target = Number.POSITIVE_INFINITY): Run {
  const options: SearcherOptions<Genotype> = {
    space,
    rng: createRng(`search ${seed}`),
    objectives: 2,
    evaluations,
    traits: [
      { nature: "score", least: 0, worst: 90 },
      { nature: "cost", least: 0 },
    ],
    ...(flags.features && { features: featuresOf }),
    ...(!flags["latency-shown"] && { known: (genotype: Genotype) => [undefined, { value: latencyOf(genotype), sd: 0 }] }),
  };
  const searcher = createSearcher(algorithm, options);
  const noises = createRng(`noise ${seed}`);
  const found = new ParetoArchive<undefined>(2);
  const volumes: number[] = [];
  let ms = 0;
  while (volumes.length < evaluations && !((volumes.at(-1) ?? 0) >= target)) {
    const start = process.cpuUsage();
    const asked = searcher.ask(Math.min(searcher.batch, evaluations - volumes.length));
    const { user, system } = process.cpuUsage(start);
    ms += (user + system) / 1000;
    searcher.tell(
      asked.map((genotype) => {
        const accuracy = accuracyOf(genotype);
        found.add([100 - accuracy, latencyOf(genotype)], undefined);
        volumes.push(hypervolume(found.front(), reference));
        const shown = Math.min(100, accuracy + noise * noises.fork(space.format(genotype)).normal());
        return { genotype, status: "feasible" as const, objectives: [100 - shown, latencyOf(genotype)] };
      }),
    );
  }
  return { volumes, msPerCandidate: ms / volumes.length };
}

/** What was found, by what was run. */
const results: Record<string, { readonly reached: number; readonly volume: number; readonly msPerCandidate: number }> =
  flags.output && existsSync(flags.output) ? JSON.parse(readFileSync(flags.output, "utf8")) : {};
const setting = `${flags.device}, ${evaluations} evaluations${flags.features ? ", features" : ""}${flags["latency-shown"] ? ", latency shown" : ""}`;
function result(algorithm: string, instance: string, seed: number, run: () => { reached: number; volume: number; msPerCandidate: number }) {
  const key = `${algorithm}, ${instance}, seed ${seed}, ${algorithm === "nsga2" ? `${flags.device}, ${evaluations} evaluations` : setting}`;
  const found = results[key] ?? run();
  results[key] = found;
  const lines = Object.entries(results).map(([name, value]) => ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  if (flags.output) writeFileSync(flags.output, `{\n${lines.join(",\n")}\n}\n`);
  return found;
}

console.log(`mobile, ${setting}, ${seeds.length} seeds; evaluations to the hypervolume of NSGA-II after ${evaluations} (medians)\n`);
console.log("| instance | algorithm | evaluations | fewer by | ms a candidate |\n| --- | --- | --- | --- | --- |");
for (const instance of flags.instances.split(",")) {
  const accuracyOf = madeUpAccuracy(space, instance);
  const target = median(
    seeds.map((seed) => {
      const run = () => {
        const { volumes, msPerCandidate } = search("nsga2", accuracyOf, seed);
        return { reached: evaluations, volume: volumes.at(-1) ?? 0, msPerCandidate };
      };
      return result("nsga2", instance, seed, run).volume;
    }),
  );
  for (const algorithm of flags.algorithms.split(",")) {
    const runs = seeds.map((seed) =>
      result(algorithm, instance, seed, () => {
        const { volumes, msPerCandidate } = search(algorithm, accuracyOf, seed, target);
        const at = volumes.findIndex((volume) => volume >= target);
        return { reached: at < 0 ? evaluations + 1 : at + 1, volume: volumes.at(-1) ?? 0, msPerCandidate };
      }),
    );
    const needed = median(runs.map(({ reached }) => reached));
    const cells = [needed > evaluations ? `> ${evaluations}` : needed, (evaluations / needed).toFixed(2)];
    console.log(`| ${instance} | ${algorithm} | ${cells.join(" | ")} | ${median(runs.map((run) => run.msPerCandidate)).toFixed(1)} |`);
  }
}
