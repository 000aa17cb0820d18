/** `archwright explain`: what stopped a trial, and what its network spends where. */
import { formatQuantity } from "@archwright/core";
import {
  type DeviceExplanation,
  describeParents,
  describeVerdict,
  explainDevices,
  findTrial,
  listingOf,
  parentsOf,
  trialExplanation,
} from "@archwright/core/query";
import { renderTrial } from "../front/table.ts";
import { openRun } from "../input/openRun.ts";
import { storeOption, storeToRead } from "../input/stores.ts";
import { print, printJson, renderTable } from "../output/render.ts";
import { command } from "../shell/command.ts";

/** How many of a network's slowest kernels are shown to people; JSON holds all. */
const KERNELS_SHOWN = 8;

export const explainCommand = command({
  command: "explain <run> <trial>",
  describe: "Explain a trial: what stopped it, and where its network spends its time",
  builder: (yargs, workspace) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "A run's id, or its experiment's name" })
      .positional("trial", { type: "number", demandOption: true, describe: "The trial's number" })
      .options(storeOption(workspace)),
  handler: async (args) => {
    const store = storeToRead(args.store);
    try {
      const run = await openRun(store, args.run);
      const trial = findTrial(store, run, args.trial);
      const experiment = run.experiment;
      const parents = parentsOf(experiment, trial, (number) => store.trial(run.id, number));
      if (args.json) {
        const made = parents.length > 0 ? { made_from: parents.map(({ number, changed }) => ({ number, changed: changed ?? null })) } : {};
        printJson({ run: run.id, ...trialExplanation(experiment, trial), ...made });
        return;
      }
      const shown = { ...listingOf(experiment.task, [trial]), trials: [trial] as const, experiment, objectives: experiment.objectives };
      const devices = explainDevices(experiment, trial);
      print(
        [
          renderTrial(shown),
          "",
          ...describeVerdict(experiment, trial),
          ...describeParents(parents),
          ...devices.flatMap(describeDevice),
        ].join("\n"),
      );
    } finally {
      store.close();
    }
  },
});

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
