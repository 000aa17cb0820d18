/** The trials that the writer program adds and its test expects. */
import type { Trial } from "@archwright/core/experiment";

/** Apart from the conformance suite's, so that the child need not load vitest. */
export function fixtureTrial(number: number): Trial {
  return {
    number,
    architecture: `architecture ${number}`,
    fidelity: { epochs: 1 },
    seed: number,
    status: "feasible",
    gate: "trained",
    excesses: [],
    devices: {},
    score: number / 3,
    objectives: [100 - number / 3],
    seconds: 0.5,
  };
}
