/** What the study compares: the task, the budgets, the networks that people designed, and how everything is trained. */
import { readFileSync } from "node:fs";
import {
  type CategoricalSpace,
  createAnalyticModel,
  createSpace,
  networkCosts,
  parseDeviceProfile,
  parseSpaceYaml,
  resolveSpaceSpec,
  startingPoint,
  type Task,
} from "@archwright/core";

export const here = (file: string) => new URL(file, import.meta.url).pathname;
const read = (file: string) => readFileSync(here(file), "utf8");

export const task: Task = { kind: "image-classification", channels: 1, height: 28, width: 28, classes: 10 };
const spec = resolveSpaceSpec(parseSpaceYaml(read("space.yaml"), "space.yaml"), task);
const spaces: readonly CategoricalSpace[] = [createSpace(spec, task), createSpace({ name: "mobile" }, task)];

/** The space that an architecture is a text of: the study's own, or `mobile`, which one of its searches has. */
export function spaceOf(architecture: string): CategoricalSpace {
  const found = spaces.find((space) => {
    try {
      return space.parse(architecture) !== undefined;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`${architecture} is of neither space`);
  return found;
}

/** Milliseconds and KiB on the STM32F746, int8. */
export interface Budget {
  readonly name: string;
  readonly latency: number;
  readonly memory: number;
  readonly flash: number;
}
export const budgets: readonly Budget[] = [
  { name: "8ms", latency: 8, memory: 28, flash: 80 },
  { name: "15ms", latency: 15, memory: 32, flash: 96 },
  { name: "30ms", latency: 30, memory: 48, flash: 112 },
  { name: "45ms", latency: 45, memory: 64, flash: 128 },
  { name: "90ms", latency: 90, memory: 96, flash: 192 },
];

/** At two of them the study shows what each part of the search brings. */
export const ablatedBudgets: readonly string[] = ["15ms", "45ms"];
export const ablationSeeds: readonly number[] = [1, 2, 3];

const families = ["ds-cnn", "mobilenet-v1", "mobilenet-v2", "resnet-8", "plain-cnn"];
const widths = [0.25, 0.5, 0.75, 1, 1.5];

/** The hand-made side: names, and the points of the space that they are. */
export const designed: readonly { readonly name: string; readonly architecture: string }[] = families.flatMap((family) =>
  widths.map((width) => ({ name: `${family}@${width}`, architecture: startingPoint(spec, task, `${family}@${width}`) })),
);

/** Tried for each designed network; the searches have the usual one for all of theirs. */
export const learningRates: readonly number[] = [0.008, 0.016, 0.032, 0.064];
export const searchedRate = 0.016;

/** The same on both sides, but for the learning rate. */
export const recipe = {
  batch_size: 32,
  optimiser: "adam",
  weight_decay: 0.0005,
  label_smoothing: 0.05,
  warmup: 0.05,
} as const;

/** How many candidates come into the later stages of a search, and how often the last stage trains each. */
export interface Amount {
  readonly middle: number;
  readonly finalists: number;
  readonly seeds: number;
}

/** Steps of the three stages, and how many are trained. */
export interface Plan {
  readonly steps: readonly [short: number, middle: number, full: number];
  /** Trainings of each designed network at each learning rate. */
  readonly designedSeeds: number;
  readonly search: Amount;
  /** Of the searches that show what each part brings, with a quarter of the compute. */
  readonly quarter: Amount;
  /** Evaluations of a search that draws at random. */
  readonly random: number;
  /** Fresh seeds for the best of either side, and for all others. */
  readonly fresh: readonly [best: number, others: number];
}
export const plan: Plan = {
  steps: [160, 600, 1200],
  designedSeeds: 3,
  search: { middle: 16, finalists: 6, seeds: 2 },
  quarter: { middle: 6, finalists: 3, seeds: 1 },
  random: 40,
  fresh: [10, 3],
};
/** For a look at whether the programs run. */
export const smallestPlan: Plan = {
  steps: [1, 2, 3],
  designedSeeds: 2,
  search: { middle: 3, finalists: 2, seeds: 2 },
  quarter: { middle: 2, finalists: 1, seeds: 1 },
  random: 3,
  fresh: [2, 1],
};

/** What a network costs on the device that a profile describes. */
export interface Costs {
  readonly latency: number;
  readonly memory: number;
  readonly flash: number;
  readonly parameters: number;
  readonly macs: number;
}

/** Costs are computed from the architecture, never stored: with another profile the same trainings give other fronts. */
export function costsBy(profile: string): (architecture: string) => Costs {
  const model = createAnalyticModel(parseDeviceProfile(readFileSync(profile, "utf8"), profile), { format: "int8" });
  const known = new Map<string, Costs>();
  return (architecture) => {
    let costs = known.get(architecture);
    if (!costs) {
      const space = spaceOf(architecture);
      const network = space.network(space.parse(architecture), task);
      const { latencyMs, peakMemoryBytes, flashBytes } = model.estimate(network).costs;
      if (!latencyMs || !peakMemoryBytes || !flashBytes) throw new Error(`the profile does not say what ${architecture} costs`);
      const { macs, parameters } = networkCosts(network);
      costs = { latency: latencyMs.value, memory: peakMemoryBytes.value / 1024, flash: flashBytes.value / 1024, parameters, macs };
      known.set(architecture, costs);
    }
    return costs;
  };
}

export const fits = (costs: Costs, { latency, memory, flash }: Budget) =>
  costs.latency <= latency && costs.memory <= memory && costs.flash <= flash;
