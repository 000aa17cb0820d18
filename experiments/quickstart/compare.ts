/**
 * Fronts of two experiments on the digits, dealt anew to training, validation and test five times: every member is trained again with
 * fresh seeds, and the fronts are compared by what their members' mean test error and latency dominate. Prints a table in Markdown.
 *
 *   npx tsx --conditions archwright-source experiments/quickstart/compare.ts FOLDER [--experiments before.yaml,../../configs/quickstart.yaml]
 *
 * FOLDER takes the searches' stores; what is there is not searched again. The command line must have been built (`npm run build`).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  createSpace,
  datasetSchema,
  hypervolume,
  mean,
  resolveSpaceSpec,
  resolveTraining,
  sampleVariance,
  type Task,
  trainingSchema,
} from "@archwright/core";
import { loadDataset, openEvaluator } from "@archwright/runtimes";
import { parse, stringify } from "yaml";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    experiments: { type: "string", default: "before.yaml,../../configs/quickstart.yaml" },
    splits: { type: "string", default: "5" },
    seeds: { type: "string", default: "3" },
    steps: { type: "string", default: "600" },
    workers: { type: "string", default: "2" },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("Say which folder takes the searches' stores.");
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const program = here("../../packages/cli/dist/main.js");
const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };

/** Test error, percent, and latency, ms, that bound what a front dominates. */
const reference = [20, 6];

const digits = (split: number) => ({
  ...{ kind: "csv", file: here("../../packages/runtimes/data/digits.csv.gz"), label_column: "last", shape: [1, 8, 8], scale: 16 },
  split_seed: split,
});

interface Member {
  readonly architecture: string;
  readonly costs: { readonly stm32f746: { readonly latency_ms: number } };
}
interface Front {
  readonly members: readonly Member[];
  /** Wall time of the whole command. */
  readonly seconds: number;
  readonly space: string;
}

function search(file: string, split: number): Front {
  const name = `${basename(file, ".yaml")}-${split}`;
  const kept = join(folder as string, `${name}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8")) as Front;
  const document = parse(readFileSync(here(file), "utf8"));
  const written = join(folder as string, `${name}.yaml`);
  writeFileSync(written, stringify({ ...document, name, dataset: digits(split) }));
  const began = performance.now();
  const args = [program, "search", written, "--store", join(folder as string, `${name}.db`), "--workers", flags.workers, "--json"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`the search of ${written} failed`);
  const found: Front = {
    members: (JSON.parse(stdout) as { trials: readonly Member[] }).trials,
    seconds: (performance.now() - began) / 1000,
    space: document.space,
  };
  writeFileSync(kept, JSON.stringify(found));
  return found;
}

/** Trains architectures as no search did: longer, and with other seeds. @returns the mean test accuracy of each, percent. */
async function retrained({ members, space: name }: Front, split: number): Promise<readonly number[]> {
  const space = createSpace(resolveSpaceSpec({ name: name as "mobile" }, task), task);
  const dataset = datasetSchema.parse(digits(split));
  const { contentHash } = await loadDataset(dataset);
  const written = { steps: Number(flags.steps), learning_rate: 0.01, augmentation: { shift: 1 } };
  const training = resolveTraining(trainingSchema.parse(written));
  const limits = { trialTimeMs: Number.POSITIVE_INFINITY, trialMemoryBytes: Number.POSITIVE_INFINITY };
  const evaluator = await openEvaluator({ space, task, spec: { kind: "train", dataset, datasetHash: contentHash, training }, limits });
  const tests: number[] = [];
  for (const { architecture } of members) {
    const own: number[] = [];
    for (let seed = 1; seed <= Number(flags.seeds); seed++) {
      const { weights } = (await evaluator?.evaluate(architecture, { steps: written.steps }, 1000 + seed)) ?? {};
      if (!weights || !evaluator?.test) throw new Error(`${architecture} came without weights`);
      own.push(await evaluator.test(architecture, weights));
    }
    tests.push(mean(own));
  }
  return tests;
}

const files = flags.experiments.split(",");
const shares: number[][] = [];
console.log(`| split | ${files.map((file) => `${basename(file)}: share, best test, members, s`).join(" | ")} |`);
console.log(`| --- | ${files.map(() => "---").join(" | ")} |`);
for (let split = 1; split <= Number(flags.splits); split++) {
  const cells: string[] = [];
  const own: number[] = [];
  for (const file of files) {
    const front = search(file, split);
    const tests = await retrained(front, split);
    const points = front.members.map(({ costs }, i) => [100 - (tests[i] as number), costs.stm32f746.latency_ms]);
    const share = hypervolume(points, reference) / reference.reduce((a, b) => a * b, 1);
    own.push(share);
    cells.push(`${share.toFixed(4)}, ${Math.max(...tests).toFixed(2)} %, ${tests.length}, ${front.seconds.toFixed(0)}`);
  }
  shares.push(own);
  console.log(`| ${split} | ${cells.join(" | ")} |`);
}
const differences = shares.map(([first = 0, second = 0]) => second - first);
const error = Math.sqrt((sampleVariance(differences) ?? 0) / differences.length);
console.log(`\nsecond less first: ${mean(differences).toFixed(4)}, standard error ${error.toFixed(4)}`);
