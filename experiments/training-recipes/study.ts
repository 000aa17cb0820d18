/**
 * Trains a few networks by many recipes and keeps what each reached on the validation images. What RESULTS.json already holds is not done again, so it
 * may be stopped and started at any time; `--print` prints its tables without training.
 *
 *   npx tsx --conditions archwright-source experiments/training-recipes/study.ts RESULTS.json [--seeds 3] [--steps 160,800] [--images fashion] [--only RECIPE,…] [--data FOLDER] [--print]
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRng, type Network } from "@archwright/core";
import { type Dataset, evaluateAccuracy } from "@archwright/runtimes";
import { addToAverage } from "../../packages/runtimes/src/training/average.ts";
import { createBatches } from "../../packages/runtimes/src/training/batches.ts";
import { createStepRunner, initialWeights, stepRates, type TrainingOptions } from "../../packages/runtimes/src/training/index.ts";
import { cosineLearningRate, planTraining } from "../../packages/runtimes/src/training/schedule.ts";
import { imagesOf, networksOf, recipeIn, recipes, type Setting, settings } from "./setting.ts";
import { printTables, type Training } from "./tables.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "3" },
    steps: { type: "string" },
    images: { type: "string" },
    only: { type: "string" },
    print: { type: "boolean", default: false },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error("say which file takes the results: RESULTS.json");
const trainings: Training[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
const decays = [0.9, 0.97, 0.99, 0.995];
const recomputedDecay = 0.99;

/** The weights, and their averages by decay: what `train` gives with `emaDecay`, of several at once. */
async function trainAll(network: Network, { train }: Dataset, options: TrainingOptions, seed: string, decays: readonly number[]) {
  const rng = createRng(seed);
  const plan = planTraining(options, train.count);
  const runner = await createStepRunner(network, initialWeights(network, rng.fork("weights")), plan.batchSize, options);
  const batches = createBatches(train, plan, options, rng);
  const averages = new Map(decays.map((decay) => [decay, runner.weights.slice()]));
  try {
    for (let step = 0; step < plan.steps; step++) {
      batches.fill(step, runner);
      const rate = cosineLearningRate(step, plan.steps, plan.warmupSteps, options.learningRate);
      await runner.step(stepRates(step + 1, rate, options.weightDecay));
      for (const [decay, average] of averages) addToAverage(average, runner.weights, step + 1, decay);
    }
    return { weights: runner.weights.slice(), averages };
  } finally {
    await runner.release();
  }
}

/** With running statistics of the network as it is: steps that change nothing else. */
async function withStatistics(
  network: Network,
  weights: Float32Array,
  { train }: Dataset,
  options: TrainingOptions,
): Promise<Float32Array> {
  const plan = planTraining({ ...options, steps: 60 }, train.count);
  const runner = await createStepRunner(network, weights, plan.batchSize, options);
  const batches = createBatches(train, plan, options, createRng("statistics"));
  for (let step = 0; step < plan.steps; step++) {
    batches.fill(step, runner);
    await runner.step(stepRates(1, 0, 0));
  }
  const given = runner.weights.slice();
  await runner.release();
  return given;
}

async function accuracyOf(network: Network, weights: Float32Array, data: Dataset, { limit }: Setting): Promise<number> {
  const sets = limit === null ? [data.validation, data.test] : [data.validation];
  let right = 0;
  for (const set of sets) right += (await evaluateAccuracy(network, weights, set)) * set.count;
  return right / sets.reduce((sum, { count }) => sum + count, 0);
}

async function measure(
  setting: Setting,
  data: Dataset,
  [name, network]: readonly [string, Network],
  recipe: string,
  seed: number,
): Promise<Training> {
  const options = recipeIn(recipe, data.train.height);
  // As many images whatever the batch.
  const steps = Math.round((setting.steps * 32) / options.batchSize);
  const before = process.cpuUsage();
  const isBase = recipe === "base";
  const { weights, averages } = await trainAll(network, data, { ...options, steps }, `recipes ${seed}`, isBase ? decays : []);
  const { user, system } = process.cpuUsage(before);
  const averaged: Record<string, number> = {};
  for (const [decay, average] of averages) averaged[decay] = await accuracyOf(network, average, data, setting);
  const recomputed = averages.get(recomputedDecay);
  if (recomputed) {
    const weights = await withStatistics(network, recomputed, data, { ...options, steps });
    averaged[`${recomputedDecay} recomputed`] = await accuracyOf(network, weights, data, setting);
  }
  return {
    ...{ images: setting.name, steps: setting.steps, network: name, recipe, seed },
    accuracy: await accuracyOf(network, weights, data, setting),
    ...(isBase ? { averaged } : {}),
    seconds: Math.round((user + system) / 1e4) / 100,
  };
}

function keep(training: Training, file: string): void {
  trainings.push(training);
  writeFileSync(`${file}.new`, `[\n${trainings.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
  renameSync(`${file}.new`, file);
}

const chosen = settings.filter(
  ({ name, steps }) =>
    (flags.images ?? name).split(",").includes(name) && (flags.steps ?? String(steps)).split(",").includes(String(steps)),
);
// All with the first seed, then all with the second: a file that is not finished still says something of all of them.
for (let seed = 1; seed <= Number(flags.seeds) && !flags.print; seed++) {
  for (const setting of chosen) {
    let data: Dataset | undefined;
    for (const recipe of (flags.only ?? Object.keys(recipes).join()).split(",")) {
      if (!(recipes[recipe]?.in ?? [setting.steps]).includes(setting.steps)) continue;
      for (const network of Object.entries(networksOf(setting))) {
        const same = (one: Training) =>
          one.images === setting.name &&
          one.steps === setting.steps &&
          one.network === network[0] &&
          one.recipe === recipe &&
          one.seed === seed;
        if (trainings.some(same)) continue;
        data ??= await imagesOf(setting, flags.data);
        keep(await measure(setting, data, network, recipe, seed), file);
      }
    }
  }
  console.log(`seed ${seed}: ${trainings.length} trainings`);
}
printTables(trainings);
