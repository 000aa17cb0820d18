/** Explanations of a trial: which gate stopped it and why, and which kernels its network spends its time in. */
import { formatQuantity } from "../base/index.ts";
import type { KernelCost } from "../devices/index.ts";
import { deviceKindOf } from "../devices/kinds/index.ts";
import {
  type Experiment,
  fidelityInWords,
  formatObjective,
  type Gate,
  gates,
  metricNames,
  retrainingsAt,
  sameFidelity,
  stagesOf,
  type Training,
  type Trial,
  trainingsIn,
} from "../experiment/index.ts";
import type { Network } from "../ir/index.ts";
import { createSpace } from "../spaces/index.ts";
import { taskKindOf } from "../tasks/index.ts";
import { describeBottleneck } from "./estimate/operatorCosts.ts";
import { trialJson } from "./trialJson.ts";
import { wordsFor } from "./wording.ts";

/** Where a trial's network spends its time on one device, as computed from the device's profile. */
export interface DeviceExplanation {
  readonly device: string;
  /** Of the numbers that the device computes with. */
  readonly format: string;
  /** In the order in which they run. */
  readonly kernels: readonly {
    /** Names of the operators that run as one. */
    readonly operators: string;
    readonly latency_ms: number;
    readonly energy_mj: number | null;
    /** `compute`, `overhead`, or `memory: LEVEL`. */
    readonly bound_by: string;
  }[];
}

/** The trial as JSON shows it, with what stopped it and what its network spends where. */
export function trialExplanation(experiment: Experiment, trial: Trial) {
  return {
    ...trialJson(experiment, trial),
    gates: gateStates(trial),
    excesses: trial.excesses,
    failure: trial.failure ?? null,
    devices: explainDevices(experiment, trial),
  };
}

/** Each gate, and whether the trial passed it, was stopped by it, or never came to it. */
export function gateStates(trial: Trial): readonly { readonly gate: Gate; readonly state: "passed" | "stopped" | "not reached" }[] {
  const last = gates.indexOf(trial.gate);
  return gates.map((gate, i) => ({
    gate,
    state: i < last || (i === last && trial.status === "feasible") ? "passed" : i === last ? "stopped" : "not reached",
  }));
}

/** What became of a trial, in sentences: the gates it passed, the budgets it exceeded, how it failed. */
export function describeVerdict(experiment: Experiment, trial: Trial): readonly string[] {
  const words = wordsFor(experiment);
  const states = `gates: ${gateStates(trial)
    .filter(({ gate, state }) => state === "stopped" || words.hasGate(gate))
    .map(({ gate, state }) => `${words.gate(gate)} ${state}`)
    .join(", ")}`;
  const excesses = trial.excesses.map((excess) => {
    if ("metric" in excess) {
      const { metric, value, budget } = excess;
      return `over budget: ${metric} is ${value}, ${value > budget ? "more than the most" : "less than the least"} that is allowed, ${budget}`;
    }
    const { device, cost, value, low95, budget } = excess;
    const { dimension } = metricNames[cost];
    const times = (value / budget).toFixed(2);
    const bound = low95 === undefined ? "" : ` (the low end of its 95 % interval, ${formatQuantity(low95, dimension)}, is over it too)`;
    return `over budget: ${formatObjective({ metric: cost, device })} is ${formatQuantity(value, dimension)}, ${times} times the budget of ${formatQuantity(budget, dimension)}${bound}`;
  });
  const failure = trial.failure ? [`failed: ${trial.failure.code}: ${trial.failure.message}`] : [];
  const { inherits } = trial;
  const begun = inherits
    ? [`trained from weights of trial ${inherits.trial}, ${(100 * inherits.share).toFixed(0)} % of its parameters`]
    : [];
  return [states, ...excesses, ...failure, ...begun, ...describeStages(experiment, trial), ...describeRetrainings(experiment, trial)];
}

/** `stage 2 of 3, 800 steps: accuracy 91.4, 90.8; 1 failed: timeout`: each stage of training after the first that the trial came into. */
function describeStages(experiment: Experiment, trial: Trial): readonly string[] {
  if (trial.trainings === undefined) return [];
  const stages = stagesOf(experiment);
  return stages.flatMap((_, stage) => describeTrainings(experiment, `stage ${stage + 1} of ${stages.length}`, trainingsIn(trial, stage)));
}

/** `retrained, 30 epochs: accuracy 91.4, 90.8; test accuracy 90.9, 90.1`: for each time that it was retrained for. */
function describeRetrainings(experiment: Experiment, { retrainings = [] }: Trial): readonly string[] {
  const starts = retrainings.filter(({ fidelity }, i) => {
    const before = retrainings[i - 1];
    return before === undefined || !sameFidelity(before.fidelity, fidelity);
  });
  return starts.flatMap(({ fidelity }) => describeTrainings(experiment, "retrained", retrainingsAt({ retrainings }, fidelity)));
}

function describeTrainings(experiment: Experiment, what: string, trainings: readonly Training[]): readonly string[] {
  const { name } = taskKindOf(experiment.task).score;
  const [first] = trainings;
  if (first === undefined) return [];
  const scores = trainings.flatMap(({ score }) => score?.toFixed(2) ?? []);
  const tests = trainings.flatMap(({ testScore }) => testScore?.toFixed(2) ?? []);
  const codes = trainings.flatMap(({ failure }) => failure?.code ?? []);
  const told = [
    ...(scores.length > 0 ? [`${name} ${scores.join(", ")}`] : []),
    ...(tests.length > 0 ? [`test ${name} ${tests.join(", ")}`] : []),
    ...(codes.length > 0 ? [`${codes.length} failed: ${[...new Set(codes)].join(", ")}`] : []),
  ];
  return [`${what}, ${fidelityInWords(first.fidelity)}: ${told.join("; ")}`];
}

/** The kernels of a trial's network on every device of which they are known one by one. */
export function explainDevices(experiment: Experiment, trial: Trial): readonly DeviceExplanation[] {
  if (trial.gate === "valid") return [];
  const space = createSpace(experiment.space, experiment.task);
  const network: Network = space.network(space.parse(trial.architecture), experiment.task);
  return experiment.devices.flatMap((device) => {
    const breakdown = deviceKindOf(device).breakDown?.(device, network);
    if (!breakdown) return [];
    const { format, deployed, kernels } = breakdown;
    return [{ device: device.name, format, kernels: kernels.map((kernel) => kernelJson(kernel, deployed)) }];
  });
}

function kernelJson({ nodes, latencyMs, energyMj, bottleneck }: KernelCost, network: Network): DeviceExplanation["kernels"][number] {
  return {
    operators: nodes.map((index) => network.nodes[index]?.name ?? `node ${index}`).join(" + "),
    latency_ms: latencyMs,
    energy_mj: energyMj,
    bound_by: describeBottleneck(bottleneck),
  };
}
