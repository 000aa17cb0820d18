/** What the study is about: images, budgets, networks, and how each way of estimating trains. */
import { readFileSync } from "node:fs";
import {
  type CostModel,
  createAnalyticModel,
  createRng,
  createSpace,
  type Network,
  parseDeviceProfile,
  parseSpaceYaml,
  startingPoint,
  type Task,
} from "@archwright/core";
import { type Dataset, loadDataset } from "@archwright/runtimes";
import { fashionMnist } from "../fashion-mnist/images.ts";

export const task: Task = { kind: "image-classification", channels: 1, height: 28, width: 28, classes: 10 };

const here = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

/** A copy of `configs/spaces/microcontroller.yaml`, so that the networks named in the results stay points of it. */
const spec = parseSpaceYaml(here("space.yaml"), "space.yaml");
export const space = createSpace(spec, task);

/** Fashion-MNIST: 51,000 images to train on, 9,000 for validation, 10,000 for test. */
export function loadImages(folder: string): Promise<Dataset> {
  return loadDataset(fashionMnist(folder));
}

const device: CostModel = createAnalyticModel(parseDeviceProfile(here("../../configs/devices/stm32f746.yaml"), "stm32f746.yaml"), {
  format: "int8",
});

export function networkOf(architecture: string): Network {
  return space.network(space.parse(architecture), task);
}

/** Half again as wide as MobileNetV1 for these images, and over every budget. */
export const wideNetwork = networkOf(startingPoint(spec, task, "mobilenet-v1@1.5"));

/** 45 ms, 64 KiB of memory and 128 KiB of flash on an STM32F746. */
export function isFeasible(architecture: string): boolean {
  const { costs } = device.estimate(networkOf(architecture));
  const within = (value: number | undefined, budget: number) => value !== undefined && value <= budget;
  return within(costs.latencyMs?.value, 45) && within(costs.peakMemoryBytes?.value, 65_536) && within(costs.flashBytes?.value, 131_072);
}

/** Networks that are evaluated before any of the next ones is drawn, as in a search by generation. */
export const generation = 8;

const handMade = ["mobilenet-v1", "mobilenet-v2", "resnet-8", "ds-cnn"];

/**
 * The next network, different from the others and feasible. The first generation is four that were made by hand and four at random.
 * Of each later one, two are at random, and the others are one or two changes away from one of the better half of all earlier
 * networks, as in a search that goes well: by their scores after full training, which favours no estimate.
 */
export function nextNetwork(before: readonly { readonly architecture: string; readonly full?: { readonly score: number } }[]): string {
  const number = before.length;
  const rng = createRng(`network ${number}`);
  const known = before.slice(0, number - (number % generation));
  const better = [...known].sort((a, b) => (b.full?.score ?? 0) - (a.full?.score ?? 0)).slice(0, known.length / 2);
  const candidate = (): string => {
    if (number < handMade.length) return narrowed(handMade[number] as string);
    if (number < generation || number % generation < 2) return space.format(space.sample(rng));
    let genotype = space.parse(rng.pick(better).architecture);
    for (let change = 1 + rng.int(2); change > 0; change--) genotype = space.mutate(genotype, rng);
    return space.format(genotype);
  };
  for (let draws = 0; draws < 10_000; draws++) {
    const text = candidate();
    if (before.every(({ architecture }) => architecture !== text) && isFeasible(text)) return text;
  }
  throw new Error("10,000 draws gave no feasible network");
}

/** The widest of these that fits. */
function narrowed(name: string): string {
  const widths = [1, 0.75, 0.5, 0.25].map((width) => startingPoint(spec, task, `${name}@${width}`));
  return widths.find(isFeasible) ?? (widths.at(-1) as string);
}

/** A cheap way of estimating how good a network is once it is trained. */
export interface Regime {
  readonly name: string;
  /** Steps of a network that takes nothing over: of all where nothing is inherited, else of the first generation. */
  readonly steps: number;
  /** Steps of a network that takes weights over; absent where nothing is inherited. */
  readonly inheriting?: number;
}

export const regimes: readonly Regime[] = [
  { name: "80 from scratch", steps: 80 },
  { name: "160 from scratch", steps: 160 },
  { name: "40, inherited", steps: 40, inheriting: 40 },
  { name: "56, inherited", steps: 56, inheriting: 56 },
  { name: "80, inherited", steps: 80, inheriting: 80 },
  { name: "160, then 56 inherited", steps: 160, inheriting: 56 },
];

/** Steps of the training that the estimates are compared with. */
export const fullSteps = 800;

export const peakRate = 0.006;
/** Weights that were learned already take smaller steps. */
export const inheritedRate = 0.6 * peakRate;
