/** The hand-made side: learning rates tuned, and every network trained with several seeds to choose among them. */
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

const tuningSeed = 1;
const firstChoosingSeed = 11;

/** The hand-made side, and the processor seconds of all its trainings. */
export interface DesignedSide {
  readonly networks: readonly DesignedNetwork[];
  readonly cpuSeconds: number;
}

/** Tunes the learning rate of each network with one seed, then trains it with others. */
export async function trainDesigned(within: typeof designed, plan: Plan, trainings: Trainings): Promise<DesignedSide> {
  await trainings.of(tuningOf(within, plan));
  await trainings.of(choosingOf(within, plan, trainings));
  return knownDesigned(within, plan, trainings);
}

/** What is kept of it: networks that were trained with every seed. */
export function knownDesigned(within: typeof designed, plan: Plan, trainings: Trainings): DesignedSide {
  const chosen = trainings.known(choosingOf(within, plan, trainings));
  const networks = within.flatMap(({ name, architecture }): DesignedNetwork[] => {
    const own = chosen.filter((one) => one.architecture === architecture);
    const [first] = own;
    if (first === undefined || own.length < plan.seeds) return [];
    const validation = own.map((one) => one.validation);
    return [{ name, architecture, rate: first.rate, validation, cpuSeconds: seconds(own) / own.length }];
  });
  return { networks, cpuSeconds: seconds(trainings.known(tuningOf(within, plan))) + seconds(chosen) };
}

const seconds = (of: readonly Trained[]) => of.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

function tuningOf(within: typeof designed, { steps: [, , steps] }: Plan): readonly Training[] {
  return within.flatMap(({ architecture }) => learningRates.map((rate) => ({ architecture, rate, steps, seed: tuningSeed })));
}

/** Of networks whose learning rate is tuned. */
function choosingOf(within: typeof designed, plan: Plan, trainings: Trainings): readonly Training[] {
  const {
    steps: [, , steps],
    seeds,
  } = plan;
  return within.flatMap(({ architecture }) => {
    const tuned = trainings.known(tuningOf([{ name: "", architecture }], plan));
    if (tuned.length < learningRates.length) return [];
    const { rate } = tuned.reduce((best, one) => (one.validation > best.validation ? one : best));
    return Array.from({ length: seeds }, (_, i) => ({ architecture, rate, steps, seed: firstChoosingSeed + i }));
  });
}
