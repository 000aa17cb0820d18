/** An experiment, and trials of it, for tests of what shows them. No type of fast-check stands in what this file exports. */
import fc from "fast-check";
import type { Experiment, Trial } from "../../experiment/index.ts";
import { queryTrials } from "./queryTrials.ts";

const device = (name: string, kind: string, budgets = {}) => ({ name, kind, budgets });

/** With a device `local` that is measured, and a device `board` that is computed and has a budget of 40 ms. */
export const queryExperiment = {
  name: "e",
  evaluator: { kind: "train", training: { epochs: 10 } },
  task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
  devices: [device("local", "measured"), device("board", "profile", { latencyMs: 40 })],
  objectives: [{ metric: "error" }, { metric: "latencyMs", device: "board" }],
} as unknown as Experiment;

/** Random trials of it, the same for the same seed. */
export function sampleQueryTrials(seed: number): readonly Trial[] {
  const [trials = []] = fc.sample(queryTrials(), { seed, numRuns: 1 });
  return trials;
}
