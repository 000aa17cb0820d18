/**
 * How well score models predict tables, by what they see and by the number of trials. Writes what it has after every model, and
 * goes on from there; prints tables. See README.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { parseArgs } from "node:util";
import {
  accuracyColumn,
  benchmarkScores,
  candidateFeatures,
  createSpace,
  parseSpaceYaml,
  parseTable,
  resolveSpaceSpec,
  type ScoreCandidate,
  type ScoreModel,
  type ScoreModelResult,
  type SpaceSpec,
  scoreModelNamed,
  scoreModels,
  tableOfSpace,
  usualTaskOf,
} from "@archwright/core";

const { values: flags, positionals } = parseArgs({
  options: {
    space: { type: "string", default: "nasbench201" },
    /** Shape of the images, channels x height x width, where it is not the space's usual one. */
    input: { type: "string" },
    columns: { type: "string", default: "cifar100_valid" },
    models: { type: "string", default: scoreModels.map(({ name }) => name).join(",") },
    "trials-known": { type: "string", default: "25,50,100,200" },
    trials: { type: "string", default: "10" },
    output: { type: "string" },
  },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined) {
  console.error("No table is given: pass a CSV table of accuracies.");
  process.exit(1);
}

type Seen = "graph" | "encoding";
/** By column, what is seen, and model. */
type Results = Record<string, Record<string, Record<string, readonly ScoreModelResult[]>>>;

const named: SpaceSpec = /\.ya?ml$/.test(extname(flags.space))
  ? parseSpaceYaml(readFileSync(flags.space, "utf8"), flags.space)
  : ({ name: flags.space } as SpaceSpec);
const usual = usualTaskOf(named);
const [channels = usual.channels, height = usual.height, width = usual.width] = flags.input?.split("x").map(Number) ?? [];
const task = { ...usual, channels, height, width };
const spec = resolveSpaceSpec(named, task);
const space = createSpace(spec, task);
const { table } = tableOfSpace(parseTable(readFileSync(file, "utf8"), file), space);
const look = candidateFeatures(spec, task);
let described: ReadonlyMap<string, ScoreCandidate> | undefined;
const candidates = () => {
  described ??= new Map(
    table.architectures.map((architecture) => {
      const genotype = space.parse(architecture);
      return [architecture, { architecture, encoding: space.encode(genotype), features: look(genotype) }];
    }),
  );
  return described;
};

function benchmark(column: string, seen: Seen, model: ScoreModel): readonly ScoreModelResult[] {
  return benchmarkScores({
    architectures: table.architectures,
    scores: accuracyColumn(table, column, undefined, "").values,
    describe: (text) => {
      const { architecture, encoding, features } = candidates().get(text) as ScoreCandidate;
      return { architecture, encoding, ...(seen === "graph" && features && { features }) };
    },
    models: [model],
    trialsKnown: flags["trials-known"].split(",").map(Number),
    traits: { best: 100 },
    trials: Number(flags.trials),
    seed: 0,
    now: () => performance.now(),
    onTrial: (trial) => console.error(`${column}, ${seen}, ${model.name}: ${trial + 1} of ${flags.trials}`),
  }).results;
}

const { output } = flags;
const results: Results = output !== undefined && existsSync(output) ? (JSON.parse(readFileSync(output, "utf8")) as Results) : {};
const models = flags.models.split(",").map(scoreModelNamed);
for (const column of flags.columns.split(",")) {
  for (const seen of ["graph", "encoding"] as const) {
    console.log(`\n${column}, ${seen === "graph" ? "features of the graph" : "encoding alone"}\n`);
    console.log(
      "| model | trials | Spearman | sd | Kendall | Spearman, best quarter | coverage % | CRPS | log density | fit ms | predict ms |",
    );
    console.log(`|${" --- |".repeat(11)}`);
    for (const model of models.filter(({ needsFeatures }) => seen === "graph" || !needsFeatures)) {
      const ofColumn = results[column] ?? {};
      const ofSeen = ofColumn[seen] ?? {};
      const found = ofSeen[model.name] ?? benchmark(column, seen, model);
      results[column] = { ...ofColumn, [seen]: { ...ofSeen, [model.name]: found } };
      if (output !== undefined) writeFileSync(output, `${JSON.stringify(results, null, 2)}\n`);
      for (const result of found) console.log(row(result));
    }
  }
}

function row(result: ScoreModelResult): string {
  const cells = [
    `\`${result.model}\``,
    result.trialsKnown,
    result.spearmanMean.toFixed(3),
    result.spearmanSd.toFixed(3),
    result.kendallMean.toFixed(3),
    result.spearmanBestMean.toFixed(3),
    (100 * result.coverage95Mean).toFixed(1),
    result.crpsMean.toFixed(2),
    result.logDensityMean.toFixed(2),
    result.fitMs.toFixed(0),
    result.predictMs.toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}
