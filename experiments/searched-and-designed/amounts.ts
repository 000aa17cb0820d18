/** How much each search is given, so that all of them together cost what the hand-made side did. */
import type { DesignedNetwork } from "./designed.ts";
import { type Search, stagesOf, type Variant } from "./searches.ts";
import { type Amount, type Budget, type Costs, fits, type Plan } from "./setting.ts";

/** What a training costs beside its steps (making the session, validation), in steps. Seen: 30 to 40. */
const stepsBeside = 35;
/** Searches go for larger networks than the mean of the designed ones. */
const dearer = 1.25;

/** What is known when the searches are planned. */
export interface Known {
  readonly networks: readonly DesignedNetwork[];
  readonly costs: (architecture: string) => Costs;
  readonly plan: Plan;
}

/** Processor seconds of a training of some steps, of a network that is usual within a budget. */
function secondsOfTraining(budget: Budget, { networks, costs, plan }: Known): (steps: number) => number {
  const within = networks.filter(({ architecture }) => fits(costs(architecture), budget));
  const full = (dearer * within.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)) / within.length;
  return (steps) => (full * (steps + stepsBeside)) / (plan.steps[2] + stepsBeside);
}

/** Processor seconds of the later stages of a search, and of one candidate in its first. */
function secondsOf(budget: Budget, variant: Variant, amount: Amount, known: Known): { readonly later: number; readonly each: number } {
  const seconds = secondsOfTraining(budget, known);
  const [first, ...others] = stagesOf(variant, known.plan, amount);
  const later = others.reduce((sum, { steps, keep = 0, seeds = 1 }) => sum + keep * seeds * seconds(steps), 0);
  return { later, each: seconds(first?.steps ?? 0) };
}

/** The same number of evaluations at every budget, so that all the searches together take this time. */
export function evaluationsFor(cpuSeconds: number, budgets: readonly Budget[], variant: Variant, amount: Amount, known: Known): number {
  const all = budgets.map((budget) => secondsOf(budget, variant, amount, known));
  const total = (key: "later" | "each") => all.reduce((sum, one) => sum + one[key], 0);
  return Math.max(amount.middle, Math.floor((cpuSeconds - total("later")) / total("each")));
}

/** Processor seconds that a search is planned to take. */
export function plannedSeconds({ budget, variant, evaluations, amount }: Search, known: Known): number {
  const { later, each } = secondsOf(budget, variant, amount, known);
  return later + evaluations * each;
}
