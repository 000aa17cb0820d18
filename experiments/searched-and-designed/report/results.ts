/** What the report is made of. */
import type { DesignedNetwork } from "../designed.ts";
import type { Found } from "../searches.ts";
import type { Budget, Costs, Plan } from "../setting.ts";
import type { Trainings } from "../trainings/trainings.ts";

export interface Results {
  readonly budgets: readonly Budget[];
  readonly plan: Plan;
  readonly networks: readonly DesignedNetwork[];
  /** Processor seconds of the designed side. */
  readonly designedSeconds: number;
  readonly trainings: Trainings;
  readonly searches: readonly Found[];
  readonly costs: (architecture: string) => Costs;
}
