/** An experiment made ready to run in this process. */
import {
  type AnySearchSpace,
  type CostSource,
  createSpace,
  deviceKindOf,
  type Experiment,
  type ExperimentDevice,
  evaluatorKindOf,
  InputError,
  measuredBy,
  restrictedTo,
  steers,
  taskKindOf,
} from "@archwright/core";
import { allLatencyModels } from "@archwright/runtimes";
import { createTableReader, type KnownValues, type TableReader } from "./tables.ts";

/** A device of the experiment, and where its costs come from before anything is run. */
export interface ProblemDevice {
  readonly device: ExperimentDevice;
  readonly steers: boolean;
  readonly source: CostSource;
}

/** An experiment made ready to run in this process: its space, its cost models, its tables. */
export interface Problem {
  readonly experiment: Experiment;
  /** The experiment's; where the tables that decide anything do not know all of it, the part that they know. */
  readonly space: AnySearchSpace;
  readonly devices: readonly ProblemDevice[];
  /** Scores by canonical text, where they are known from the start; absent where each is a job of a worker. */
  readonly scores?: KnownValues;
  /** Whether anything looks at the network itself; searches over tables alone need not build it. */
  readonly needsNetwork: boolean;
  /** Whether candidates are measured before they are evaluated: a device that a runtime measures steers. */
  readonly measures: boolean;
  /** What the user should know before the search begins. */
  readonly warnings: readonly string[];
}

/**
 * @param tables may have been read from already: no table is read twice.
 * @throws InputError where a table cannot be read or used, or the tables know no architecture together.
 */
export function createProblem(experiment: Experiment, tables: TableReader = createTableReader()): Problem {
  const whole = createSpace(experiment.space, experiment.task);
  const devices = experiment.devices.map((device): ProblemDevice => {
    const source = deviceKindOf(device).open(device, { space: whole, latencies: tables.latencies, latencyModels: allLatencyModels });
    return { device, steers: steers(experiment, device), source };
  });
  const { evaluator } = experiment;
  const scores = evaluatorKindOf(evaluator).open?.(evaluator, { space: whole, accuracies: tables.accuracies });
  const needed = devices.flatMap(({ device: { name }, steers, source: { known } }): NeededValues[] =>
    known && steers ? [{ what: `the latency on ${name}`, values: known }] : [],
  );
  const { space, warnings } = knownPart(
    whole,
    scores ? [...needed, { what: `the ${taskKindOf(experiment.task).score.name}`, values: scores }] : needed,
  );
  return {
    experiment,
    space,
    devices,
    ...(scores ? { scores } : {}),
    warnings: [...tables.warnings, ...warnings],
    measures: devices.some(({ device, steers }) => measuredBy(device) !== undefined && steers),
    needsNetwork:
      scores === undefined ||
      devices.some(({ source }) => source.needsNetwork) ||
      experiment.objectives.some(({ metric }) => metric === "macs" || metric === "parameters"),
  };
}

/** What must be known of an architecture for it to be a candidate. */
interface NeededValues {
  readonly what: string;
  readonly values: KnownValues;
}

/** The space, or of it what all these tables know. @throws InputError where that is nothing. */
function knownPart(
  whole: AnySearchSpace,
  needed: readonly NeededValues[],
): { readonly space: AnySearchSpace; readonly warnings: readonly string[] } {
  const [first, ...others] = needed.toSorted((a, b) => a.values.size - b.values.size);
  if (!first) return { space: whole, warnings: [] };
  const known = [...first.values.keys()].filter((architecture) => others.every(({ values }) => values.has(architecture)));
  if (known.length === 0) {
    const each = needed.map(({ what, values }) => `${what} of ${values.size}`).join(", ");
    throw new InputError(`the tables know no architecture of the space '${whole.name}' together: ${each}`, {
      expected: "at least one architecture with a value in each table that the search needs",
    });
  }
  if (BigInt(known.length) === whole.size) return { space: whole, warnings: [] };
  const all = whole.size > 1_000_000_000n ? Number(whole.size).toPrecision(3) : String(whole.size);
  return {
    space: restrictedTo(whole, known),
    warnings: [`the tables know ${known.length} of the ${all} architectures of '${whole.name}': candidates are drawn from these.`],
  };
}
