/**
 * How well short trainings order networks as a full training does, from scratch and with weights taken over from the network with
 * the most in common. Appends to a file of results what it lacks, so it may be stopped and started at any time.
 *
 *   npx tsx --conditions archwright-source experiments/inheritance/ranks.ts RESULTS.json WEIGHTS_FOLDER [--networks 32] [--data FOLDER]
 *
 * RESULTS.json alone: prints the table of what it holds.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRng, inheritedShare, inheritWeights, networkByRole, type ParametersByRole } from "@archwright/core";
import { type Dataset, evaluateAccuracy, initialWeights } from "@archwright/runtimes";
import { readJson, readWeights, writeJson, writeWhole } from "./files.ts";
import { reportRanks } from "./reportRanks.ts";
import type { Estimate, RankResults } from "./results.ts";
import { fullSteps, generation, inheritedRate, loadImages, nextNetwork, peakRate, type Regime, regimes, space, task } from "./setting.ts";
import { processorSeconds, trainFor } from "./trainFor.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    networks: { type: "string", default: "32" },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    /** For a trial: shorter trainings, on fewer validation images. */
    divide: { type: "string", default: "1" },
  },
  allowPositionals: true,
});
const [file, folder] = positionals;
if (file === undefined) {
  console.error("Say which file takes the results, and which folder the weights: RESULTS.json WEIGHTS_FOLDER.");
  process.exit(1);
}
const results = readJson<RankResults>(file, { networks: [] });
async function complete(into: string, weightsFolder: string): Promise<void> {
  mkdirSync(weightsFolder, { recursive: true });
  const data = await loadImages(flags.data);
  for (let number = 0; number < Number(flags.networks); number++) {
    const own = results.networks[number] ?? { architecture: nextNetwork(results.networks), estimates: {} };
    results.networks[number] = own;
    if (!own.full) {
      own.full = await trainFully(number, data, join(weightsFolder, `full-${number}`));
      writeJson(into, results);
    }
    for (const regime of regimes) {
      if (own.estimates[regime.name]) continue;
      own.estimates[regime.name] = await estimate(number, regime, data, weightsFolder);
      writeJson(into, results);
    }
    console.error(`${number + 1}: ${own.full.score.toFixed(2)} ${own.architecture}; ${processorSeconds().toFixed(0)} s of processor time`);
  }
}

const byRole = (number: number) => networkByRole(space, results.networks[number]?.architecture ?? "", task);

const scaled = (steps: number) => Math.ceil(steps / Number(flags.divide));

/** Its score is that on the test images, which no estimate sees. */
async function trainFully(number: number, data: Dataset, weightsFile: string) {
  const { network } = byRole(number);
  const seed = `full ${number}`;
  const start = processorSeconds();
  const training = { steps: scaled(fullSteps), rate: peakRate, weights: initialWeights(network, createRng(seed)), seed };
  const weights = await trainFor(network, data.train, training);
  const seconds = processorSeconds() - start;
  writeWhole(weightsFile, weights);
  return { score: await evaluateAccuracy(network, weights, limited(data.test, 10_000)), seconds };
}

const limited = (images: Dataset["test"], count: number) => ({ ...images, count: Math.min(images.count, scaled(count)) });

/** Its score is that on 3,000 validation images; donors come from earlier generations, as in a search. */
async function estimate(number: number, regime: Regime, data: Dataset, weightsFolder: string): Promise<Estimate> {
  const weightsOf = (trial: number) => join(weightsFolder, `${regime.name.replaceAll(/\W+/g, "-")}-${trial}`);
  const { network, parameters: to } = byRole(number);
  const seed = `${regime.name} ${number}`;
  const start = processorSeconds();
  const fresh = initialWeights(network, createRng(seed));
  const donor = regime.inheriting === undefined ? undefined : donorOf(number, regime, to);
  const weights = await trainFor(network, data.train, {
    steps: scaled((donor && regime.inheriting) ?? regime.steps),
    rate: donor ? inheritedRate : peakRate,
    weights: donor
      ? inheritWeights({ from: byRole(donor.number).parameters, fromWeights: readWeights(weightsOf(donor.number)), to, fresh }).weights
      : fresh,
    seed,
  });
  const trained = processorSeconds();
  const score = await evaluateAccuracy(network, weights, limited(data.validation, 3_000));
  if (regime.inheriting !== undefined) writeWhole(weightsOf(number), weights);
  return {
    score,
    seconds: trained - start,
    scoring: processorSeconds() - trained,
    ...(donor && { donor: donor.number, share: donor.share }),
  };
}

/** Of the networks of earlier generations the one that gives most; of equal ones the better by its estimate, then the earlier. */
function donorOf(number: number, regime: Regime, to: ParametersByRole) {
  const known = number - (number % generation);
  const donors = Array.from({ length: known }, (_, i) => ({
    number: i,
    share: inheritedShare(byRole(i).parameters, to),
    score: results.networks[i]?.estimates[regime.name]?.score ?? 0,
  }));
  return donors.sort((a, b) => b.share - a.share || b.score - a.score || a.number - b.number)[0];
}

if (folder !== undefined) await complete(file, folder);
reportRanks(results);
