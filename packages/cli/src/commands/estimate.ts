/** `archwright estimate`: what a network costs on a device, computed or predicted. */
import {
  type CostEstimate,
  type CostName,
  checkSameSpace,
  costNames,
  createAnalyticModel,
  createSpace,
  type DeviceProfile,
  type FittedDevice,
  formatQuantity,
  InputError,
  type LatencyPrediction,
  metricNames,
  type Network,
  networkCosts,
  openFittedDevice,
  predictLatency,
  predictNetwork,
  profileGaps,
  resolveSpaceSpec,
  runtimeOfDevice,
  type SpaceSpec,
  type Task,
} from "@archwright/core";
import { prepareForDevices, readBytes } from "@archwright/engine";
import { allLatencyModels, readOnnx } from "@archwright/runtimes";
import { namedSpace, type TaskArgs, taskFor, taskOptions } from "../input/spaceArgs.ts";
import type { Workspace } from "../input/workspace.ts";
import { print, printJson, renderTable } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";

/** By the names of columns: `latency_ms`, `peak_memory_bytes`, `flash_bytes`, `energy_mj`. What is unknown is null. */
type Estimates = Readonly<Record<string, CostEstimate | null>>;

const builder = (yargs: Parser) =>
  yargs
    .positional("target", { type: "string", describe: "An ONNX model (FILE.onnx), or an architecture's text", demandOption: true })
    .option("device", { type: "string", demandOption: true, describe: "A profile or a fitted device" })
    .option("space", { type: "string", describe: "Search space of the architecture: a name or a YAML file (default: the fitted device's)" })
    .options(taskOptions);

type EstimateArgs = ArgsOf<typeof builder>;

export const estimateCommand = command({
  command: "estimate <target>",
  describe: "Estimate what a network costs on a device, without running it",
  builder,
  handler: async (args, workspace) => {
    const { target, json } = args;
    const runtime = runtimeOfDevice(args.device);
    if (runtime) {
      throw new InputError(`'${args.device}' is measured, not estimated`, {
        expected: "a profile or a fitted device",
        suggestion: `--device ${runtime.predictedBy}`,
      });
    }
    const device = workspace.devices.read(args.device);
    await prepareForDevices([device]);
    const { estimates, warnings } = /\.onnx$/i.test(target)
      ? ofModel(device, args)
      : {
          estimates: ofArchitecture(device, args, workspace),
          warnings: device.kind === "fitted" ? [] : profileGaps(device, device.format),
        };
    if (json) {
      printJson({ target, device: args.device, estimates, warnings });
      return;
    }
    print(describeEstimates(estimates));
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  },
});

/** A model says itself what its input is. */
function ofModel(device: DeviceProfile | FittedDevice, args: EstimateArgs): { estimates: Estimates; warnings: readonly string[] } {
  for (const option of ["space", "input", "classes"] as const) {
    if (args[option] !== undefined)
      throw new InputError(`--${option} is for architectures`, { expected: `no --${option} beside an ONNX model` });
  }
  const network = readOnnx(readBytes(args.target, "an ONNX model"), args.target);
  if (device.kind !== "fitted") return { estimates: analytic(device, network), warnings: profileGaps(device, device.format) };
  return { estimates: predicted(predictNetwork(device, network, allLatencyModels)), warnings: farFrom(device, network) };
}

/** Networks much smaller or larger than those measured are beyond what the measurements can tell. */
function farFrom({ name, space: spec, task, measurements }: FittedDevice, network: Network): readonly string[] {
  const space = createSpace(spec, task);
  const measured = measurements.map(({ architecture }) => networkCosts(space.network(space.parse(architecture), task)).macs);
  const { macs } = networkCosts(network);
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  if (macs >= least / 2 && macs <= 2 * most) return [];
  const millions = (count: number) => `${(count / 1e6).toPrecision(3)} million`;
  return [
    `the model has ${millions(macs)} multiply-accumulates, the networks measured on '${name}' have ${millions(least)} to ${millions(most)}: the estimate is a guess`,
  ];
}

function ofArchitecture(device: DeviceProfile | FittedDevice, args: EstimateArgs, workspace: Workspace): Estimates {
  return device.kind === "fitted" ? onFitted(device, args, workspace) : onProfile(device, args, workspace);
}

/** The space and task that the options name. */
function chosen(space: string, args: TaskArgs, workspace: Workspace): { readonly space: SpaceSpec; readonly task: Task } {
  const named = namedSpace(space, workspace);
  const task = taskFor(named, args);
  return { space: resolveSpaceSpec(named, task), task };
}

function onFitted(device: FittedDevice, args: EstimateArgs, workspace: Workspace): Estimates {
  if (args.space !== undefined) checkSameSpace(`'${args.device}'`, device, chosen(args.space, args, workspace));
  else if (args.input !== undefined || args.classes !== undefined)
    throw new InputError(`'${args.device}' was fitted for one space and size of images`, { expected: "no --input and no --classes" });
  return predicted(predictLatency(openFittedDevice(device, allLatencyModels), args.target));
}

function predicted({ latencyMs, low95Ms, high95Ms }: LatencyPrediction): Estimates {
  return asColumns({ latencyMs: { value: latencyMs, low95: low95Ms, high95: high95Ms, source: "predicted" } });
}

function onProfile(device: DeviceProfile, args: EstimateArgs, workspace: Workspace): Estimates {
  if (args.space === undefined)
    throw new InputError(`the search space of '${args.target}' is not given`, { expected: "--space NAME or FILE.yaml" });
  const { space: spec, task } = chosen(args.space, args, workspace);
  const space = createSpace(spec, task);
  return analytic(device, space.network(space.parse(args.target), task));
}

function analytic(device: DeviceProfile, network: Network): Estimates {
  return asColumns(createAnalyticModel(device, { format: device.format }).estimate(network).costs);
}

/** All costs, those not known as null. */
function asColumns(known: Readonly<Partial<Record<CostName, CostEstimate>>>): Estimates {
  return Object.fromEntries(costNames.map((cost) => [metricNames[cost].column, known[cost] ?? null]));
}

function describeEstimates(estimates: Estimates): string {
  const rows = costNames.map((cost) => {
    const { column, yaml, dimension } = metricNames[cost];
    const estimate = estimates[column];
    if (!estimate) return [yaml, "unknown", "", ""];
    const { value, low95, high95, source } = estimate;
    const shown = (number: number) => formatQuantity(number, dimension);
    const interval = low95 === null || high95 === null ? "unknown" : `${shown(low95)} to ${shown(high95)}`;
    return [yaml, shown(value), interval, source];
  });
  return renderTable(["cost", "value", "95 % interval", "how"], rows, (column) => column === 1);
}
