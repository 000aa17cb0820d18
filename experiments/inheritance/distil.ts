/**
 * Whether a network learns more from a teacher and the labels than from the labels alone. The students are networks of `ranks.ts`,
 * the teachers the best of them and one that is too large for the budgets. Adds to a file of results what it lacks, so
 * it may be stopped and started at any time.
 *
 *   npx tsx --conditions archwright-source experiments/inheritance/distil.ts RANKS.json WEIGHTS_FOLDER RESULTS.json [--students 1,2,3]
 *     [--seeds 3] [--data FOLDER]
 *
 * RANKS.json and WEIGHTS_FOLDER are those of `ranks.ts`. Prints a table.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRng, type Network } from "@archwright/core";
import { type Dataset, evaluateAccuracy, initialWeights } from "@archwright/runtimes";
import { readJson, readWeights, writeJson, writeWhole } from "./files.ts";
import { reportDistillation } from "./reportDistillation.ts";
import type { DistillationResults, RankResults, TaughtTraining } from "./results.ts";
import { fullSteps, loadImages, networkOf, peakRate, wideNetwork } from "./setting.ts";
import { createTeacher, processorSeconds, type Teacher, trainFor } from "./trainFor.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    /** Numbers of networks of RANKS.json, from 1; by default its three best. */
    students: { type: "string" },
    seeds: { type: "string", default: "3" },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    /** For a trial: trainings that many times shorter, scored on as many times fewer images. */
    divide: { type: "string", default: "1" },
  },
  allowPositionals: true,
});
const [ranksFile = "", folder = "", file] = positionals;
if (file === undefined) {
  console.error(
    "Say where ranks.ts left its results and weights, and which file takes the results: RANKS.json WEIGHTS_FOLDER RESULTS.json.",
  );
  process.exit(1);
}
const scaled = (count: number) => Math.ceil(count / Number(flags.divide));
const { networks } = readJson<RankResults>(ranksFile, { networks: [] });
const order = [...networks.keys()].sort((a, b) => scoreOf(b) - scoreOf(a));
const students = flags.students?.split(",").map((number) => Number(number) - 1) ?? order.slice(0, 3);
const results = readJson<DistillationResults>(file, {
  students: students.map((number) => networks[number]?.architecture ?? ""),
  teacher: networks[order[0] ?? 0]?.architecture ?? "",
  stepsOfEqualTime: {},
  trainings: [],
});
await complete(await loadImages(flags.data));
reportDistillation(results);

function scoreOf(number: number): number {
  return networks[number]?.full?.score ?? 0;
}

async function complete(data: Dataset): Promise<void> {
  const teachers = {
    "the labels alone": undefined,
    "the best of the search": await fullyTrained(data, networkOf(results.teacher), join(folder, `full-${numberOf(results.teacher)}`)),
    "a wide network": await fullyTrained(data, wideNetwork, join(folder, "wide")),
  };
  for (let seed = 1; seed <= Number(flags.seeds); seed++) {
    for (const architecture of results.students) {
      for (const [name, teacher] of Object.entries(teachers)) {
        const isDone = results.trainings.some((done) => done.architecture === architecture && done.seed === seed && done.teacher === name);
        if (isDone) continue;
        const done = { architecture, seed, teacher: name, ...(await train(data, architecture, seed, teacher)) };
        results.trainings.push(done);
        writeJson(file as string, results);
        console.error(
          `${name}, seed ${seed}: ${done.score.toFixed(2)} ${architecture}; ${processorSeconds().toFixed(0)} s of processor time`,
        );
      }
    }
  }
}

function numberOf(architecture: string): number {
  return networks.findIndex((network) => network.architecture === architecture);
}

interface Trained {
  readonly network: Network;
  readonly weights: Float32Array;
}

/** The network after a full training, which is made up for where its weights are not stored. */
async function fullyTrained(data: Dataset, network: Network, weightsFile: string): Promise<Trained> {
  if (!existsSync(weightsFile)) {
    const training = { steps: scaled(fullSteps), rate: peakRate, weights: initialWeights(network, createRng("teacher")), seed: "teacher" };
    mkdirSync(folder, { recursive: true });
    writeWhole(weightsFile, await trainFor(network, data.train, training));
  }
  return { network, weights: readWeights(weightsFile) };
}

type Outcome = Omit<TaughtTraining, "architecture" | "seed" | "teacher">;

/** The teacher of the search answers in the student's time. The wide one is asked for nothing, and was trained for nothing, which favours it. */
async function train(data: Dataset, architecture: string, seed: number, taught: Trained | undefined): Promise<Outcome> {
  const network = networkOf(architecture);
  const teacher = taught && (await createTeacher(taught.network, taught.weights));
  const isPaid = teacher !== undefined && taught?.network !== wideNetwork;
  const steps = scaled(isPaid ? await stepsOfEqualTime(data, architecture, teacher) : fullSteps);
  const text = `distil ${architecture} ${seed}`;
  const training = { steps, rate: peakRate, weights: initialWeights(network, createRng(text)), seed: text };
  const start = processorSeconds();
  const weights = await trainFor(network, data.train, { ...training, ...(teacher ? { teacher } : {}) });
  const seconds = processorSeconds() - start;
  await teacher?.release();
  const images = { ...data.validation, count: scaled(data.validation.count) };
  return { steps, seconds, score: await evaluateAccuracy(network, weights, images) };
}

/** Steps with a teacher that take as long as a full training without, by a few steps of either. */
async function stepsOfEqualTime(data: Dataset, architecture: string, teacher: Teacher): Promise<number> {
  const known = results.stepsOfEqualTime[architecture];
  if (known !== undefined) return known;
  const network = networkOf(architecture);
  const weights = initialWeights(network, createRng(0));
  const secondsOf = async (steps: number, own: { readonly teacher?: Teacher }) => {
    const start = processorSeconds();
    await trainFor(network, data.train, { steps, rate: peakRate, weights, seed: "timing", ...own });
    return processorSeconds() - start;
  };
  // What is only done once, such as compiling the step, is in both.
  const perStep = async (own: { readonly teacher?: Teacher }) => (await secondsOf(scaled(100), own)) - (await secondsOf(scaled(20), own));
  const alone = await perStep({});
  const steps = Math.round(Math.min(1, Math.abs(alone / (await perStep({ teacher })))) * fullSteps);
  results.stepsOfEqualTime[architecture] = steps;
  return steps;
}
