/** The searches of the study, as experiments of the command line: one for each budget, and those that leave a part out. */
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Trial } from "@archwright/core";
import { openStore, storedResult } from "@archwright/engine";
import { fashionMnist } from "../fashion-mnist/images.ts";
import { type Amount, type Budget, designed, here, type Plan, recipe, searchedRate } from "./setting.ts";
import { readLines } from "./trainings/lines.ts";

/** A stage of training, as an experiment writes it. */
export interface WrittenStage {
  readonly steps: number;
  readonly keep?: number;
  readonly seeds?: number;
}

/** A search with a part left out, or added; the whole one where nothing is said. */
export interface Variant {
  readonly name: string;
  readonly space?: string;
  /** Whether it begins with the designed networks. */
  readonly start?: false;
  readonly search?: object;
  readonly training?: object;
  readonly stages?: (steps: Plan["steps"], amount: Amount) => readonly WrittenStage[];
}

export function stagesOf({ stages }: Variant, { steps }: Plan, amount: Amount): readonly WrittenStage[] {
  if (stages) return stages(steps, amount);
  const [short, middle, full] = steps;
  return [{ steps: short }, { steps: middle, keep: amount.middle }, { steps: full, keep: amount.finalists, seeds: amount.seeds }];
}

const nsga2 = { algorithm: "nsga2", population: 16 };

export const whole: Variant = { name: "whole" };
/** Random feasible networks through the same stages. */
export const random: Variant = { name: "random", start: false, search: { algorithm: "random" } };
export const variants: readonly Variant[] = [
  whole,
  {
    name: "everyone in the second stage",
    stages: ([, middle, full], { finalists, seeds }) => [{ steps: middle }, { steps: full, keep: finalists, seeds }],
  },
  {
    name: "finalists not trained again",
    stages: ([short, middle], amount) => [{ steps: short }, { steps: middle, keep: amount.middle }],
  },
  { name: "with inherited weights", training: { inherit: true } },
  { name: "the space mobile", space: "mobile", start: false },
  { name: "no designed networks to start from", start: false },
  { name: "NSGA-II", search: nsga2 },
  {
    ...{ name: "plain NSGA-II and short training", space: "mobile", start: false, search: nsga2 },
    stages: ([short]) => [{ steps: 2 * short }],
  },
];

export interface Search {
  readonly budget: Budget;
  readonly variant: Variant;
  readonly evaluations: number;
  readonly amount: Amount;
  readonly seed: number;
}

/** What came of a search: its finalists, and the processor time of all its processes. */
export interface Found {
  readonly budget: string;
  readonly variant: string;
  readonly seed: number;
  readonly evaluations: number;
  readonly cpuSeconds: number;
  /** Validation accuracies, percent, one for each seed. */
  readonly finalists: readonly { readonly architecture: string; readonly validation: readonly number[] }[];
}

/** The experiment that a search is. */
function documentOf({ budget, variant, evaluations, amount, seed }: Search, plan: Plan, data: string): object {
  const { latency, memory, flash } = budget;
  return {
    name: nameOf({ budget, variant, seed }),
    seed,
    dataset: fashionMnist(data),
    space: variant.space ?? here("space.yaml"),
    devices: [
      {
        ...{ name: "stm32f746", format: "int8" },
        budgets: { latency: `${latency}ms`, peak_memory: `${memory}KiB`, flash: `${flash}KiB` },
      },
    ],
    objectives: ["error", "latency@stm32f746"],
    search: {
      ...(variant.start === false ? {} : { start: designed.map(({ architecture }) => architecture) }),
      ...variant.search,
      evaluations,
    },
    training: { ...recipe, learning_rate: searchedRate, ...variant.training, stages: stagesOf(variant, plan, amount) },
  };
}

const nameOf = ({ budget, variant, seed }: Pick<Search, "budget" | "variant" | "seed">) =>
  `${budget.name}-${variant.name.replaceAll(/[^a-zA-Z0-9]+/g, "-")}-${seed}`;

/** Runs a search to its end, or goes on with one that was interrupted. @param folder for its file and its store. */
export async function runSearch(
  search: Search,
  plan: Plan,
  { data, folder, workers }: { data: string; folder: string; workers: number },
): Promise<Found> {
  const name = nameOf(search);
  const file = join(folder, `${name}.yaml`);
  const store = join(folder, `${name}.db`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(documentOf(search, plan, data), undefined, 1));
  const cpuSeconds = await searchFrom(file, store, workers);
  const { budget, variant, evaluations, seed } = search;
  return { budget: budget.name, variant: variant.name, seed, evaluations, cpuSeconds, finalists: finalistsOf(store) };
}

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/** Runs a search on the command line. @returns the processor seconds of all its sessions, but for one that was killed. */
async function searchFrom(file: string, store: string, workers: number): Promise<number> {
  const sessions = `${store}.seconds`;
  const command = [process.execPath, program, "search", file, "--store", store, "--resume", "--workers", `${workers}`];
  // The shell's second line of times is of the processes that it has waited for, and of theirs.
  const script = 'trap : INT TERM; "$@" >&2; status=$?; times; exit $status';
  const child = spawn("bash", ["-c", script, "bash", ...command], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [, user, system] = /\n(\S+) (\S+)/.exec(printed) ?? [];
  appendFileSync(sessions, `${secondsOf(user) + secondsOf(system)}\n`);
  if (code !== 0) throw new Error(`the search of ${file} ended with exit code ${code}`);
  return readLines<number>(sessions).reduce((sum, seconds) => sum + seconds, 0);
}

/** Of `1m2.5s`. */
function secondsOf(text = ""): number {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text) ?? [];
  if (minutes === undefined) throw new Error(`'${text}' is no time of the shell's`);
  return 60 * Number(minutes) + Number(seconds);
}

function finalistsOf(file: string): Found["finalists"] {
  const store = openStore(file);
  try {
    const run = store.runs().at(-1);
    if (run?.status !== "done") throw new Error(`the search in ${file} is not done`);
    return storedResult(run, store).front.map((trial) => ({ architecture: trial.architecture, validation: scoresOf(trial) }));
  } finally {
    store.close();
  }
}

/** Of the last stage that the trial came to. */
function scoresOf({ score, trainings = [] }: Trial): readonly number[] {
  const last = Math.max(0, ...trainings.map(({ stage }) => stage));
  const scores = last === 0 ? [score] : trainings.filter(({ stage }) => stage === last).map((training) => training.score);
  return scores.filter((known) => known !== undefined);
}
