import {
  createSpace,
  type Experiment,
  formatQuantity,
  type Gate,
  gates,
  type KernelCost,
  kindOf,
  metricNames,
  type Network,
  type Trial,
} from "@archwright/core";
import type { CommandModule } from "yargs";
import { renderTrial } from "../front/table.ts";
import { storeOption, storeToRead } from "../input/files.ts";
import { experimentOf, findRun, findTrial } from "../input/runRef.ts";
import { print, printJson, renderTable } from "../output/render.ts";
import { trialView } from "../output/trialView.ts";
import { wordsFor } from "../output/words.ts";
import { listingOf } from "../query/front.ts";

interface ExplainArgs {
  readonly run: string;
  readonly trial: number;
  readonly store: string;
  readonly json: boolean;
}

/** How many of a network's slowest kernels are shown to people; JSON holds all. */
const KERNELS_SHOWN = 8;

export const explainCommand: CommandModule<object, ExplainArgs> = {
  command: "explain <run> <trial>",
  describe: "What stopped a trial, and what its network spends where",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true })
      .positional("trial", { type: "number", demandOption: true })
      .options(storeOption) as never,
  handler: (args) => {
    const store = storeToRead(args.store);
    try {
      const run = findRun(store, args.run);
      const trial = findTrial(store, run, args.trial);
      const experiment = experimentOf(run);
      const devices = explainDevices(experiment, trial);
      if (args.json) {
        printJson({
          run: run.id,
          ...trialView(experiment, trial),
          gates: gateStates(trial),
          excesses: trial.excesses,
          failure: trial.failure ?? null,
          devices,
        });
        return;
      }
      const shown = { ...listingOf([trial]), trials: [trial] as const, experiment, objectives: experiment.objectives };
      print([renderTrial(shown), "", verdict(experiment, trial), ...devices.flatMap(describeDevice)].join("\n"));
    } finally {
      store.close();
    }
  },
};

/** Each gate, and whether the trial passed it, was stopped by it, or never came to it. */
function gateStates(trial: Trial): readonly { readonly gate: Gate; readonly state: "passed" | "stopped" | "not reached" }[] {
  const last = gates.indexOf(trial.gate);
  return gates.map((gate, i) => ({
    gate,
    state: i < last || (i === last && trial.status === "feasible") ? "passed" : i === last ? "stopped" : "not reached",
  }));
}

function verdict(experiment: Experiment, trial: Trial): string {
  const words = wordsFor(experiment);
  const states = `gates: ${gateStates(trial)
    .filter(({ gate, state }) => state === "stopped" || words.hasGate(gate))
    .map(({ gate, state }) => `${words.gate(gate)} ${state}`)
    .join(", ")}`;
  const excesses = trial.excesses.map(({ device, cost, value, low95, budget }) => {
    const { yaml, dimension } = metricNames[cost];
    const times = (value / budget).toFixed(2);
    const bound = low95 === undefined ? "" : ` (the low end of its 95 % interval, ${formatQuantity(low95, dimension)}, is over it too)`;
    return `over budget: ${yaml}@${device} is ${formatQuantity(value, dimension)}, ${times} times the budget of ${formatQuantity(budget, dimension)}${bound}`;
  });
  const failure = trial.failure ? [`failed: ${trial.failure.code}: ${trial.failure.message}`] : [];
  return [states, ...excesses, ...failure].join("\n");
}

interface DeviceExplanation {
  readonly device: string;
  readonly format: string;
  readonly kernels: readonly {
    readonly operators: string;
    readonly latency_ms: number;
    readonly energy_mj: number | null;
    readonly bound_by: string;
  }[];
}

function explainDevices(experiment: Experiment, trial: Trial): readonly DeviceExplanation[] {
  if (trial.gate === "valid") return [];
  const space = createSpace(experiment.space, experiment.task);
  const network: Network = space.network(space.parse(trial.architecture), experiment.task);
  return experiment.devices.flatMap((device) => {
    const breakdown = kindOf(device).breakDown?.(device, network);
    if (!breakdown) return [];
    const { format, deployed, kernels } = breakdown;
    return [{ device: device.name, format, kernels: kernels.map((kernel) => kernelView(kernel, deployed)) }];
  });
}

function kernelView({ nodes, latencyMs, energyMj, bottleneck }: KernelCost, network: Network): DeviceExplanation["kernels"][number] {
  return {
    operators: nodes.map((index) => network.nodes[index]?.name ?? `node ${index}`).join(" + "),
    latency_ms: latencyMs,
    energy_mj: energyMj,
    bound_by: bottleneck.kind === "memory" ? `memory: ${bottleneck.level}` : bottleneck.kind,
  };
}

function describeDevice({ device, format, kernels }: DeviceExplanation): string[] {
  if (kernels.length === 0) return [];
  const total = kernels.reduce((sum, kernel) => sum + kernel.latency_ms, 0);
  const slowest = [...kernels].sort((a, b) => b.latency_ms - a.latency_ms).slice(0, KERNELS_SHOWN);
  const rows = slowest.map((kernel) => [
    kernel.operators,
    formatQuantity(kernel.latency_ms, "time"),
    `${((100 * kernel.latency_ms) / total).toFixed(0)} %`,
    kernel.bound_by,
  ]);
  return [
    "",
    `${device} (${format}), as computed: the slowest ${slowest.length} of ${kernels.length} kernels`,
    renderTable(["kernel", "latency", "share", "bound by"], rows, (column) => column === 1 || column === 2),
  ];
}
