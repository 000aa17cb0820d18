/** What is known of the choices of a space, as JSON shows it. */
import { type Experiment, formatObjective } from "../../experiment/index.ts";
import type { BestOptions } from "./bestOptions.ts";
import type { ObjectiveImportance } from "./importance.ts";

/** `[{ objective, trials, explained, missing, choices: [{ choice, share, low95, high95 }] }]`. */
export function importanceJson({ task }: Experiment, importance: readonly ObjectiveImportance[]) {
  return importance.map(({ objective, trials, explained, missing, choices }) => ({
    objective: formatObjective(objective, task),
    trials,
    explained: explained ?? null,
    missing: missing ?? null,
    choices,
  }));
}

/** `{ front, others, options: [{ choice, option, front, others, p, p_holm }] }`. */
export function bestOptionsJson({ front, others, options }: BestOptions) {
  return { front, others, options: options.map(({ pValue, pHolm, ...counts }) => ({ ...counts, p: pValue, p_holm: pHolm })) };
}
