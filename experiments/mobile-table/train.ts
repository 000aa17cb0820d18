/**
 * Trains networks drawn at random from a space and appends a row to a CSV for each training. What the file already holds is not done
 * again, so it may be stopped and started at any time.
 *
 *   npx tsx --conditions archwright-source experiments/mobile-table/train.ts SPACE.yaml RUNS.csv [--networks 600] [--seeds 3]
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CandidateError, createRng, type Network } from "@archwright/core";
import { evaluateAccuracy, loadDataset, train } from "@archwright/runtimes";
import { dataset, drawn, spaceOf, task, training } from "./setting.ts";

const { values: flags, positionals } = parseArgs({
  options: { networks: { type: "string", default: "600" }, seeds: { type: "string", default: "3" } },
  allowPositionals: true,
});
const [spaceFile, runsFile] = positionals;
if (spaceFile === undefined || runsFile === undefined) {
  console.error("Say which space is drawn from and which file takes the rows: SPACE.yaml RUNS.csv.");
  process.exit(1);
}
const space = spaceOf(spaceFile);
const data = await loadDataset(dataset);
if (!existsSync(runsFile)) writeFileSync(runsFile, "architecture,seed,validation,test\n");
// A row that was cut off when the program was stopped has no line end, and is not counted.
const written = readFileSync(runsFile, "utf8");
const whole = written.slice(0, written.lastIndexOf("\n") + 1);
if (whole !== written) writeFileSync(runsFile, whole);
const done = new Set(whole.split("\n").map((row) => row.split(",").slice(0, 2).join()));

/** Accuracies in percent; empty where the training failed. */
async function accuracies(network: Network, seed: string): Promise<readonly string[]> {
  try {
    const { weights } = await train(network, data.train, training, { rng: createRng(seed) });
    const percent = async (images: typeof data.test) => (await evaluateAccuracy(network, weights, images)).toFixed(3);
    return [await percent(data.validation), await percent(data.test)];
  } catch (error) {
    if (error instanceof CandidateError) return ["", ""];
    throw error;
  }
}

const networks = drawn(space, Number(flags.networks));
// All networks with the first seed, then all with the second: a file that is not finished still says something of all of them.
for (let seed = 1; seed <= Number(flags.seeds); seed++) {
  for (const architecture of networks) {
    if (done.has(`${architecture},${seed}`)) continue;
    const found = await accuracies(space.network(space.parse(architecture), task), `${architecture} ${seed}`);
    appendFileSync(runsFile, `${[architecture, seed, ...found].join(",")}\n`);
  }
  console.log(`seed ${seed}: ${networks.length} networks`);
}
