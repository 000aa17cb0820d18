/** `archwright estimate`: what a network costs on a device, computed or predicted. */
import {
  type CostEstimate,
  type CostName,
  checkSameSpace,
  costNames,
  createSpace,
  type EstimatedNetwork,
  formatQuantity,
  InputError,
  type LibraryDevice,
  libraryFilesOf,
  metricNames,
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
    const subject = /\.onnx$/i.test(target) ? modelFrom(args) : architectureFor(device, args, workspace);
    const { estimates: known, warnings } = libraryFilesOf(device).estimate(device, subject, allLatencyModels);
    const estimates = asColumns(known);
    if (json) {
      printJson({ target, device: args.device, estimates, warnings });
      return;
    }
    print(describeEstimates(estimates));
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  },
});

/** A model says itself what its input is. */
function modelFrom(args: EstimateArgs): EstimatedNetwork {
  for (const option of ["space", "input", "classes"] as const) {
    if (args[option] !== undefined)
      throw new InputError(`--${option} is for architectures`, { expected: `no --${option} beside an ONNX model` });
  }
  return { architecture: undefined, network: readOnnx(readBytes(args.target, "an ONNX model"), args.target) };
}

/** An architecture of the space that the options name, or that the device was made for. */
function architectureFor(device: LibraryDevice, args: EstimateArgs, workspace: Workspace): EstimatedNetwork {
  const { target, space: named } = args;
  const own = libraryFilesOf(device).madeFor(device);
  if (own === undefined && named === undefined)
    throw new InputError(`the search space of '${target}' is not given`, { expected: "--space NAME or FILE.yaml" });
  if (named === undefined && (args.input !== undefined || args.classes !== undefined))
    throw new InputError(`'${args.device}' was fitted for one space and size of images`, { expected: "no --input and no --classes" });
  const asked = named === undefined ? undefined : chosen(named, args, workspace);
  if (own && asked) checkSameSpace(`'${args.device}'`, own, asked);
  const { space: spec, task } = (own ?? asked) as { readonly space: SpaceSpec; readonly task: Task };
  const space = createSpace(spec, task);
  return { architecture: target, network: space.network(space.parse(target), task) };
}

/** The space and task that the options name. */
function chosen(space: string, args: TaskArgs, workspace: Workspace): { readonly space: SpaceSpec; readonly task: Task } {
  const named = namedSpace(space, workspace);
  const task = taskFor(named, args);
  return { space: resolveSpaceSpec(named, task), task };
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
