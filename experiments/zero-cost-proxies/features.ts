/**
 * Whether scores of untrained networks help a score model that sees the network's graph already. Prints a table in Markdown.
 *
 *   npx tsx --conditions archwright-source experiments/zero-cost-proxies/features.ts SCORES.csv TABLE.csv COLUMN [--space nasbench201]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  benchmarkScores,
  candidateFeatures,
  createSpace,
  parseSpaceYaml,
  parseTable,
  resolveSpaceSpec,
  type ScoreCandidate,
  type SpaceSpec,
  scoreModelNamed,
  tableColumn,
  usualTask,
} from "@archwright/core";
import { task as digitsTask } from "../mobile-table/setting.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    space: { type: "string", default: "nasbench201" },
    model: { type: "string", default: "gp" },
    "trials-known": { type: "string", default: "25,50,100" },
    trials: { type: "string", default: "20" },
  },
  allowPositionals: true,
});
const [scoresFile, tableFile, column] = positionals;
if (scoresFile === undefined || tableFile === undefined || column === undefined) {
  console.error("Say where the scores are, where the accuracies, and in which column: SCORES.csv TABLE.csv COLUMN.");
  process.exit(1);
}
const isFile = flags.space.endsWith(".yaml");
const task = isFile ? digitsTask : usualTask;
const written: SpaceSpec = isFile ? parseSpaceYaml(readFileSync(flags.space, "utf8"), flags.space) : ({ name: flags.space } as SpaceSpec);
const spec = resolveSpaceSpec(written, task);
const space = createSpace(spec, task);
const look = candidateFeatures(spec, task);
const table = parseTable(readFileSync(tableFile, "utf8"), tableFile);
const accuracy = tableColumn(table, column);
const accuracyOf = new Map(table.architectures.map((architecture, row) => [architecture, accuracy[row] as number]));
const [header = [], ...rows] = readFileSync(scoresFile, "utf8")
  .trim()
  .split("\n")
  .map((row) => row.split(","));
const proxies = header.slice(3);
/** By proxy: the scores of all networks; −∞, what cannot work, as the least of those that can. */
const scores = new Map(
  proxies.map((name, i) => {
    const own = rows.map((row) => Number(row[i + 3]));
    const least = own.filter(Number.isFinite).reduce((a, b) => Math.min(a, b));
    return [name, own.map((score) => Math.max(score, least))];
  }),
);

/** Every network as a model sees it, with these proxies among its features. */
function described(shown: readonly string[]): ReadonlyMap<string, ScoreCandidate> {
  return new Map(
    rows.map(([architecture = ""], row) => {
      const genotype = space.parse(architecture);
      const features = look(genotype);
      const summary = new Map(features.summary);
      for (const name of shown) summary.set(`proxy ${name}`, scores.get(name)?.[row] as number);
      return [architecture, { architecture, encoding: space.encode(genotype), features: { ...features, summary } }];
    }),
  );
}

const architectures = rows.map(([architecture = ""]) => architecture);
const known = flags["trials-known"].split(",").map(Number);
console.log(
  `${rows.length} networks, ${column}, ${flags.model}: Spearman over the others, mean (deviation) of ${flags.trials} repetitions\n`,
);
console.log(`| features | ${known.map((count) => `${count} known`).join(" | ")} |\n| --- |${known.map(() => " --- |").join("")}`);
for (const shown of [[], ...proxies.map((name) => [name]), proxies]) {
  const candidates = described(shown);
  const { results } = benchmarkScores({
    architectures,
    scores: Float64Array.from(architectures, (architecture) => accuracyOf.get(architecture) ?? Number.NaN),
    describe: (architecture) => candidates.get(architecture) as ScoreCandidate,
    models: [scoreModelNamed(flags.model)],
    trialsKnown: known,
    traits: { best: 100 },
    trials: Number(flags.trials),
    seed: 0,
  });
  const cells = results.map(({ spearmanMean, spearmanSd }) => `${spearmanMean.toFixed(3)} (${spearmanSd.toFixed(3)})`);
  console.log(`| graph${shown.map((name) => ` + ${name}`).join("")} | ${cells.join(" | ")} |`);
}
