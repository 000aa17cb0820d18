/**
 * What features of graphs are worth to searches in a table, against the encoding of the choices alone, beside NSGA-II and random search.
 * Prints a table in Markdown.
 *
 *   npx tsx --conditions archwright-source experiments/mobile-table/gain.ts SPACE.yaml TABLE.csv [--objectives error,latency] [--seeds 20]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  candidatesSeen,
  createRng,
  createSpace,
  type Genotype,
  median,
  parseSpaceYaml,
  parseTable,
  ratioCourse,
  regretCourse,
  resolveSpaceSpec,
  runOnTable,
  signedRankTest,
  tableColumn,
  tableTask,
} from "@archwright/core";
import { task } from "./setting.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    objectives: { type: "string", default: "error,latency" },
    accuracy: { type: "string", default: "validation" },
    latency: { type: "string", default: "stm32f746_ms" },
    algorithms: { type: "string", default: "bayesian,linas" },
    seeds: { type: "string", default: "20" },
    evaluations: { type: "string", default: "100" },
  },
  allowPositionals: true,
});
const [spaceFile, tableFile] = positionals;
if (spaceFile === undefined || tableFile === undefined) {
  console.error("Say which space is searched and where its table is: SPACE.yaml TABLE.csv.");
  process.exit(1);
}
const evaluations = Number(flags.evaluations);
const objectives = flags.objectives.split(",");
const spec = resolveSpaceSpec(parseSpaceYaml(readFileSync(spaceFile, "utf8"), spaceFile), task);
const space = createSpace(spec, task);
const table = parseTable(readFileSync(tableFile, "utf8"), tableFile);
const accuracy = tableColumn(table, flags.accuracy);
const latency = tableColumn(table, flags.latency);
const rows = table.architectures.map((architecture, row) => {
  const known = { error: 100 - (accuracy[row] as number), latency: latency[row] as number };
  return { architecture, objectives: objectives.map((name) => known[name as keyof typeof known]) };
});
const { features, traits } = candidatesSeen(spec, task, (genotype: Genotype) => space.format(genotype), objectives);
const most = latency.reduce((a, b) => Math.max(a, b), 0);
const reference = objectives.map((name) => (name === "error" ? 90 : most));
const taskOf = (withFeatures: boolean) =>
  tableTask({ name: "gain", space, objectives, rows, reference, seen: { traits, ...(withFeatures && { features }) } });
const tasks = { graph: taskOf(true), encoding: taskOf(false) };

/** After each evaluation of each seed: the hypervolume ratio, or with one objective how far the best is from the table's best. */
function courses(algorithm: string, seen: keyof typeof tasks): number[][] {
  return Array.from({ length: Number(flags.seeds) }, (_, seed) => {
    const rng = createRng(`gain ${seed}`);
    const trace = runOnTable(tasks[seen], { algorithm, settings: {}, evaluations, rng, initial: [] });
    return objectives.length > 1 ? ratioCourse(tasks[seen], trace, evaluations) : regretCourse(tasks[seen], trace, evaluations);
  });
}

const improves = objectives.length > 1 ? 1 : -1;
const reached = (course: readonly number[], target: number) => {
  const at = course.findIndex((value) => improves * value >= improves * target);
  return at < 0 ? evaluations + 1 : at + 1;
};
const middle = (values: readonly number[]) => median(values) as number;
const checkpoints = [25, 50, 100].filter((count) => count <= evaluations);
const after = (runs: readonly (readonly number[])[], count: number) => runs.map((course) => course[count - 1] as number);
const evaluationsText = (count: number) => (count > evaluations ? `> ${evaluations}` : String(count));

const nsga2 = courses("nsga2", "encoding");
const targets = objectives.length > 1 ? [middle(after(nsga2, evaluations)), 0.98, 0.99] : [middle(after(nsga2, evaluations)), 0.5, 0.1, 0];
const unit = objectives.length > 1 ? "hypervolume ratio" : "points from the best";
console.log(
  `${rows.length} networks, ${flags.accuracy}${objectives.length > 1 ? ` and ${flags.latency}` : ""}; ${flags.seeds} seeds; ${unit}, medians\n`,
);
const columns = [
  ...checkpoints.map((count) => `after ${count}`),
  ...targets.map((target, i) => `evaluations to ${i === 0 ? "NSGA-II's " : ""}${target.toFixed(i === 0 ? 4 : 2)}`),
];
console.log(`| algorithm | sees | ${columns.join(" | ")} |\n| --- | --- |${columns.map(() => " --- |").join("")}`);
const print = (algorithm: string, sees: string, runs: readonly (readonly number[])[]) => {
  const cells = checkpoints.map((count) => middle(after(runs, count)).toFixed(4));
  const needed = targets.map((target) => evaluationsText(middle(runs.map((course) => reached(course, target)))));
  console.log(`| ${[algorithm, sees, ...cells, ...needed].join(" | ")} |`);
};
print("random", "", courses("random", "encoding"));
print("nsga2", "", nsga2);
const paired: string[] = [];
for (const algorithm of flags.algorithms.split(",")) {
  const [graph, encoding] = [courses(algorithm, "graph"), courses(algorithm, "encoding")];
  print(algorithm, "encoding", encoding);
  print(algorithm, "graph", graph);
  for (const count of checkpoints) {
    const [a, b] = [after(graph, count), after(encoding, count)];
    const differences = a.map((value, seed) => improves * (value - (b[seed] as number)));
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const better = differences.filter((difference) => difference > 0).length;
    const worse = differences.filter((difference) => difference < 0).length;
    paired.push(
      `${algorithm} after ${count}: graph better than encoding by ${mean.toFixed(4)} in the mean, in ${better} seeds, worse in ${worse}, Wilcoxon p ${signedRankTest(differences).pValue.toPrecision(2)}`,
    );
  }
}
console.log(`\n${paired.join("\n")}`);
