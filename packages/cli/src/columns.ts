import {
  type CostName,
  costNames,
  costOf,
  type Experiment,
  estimated,
  isCost,
  measured,
  metricNames,
  metrics,
  objectiveValue,
  type Trial,
} from "@archwright/core";

/** One column of the front's table and CSV: a number of each trial, with its unit in the name. */
export interface Column {
  readonly name: string;
  /** For people: what it is of, what it is with its unit, and how it is known. */
  readonly title: readonly [string, string, string];
  readonly digits: number;
  /** From the kept unit to the shown one. */
  readonly factor: number;
  /** Whether it bears on the experiment: the table for people leaves the others out. */
  readonly relevant: boolean;
  readonly value: (trial: Trial) => number | undefined;
}

const shown: Record<CostName, { readonly title: string; readonly factor: number; readonly digits: number }> = {
  latencyMs: { title: "latency ms", factor: 1, digits: 3 },
  peakMemoryBytes: { title: "memory KiB", factor: 1 / 1024, digits: 1 },
  flashBytes: { title: "flash KiB", factor: 1 / 1024, digits: 1 },
  energyMj: { title: "energy mJ", factor: 1, digits: 3 },
};

/** Accuracy, size, and for each device its costs: predicted and measured side by side. Those that no trial has are left out. */
export function frontColumns(experiment: Experiment, trials: readonly Trial[], device?: string): readonly Column[] {
  const accuracies: Column[] = [
    { name: "accuracy", title: ["accuracy %", "", "validation"], value: (trial) => trial.accuracy, ...percent },
    { name: "test_accuracy", title: ["accuracy %", "", "test"], value: (trial) => trial.testAccuracy, ...percent },
  ];
  const sizes = metrics
    .filter((metric) => metric === "macs" || metric === "parameters")
    .map((metric): Column => {
      const name = metricNames[metric].column;
      const title = metric === "macs" ? "MACs" : name;
      return {
        name,
        title: [title, "k", ""],
        digits: 1,
        factor: 1e-3,
        relevant: true,
        value: (trial) => objectiveValue(trial, { metric }),
      };
    });
  const devices = experiment.devices.filter(({ name }) => device === undefined || name === device);
  const columns = [...accuracies, ...devices.flatMap(({ name }) => deviceColumns(experiment, name, device !== undefined)), ...sizes];
  return columns.filter((column) => trials.some((trial) => column.value(trial) !== undefined));
}

const percent = { digits: 2, factor: 1, relevant: true } as const;

/** Latency always bears on the experiment; the other costs do if they have a budget or are an objective, or the device was asked for. */
function deviceColumns(experiment: Experiment, device: string, asked: boolean): Column[] {
  const described = experiment.devices.find(({ name }) => name === device);
  const budgets = described?.budgets ?? {};
  const local = described?.kind === "local";
  return costNames.flatMap((cost) => {
    const steers = experiment.objectives.some(
      ({ metric, ...rest }) => isCost(metric) && metric === cost && "device" in rest && rest.device === device,
    );
    const relevant = asked || steers || cost === "latencyMs" || budgets[cost] !== undefined;
    const { title, factor, digits } = shown[cost];
    const of = (how: string, value: Column["value"]): Column => ({
      name: `${metricNames[cost].column}${how === "" ? "" : `_${how}`}@${device}`,
      title: [device, title, how],
      digits,
      factor,
      relevant,
      value,
    });
    // Memory and energy of this machine are not known; the profile of another hints at them.
    if (cost !== "latencyMs" && local) return [of("predicted", (trial) => estimated(trial, device, cost))];
    if (cost !== "latencyMs") return [of("", (trial) => costOf(trial, device, cost))];
    return [
      of("predicted", (trial) => trial.devices[device]?.estimates.latencyMs?.value),
      of("measured", (trial) => measured(trial, device, "latencyMs")?.value),
    ];
  });
}
