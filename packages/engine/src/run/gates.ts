/** The gates that a candidate passes before anything is run. */
import {
  type CostExcess,
  costNames,
  type DeviceCosts,
  type Failure,
  type Network,
  NetworkError,
  networkCosts,
  ShapeError,
  type Trial,
  verifyNetwork,
} from "@archwright/core";
import type { Problem, ProblemDevice } from "./problem.ts";

/** What is known of a candidate before anything is run: the part of a trial that the cheap gates fill in. */
export type GatedTrial = Pick<Trial, "devices" | "gate"> & { readonly excesses: readonly CostExcess[] } & Partial<
    Pick<Trial, "macs" | "parameters" | "failure">
  >;

/**
 * The gates that need no run: valid, analytic, predicted. Pure and deterministic.
 * A trial that passed them stands at gate `predicted` without excesses or failure.
 */
export function passCheapGates(problem: Problem, genotype: unknown, architecture: string): GatedTrial {
  let network: Network | undefined;
  if (problem.needsNetwork) {
    const built = buildNetwork(problem, genotype);
    if ("code" in built) return { gate: "valid", devices: {}, excesses: [], failure: built };
    network = built;
  }
  const size = network === undefined ? {} : sizeOf(network);
  const devices: Record<string, DeviceCosts> = {};
  for (const entry of problem.devices) {
    devices[entry.device.name] = { estimates: entry.source.estimate(architecture, network), measurements: [] };
  }
  for (const gate of ["analytic", "predicted"] as const) {
    const excesses = problem.devices.flatMap((entry) => excessesAt(gate, entry, devices[entry.device.name] as DeviceCosts));
    if (excesses.length > 0) return { gate, devices, excesses, ...size };
  }
  return { gate: "predicted", devices, excesses: [], ...size };
}

/** The network of a genotype, or why there is none. */
function buildNetwork(problem: Problem, genotype: unknown): Network | Failure {
  try {
    const network = problem.space.network(genotype, problem.experiment.task);
    verifyNetwork(network);
    return network;
  } catch (error) {
    if (error instanceof ShapeError || error instanceof NetworkError) return { code: "invalid-network", message: error.message };
    throw error;
  }
}

function sizeOf(network: Network): { macs: number; parameters: number } {
  const { macs, parameters } = networkCosts(network);
  return { macs, parameters };
}

/**
 * Budgets exceeded by computed costs (analytic, table) or by predicted ones, whichever the gate looks at. Where the model
 * knows its error, only what exceeds the budget even at the low end of its 95 % interval is turned away unmeasured: of the
 * candidates that just meet the budget, one in forty.
 */
function excessesAt(gate: "analytic" | "predicted", { device }: ProblemDevice, { estimates }: DeviceCosts): CostExcess[] {
  const excesses: CostExcess[] = [];
  for (const cost of costNames) {
    const [estimate, budget] = [estimates[cost], device.budgets[cost]];
    if (estimate === undefined || budget === undefined || (estimate.source === "predicted") !== (gate === "predicted")) continue;
    // A cost of another device's profile decides nothing.
    if (estimate.profile !== undefined) continue;
    const { value, low95 } = estimate;
    if ((low95 ?? value) <= budget) continue;
    excesses.push({ device: device.name, cost, value, ...(low95 === null ? {} : { low95 }), budget });
  }
  return excesses;
}
