import {
  type CostEstimate,
  checkSameSpace,
  costNames,
  createAnalyticModel,
  createSpace,
  type DeviceProfile,
  type FittedDevice,
  formatQuantity,
  InputError,
  localDevice,
  metricNames,
  openFittedDevice,
  predictLatency,
  resolveSpaceSpec,
  type SpaceSpec,
  type Task,
} from "@archwright/core";
import type { CommandModule } from "yargs";
import { readDevice } from "../deviceLibrary.ts";
import { print, printJson, renderTable } from "../render.ts";
import { namedSpace, type TaskArgs, taskFor, taskOptions } from "../spaceArgs.ts";

interface EstimateArgs extends TaskArgs {
  readonly target: string;
  readonly device: string;
  readonly space?: string;
  readonly json: boolean;
}

/** A cost as JSON shows it; what is unknown is null. */
interface EstimateView {
  readonly value: number;
  readonly sd: number | null;
  readonly low95: number | null;
  readonly high95: number | null;
  readonly source: CostEstimate["source"];
}

/** By the names of columns: `latency_ms`, `peak_memory_bytes`, `flash_bytes`, `energy_mj`. */
type Estimates = Readonly<Record<string, EstimateView | null>>;

export const estimateCommand: CommandModule<object, EstimateArgs> = {
  command: "estimate <target>",
  describe: "What a network costs on a device, without running it",
  builder: (yargs) =>
    yargs
      .positional("target", { type: "string", describe: "An architecture's text", demandOption: true })
      .option("device", { type: "string", demandOption: true, describe: "A profile or a fitted device" })
      .option("space", { type: "string", describe: "Of the architecture: a space's name, or a YAML file (default: the fitted device's)" })
      .options(taskOptions) as never,
  handler: (args) => {
    const { target, json } = args;
    if (args.device === localDevice.name) {
      throw new InputError(`'${args.device}' is measured, not estimated`, {
        expected: "a profile or a fitted device",
        suggestion: `--device ${localDevice.predictedBy}`,
      });
    }
    const device = readDevice(args.device);
    if (/\.onnx$/i.test(target)) {
      throw new InputError(`'${target}': ONNX models cannot be estimated yet`, { expected: "the text of an architecture, with --space" });
    }
    const estimates = device.kind === "fitted" ? onFitted(device, args) : onProfile(device, args);
    if (json) {
      printJson({ target, device: args.device, estimates });
      return;
    }
    print(describeEstimates(estimates));
  },
};

/** The space and task that the options name. */
function chosen(space: string, args: TaskArgs): { readonly space: SpaceSpec; readonly task: Task } {
  const named = namedSpace(space);
  const task = taskFor(named, args);
  return { space: resolveSpaceSpec(named, task), task };
}

function onFitted(device: FittedDevice, args: EstimateArgs): Estimates {
  if (args.space !== undefined) checkSameSpace(`'${args.device}'`, device, chosen(args.space, args));
  else if (args.input !== undefined || args.classes !== undefined)
    throw new InputError(`'${args.device}' was fitted for one space and size of images`, { expected: "no --input and no --classes" });
  const { latencyMs, sdMs, low95Ms, high95Ms } = predictLatency(openFittedDevice(device), args.target);
  return asColumns({ latencyMs: { value: latencyMs, sd: sdMs, low95: low95Ms, high95: high95Ms, source: "predicted" } });
}

function onProfile(device: DeviceProfile, args: EstimateArgs): Estimates {
  if (args.space === undefined)
    throw new InputError(`nothing says of which space '${args.target}' is`, { expected: "--space NAME or FILE.yaml" });
  const { space: spec, task } = chosen(args.space, args);
  const space = createSpace(spec, task);
  const { costs } = createAnalyticModel(device, { format: device.format }).estimate(space.network(space.parse(args.target), task));
  return asColumns(
    Object.fromEntries(
      Object.entries(costs).map(([cost, { value, source }]) => [cost, { value, sd: null, low95: null, high95: null, source }]),
    ),
  );
}

/** All costs, those not known as null. */
function asColumns(known: Readonly<Record<string, EstimateView>>): Estimates {
  return Object.fromEntries(costNames.map((cost) => [metricNames[cost].column, known[cost] ?? null]));
}

function describeEstimates(estimates: Estimates): string {
  const rows = costNames.flatMap((cost) => {
    const { column, yaml, dimension } = metricNames[cost];
    const estimate = estimates[column];
    if (!estimate) return [];
    const { value, sd, low95, high95, source } = estimate;
    const shown = (number: number) => formatQuantity(number, dimension);
    const error = sd === null || low95 === null || high95 === null ? ["", ""] : [shown(sd), `${shown(low95)} to ${shown(high95)}`];
    return [[yaml, shown(value), ...error, source]];
  });
  return renderTable(["cost", "value", "sd", "95 % interval", "how"], rows, (column) => column === 1 || column === 2);
}
