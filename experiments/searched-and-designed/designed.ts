/** The hand-made side: every network trained in full with several learning rates, each with several seeds. */
import { mean } from "@archwright/core";
import { budgets, type Costs, designed, fits, learningRates, type Plan } from "./setting.ts";
import type { Trained, Training, Trainings } from "./trainings/trainings.ts";

/** A designed network at the learning rate that served it best. */
export interface DesignedNetwork {
  readonly name: string;
  readonly architecture: string;
  readonly rate: number;
  /** Validation accuracies, percent, one for each seed. */
  readonly validation: readonly number[];
  /** Processor seconds of one training in full. */
  readonly cpuSeconds: number;
}

/** Those that fit at least one of the budgets; the others would only cost their side time. */
export function designedWithin(costs: (architecture: string) => Costs): typeof designed {
  return designed.filter(({ architecture }) => budgets.some((budget) => fits(costs(architecture), budget)));
}

const firstSeed = 1;

/** The hand-made side, and the processor seconds of all its trainings. */
export interface DesignedSide {
  readonly networks: readonly DesignedNetwork[];
  readonly cpuSeconds: number;
}

/** Trains each network with every learning rate and seed. */
export async function trainDesigned(within: typeof designed, plan: Plan, trainings: Trainings): Promise<DesignedSide> {
  await trainings.of(within.flatMap(({ architecture }) => tuningOf(architecture, plan).flat()));
  return knownDesigned(within, plan, trainings);
}

/** What is kept of it: networks that were trained with every rate and seed. */
export function knownDesigned(within: typeof designed, plan: Plan, trainings: Trainings): DesignedSide {
  const networks: DesignedNetwork[] = [];
  let cpuSeconds = 0;
  for (const { name, architecture } of within) {
    const ofRates = tuningOf(architecture, plan).map((training) => trainings.known(training));
    if (ofRates.some((of) => of.length < plan.designedSeeds)) continue;
    const validations = ofRates.map((of) => mean(of.map(({ validation }) => validation)));
    const best = ofRates[validations.indexOf(Math.max(...validations))] ?? [];
    networks.push({
      ...{ name, architecture, rate: best[0]?.rate ?? Number.NaN },
      validation: best.map(({ validation }) => validation),
      cpuSeconds: seconds(best) / best.length,
    });
    cpuSeconds += seconds(ofRates.flat());
  }
  return { networks, cpuSeconds };
}

const seconds = (of: readonly Trained[]) => of.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

/** For each learning rate, a training with each seed. */
function tuningOf(architecture: string, { steps: [, , steps], designedSeeds }: Plan): readonly (readonly Training[])[] {
  return learningRates.map((rate) => Array.from({ length: designedSeeds }, (_, i) => ({ architecture, rate, steps, seed: firstSeed + i })));
}
