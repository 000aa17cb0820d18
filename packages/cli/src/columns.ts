import { costNames, costOf, type Experiment, isCost, measured, metricNames, metrics, objectiveValue, type Trial } from "@archwright/core";

/** One column of the front's table and CSV: a number of each trial, with its unit in the name. */
export interface Column {
  readonly name: string;
  /** For people: name and unit, and the factor from the kept unit to the shown one. */
  readonly title: string;
  readonly digits: number;
  readonly factor: number;
  readonly value: (trial: Trial) => number | undefined;
}

const shown: Record<string, { readonly unit: string; readonly factor: number; readonly digits: number }> = {
  latency_ms: { unit: "ms", factor: 1, digits: 3 },
  peak_memory_bytes: { unit: "KiB", factor: 1 / 1024, digits: 1 },
  flash_bytes: { unit: "KiB", factor: 1 / 1024, digits: 1 },
  energy_mj: { unit: "mJ", factor: 1, digits: 3 },
};

/** Accuracy, size, and for each device its costs: predicted and measured side by side. */
export function frontColumns(experiment: Experiment, trials: readonly Trial[], device?: string): readonly Column[] {
  const size = metrics
    .filter((metric) => !isCost(metric) && metric !== "error")
    .map((metric) => plain(metricNames[metric].column, 0, (trial) => objectiveValue(trial, { metric } as { metric: "macs" })));
  const columns = [
    plain("accuracy", 2, (trial) => trial.accuracy, "valid. acc. %"),
    plain("test_accuracy", 2, (trial) => trial.testAccuracy, "test acc. %"),
    ...experiment.devices.filter(({ name }) => device === undefined || name === device).flatMap(({ name }) => deviceColumns(name)),
    ...size,
  ];
  return columns.filter((column) => trials.some((trial) => column.value(trial) !== undefined));
}

function plain(name: string, digits: number, value: Column["value"], title = name): Column {
  return { name, title, digits, factor: 1, value };
}

function deviceColumns(device: string): Column[] {
  return costNames.flatMap((cost) => {
    const { yaml, column } = metricNames[cost];
    const { unit, factor, digits } = shown[column] as { unit: string; factor: number; digits: number };
    const of = (kind: string, value: Column["value"]): Column => ({
      name: `${column}${kind}@${device}`,
      title: `${device}\n${yaml.replace("_", " ")} ${unit}${kind.replace("_", "\n")}`,
      digits,
      factor,
      value,
    });
    if (cost !== "latencyMs") return [of("", (trial) => costOf(trial, device, cost))];
    return [
      of("_predicted", (trial) => trial.devices[device]?.estimates.latencyMs?.value),
      of("_measured", (trial) => measured(trial, device, "latencyMs")?.value),
    ];
  });
}
