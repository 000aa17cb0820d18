/**
 * Scores networks without training them and appends a row to a CSV for each. What the file already holds is not done again.
 *
 *   npx tsx --conditions archwright-source experiments/zero-cost-proxies/scores.ts TABLE.csv SCORES.csv [--space nasbench201] [--networks 300]
 *
 * TABLE.csv names the architectures in its first column; of those that many are drawn at random.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRng, createSpace, networkCosts, parseSpaceYaml, parseTable, type SpaceSpecInput, usualTask } from "@archwright/core";
import { loadDataset, logSynflow, naswot, zenScore } from "@archwright/runtimes";
import { dataset, task as digitsTask } from "../mobile-table/setting.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    space: { type: "string", default: "nasbench201" },
    networks: { type: "string", default: "300" },
    batch: { type: "string", default: "128" },
  },
  allowPositionals: true,
});
const [tableFile, scoresFile] = positionals;
if (tableFile === undefined || scoresFile === undefined) {
  console.error("Say which table names the networks and which file takes the scores: TABLE.csv SCORES.csv.");
  process.exit(1);
}
const isFile = flags.space.endsWith(".yaml");
const spec: SpaceSpecInput = isFile ? parseSpaceYaml(readFileSync(flags.space, "utf8"), flags.space) : { name: "nasbench201" };
const task = isFile ? digitsTask : usualTask;
const space = createSpace(spec, task);
const batch = Number(flags.batch);

/** Images that NASWOT looks at: of the digits, or normal numbers for CIFAR's size, whose images are not part of the project. */
async function imagesOf(): Promise<Float32Array> {
  const size = task.channels * task.height * task.width;
  const images = new Float32Array(batch * size);
  const rng = createRng("images");
  if (!isFile) return images.map(() => rng.normal());
  const { train } = await loadDataset(dataset);
  const order = rng.shuffle(Array.from({ length: train.count }, (_, i) => i)).slice(0, batch);
  for (const [place, index] of order.entries()) train.copyImage(index, images, place * size);
  return images;
}

const header = "architecture,parameters,macs,naswot,synflow,zen";
if (!existsSync(scoresFile)) writeFileSync(scoresFile, `${header}\n`);
const done = new Set(
  readFileSync(scoresFile, "utf8")
    .split("\n")
    .map((row) => row.split(",")[0]),
);
const images = await imagesOf();
const table = parseTable(readFileSync(tableFile, "utf8"), tableFile);
const architectures = createRng("networks to score").shuffle(table.architectures).slice(0, Number(flags.networks));
for (const architecture of architectures) {
  if (done.has(architecture)) continue;
  const network = space.network(space.parse(architecture), task);
  const { parameters, macs } = networkCosts(network);
  const rng = createRng(architecture);
  const scores = [await naswot(network, images, batch, rng), await logSynflow(network, rng), await zenScore(network, rng)];
  appendFileSync(scoresFile, `${[architecture, parameters, macs, ...scores.map((score) => score.toPrecision(8))].join(",")}\n`);
}
console.log(`${architectures.length} networks`);
