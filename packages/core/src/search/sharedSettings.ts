/** Settings that several search algorithms have: one name has one meaning, whichever of them is chosen. */
import { z } from "zod";

export const population = z
  .int()
  .min(2)
  .optional()
  .describe("Trials that parents are taken from. By default chosen by the number of evaluations: 8 to 100.");

export const round = z
  .int()
  .min(1)
  .optional()
  .describe("Trials between two trainings of the algorithm's model. By default chosen by the number of evaluations: 4 to 50.");

export const initial = z
  .int()
  .min(2)
  .optional()
  .describe("Random trials before the first model, rounded up to whole rounds. By default 12.");

export const reduction = z
  .int()
  .min(2)
  .optional()
  .describe("Of so many candidates at one fidelity one goes on to the next. By default as many as the next costs more.");
