/**
 * Trains hand-made networks and the front's most accurate one (by validation) from scratch, all in the same way, on more
 * images than the search saw, with seeds that it did not use; prints costs and test accuracy as CSV.
 *
 *   npx tsx --conditions archwright-source experiments/fashion-mnist/compare.ts search.yaml RUN.json [--images 16000] [--epochs 6] [--seeds 3] [--only NAME] [--data FOLDER]
 *
 * The experiment is one of this folder; RUN.json is what its `archwright search --json` printed.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  createAnalyticModel,
  createRng,
  createSpace,
  experimentSchema,
  type Network,
  networkCosts,
  parseDeviceProfile,
  parseSpaceYaml,
  parseYaml,
  resolveSpaceSpec,
  type Task,
} from "@archwright/core";
import { evaluateAccuracy, loadDataset, train } from "@archwright/runtimes";
import { fashionMnist } from "./images.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "6" },
    images: { type: "string", default: "16000" },
    seeds: { type: "string", default: "3" },
    only: { type: "string" },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
  },
});
const here = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
const folder = values.data;
const data = await loadDataset({ ...fashionMnist(folder), limit: Number(values.images) });
const task: Task = { kind: "image-classification", channels: 1, height: 28, width: 28, classes: 10 };

interface Found {
  readonly trials: readonly { readonly architecture: string; readonly accuracy: number }[];
}
const [experimentFile, runFile] = positionals;
if (experimentFile === undefined || runFile === undefined) throw new Error("say which experiment was run and which file holds its front");
const { space: written } = parseYaml(here(experimentFile), experimentFile, experimentSchema);
const { trials }: Found = JSON.parse(readFileSync(runFile, "utf8"));
const best = trials.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
const spec =
  typeof written !== "string" ? written : written.endsWith(".yaml") ? parseSpaceYaml(here(written), written) : { name: "mobile" as const };
const searched = createSpace(resolveSpaceSpec(spec, task), task);

const baseline = (name: string): [string, Network] => {
  const space = createSpace(parseSpaceYaml(here(`baselines/${name}.yaml`), name), task);
  return [name, space.network(space.sample(createRng(0)), task)];
};
const networks: [string, Network][] = [
  ...["plain-cnn", "ds-cnn", "mobilenet-v1", "mobilenet-v2"].map(baseline),
  ["searched", searched.network(searched.parse(best.architecture), task)],
];

const model = createAnalyticModel(parseDeviceProfile(here("../../configs/devices/stm32f746.yaml"), "stm32f746.yaml"), { format: "int8" });
process.stdout.write("network,seed,test_accuracy,validation_accuracy,latency_ms,peak_memory_bytes,flash_bytes,macs,parameters,seconds\n");
for (const [name, network] of networks) {
  if (values.only !== undefined && name !== values.only) continue;
  const { costs } = model.estimate(network);
  const { macs, parameters } = networkCosts(network);
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const startedAt = performance.now();
    const { weights } = await train(
      network,
      data.train,
      {
        epochs: Number(values.epochs),
        batchSize: 64,
        optimiser: "adam",
        learningRate: 0.01,
        weightDecay: 0.01,
        labelSmoothing: 0.05,
        warmupEpochs: 1,
        augmentation: { shift: 2, flip: true },
      },
      { rng: createRng(`compare ${seed}`) },
    );
    const accuracy = await evaluateAccuracy(network, weights, data.test);
    const validation = await evaluateAccuracy(network, weights, data.validation);
    const fields = [
      name,
      seed,
      accuracy.toFixed(2),
      validation.toFixed(2),
      costs.latencyMs?.value.toFixed(2),
      costs.peakMemoryBytes?.value,
    ];
    process.stdout.write(
      `${[...fields, costs.flashBytes?.value, macs, parameters, ((performance.now() - startedAt) / 1000).toFixed(0)].join(",")}\n`,
    );
  }
}
