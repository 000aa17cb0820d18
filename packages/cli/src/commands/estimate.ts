/** `archwright estimate`: what a network costs on a device, computed or predicted. */
import { basename } from "node:path";
import {
  createSpace,
  type EstimatedNetwork,
  InputError,
  isInteger,
  isSameSpace,
  type LibraryDevice,
  type LibraryEstimate,
  libraryFilesOf,
  type NumberFormat,
  nearestSpelling,
  resolveSpaceSpec,
  runtimeOfDevice,
  type SpaceAndTask,
} from "@archwright/core";
import { costPicture, costSvg, describeSummary, type NetworkSummary, summariseNetwork } from "@archwright/core/query";
import { prepareForDevices, readLibraryDevice } from "@archwright/engine";
import { allLatencyModels, type ReadModel } from "@archwright/runtimes";
import { isModelFile, readModelFile } from "../input/modelInput.ts";
import { namedSpace, type TaskArgs, taskFor, taskOptions } from "../input/spaceArgs.ts";
import type { Workspace } from "../input/workspace.ts";
import {
  asColumns,
  describeDetails,
  describeDevices,
  describeEstimates,
  detailsJson,
  type EstimateColumns,
} from "../output/estimateView.ts";
import { forceOption, writeOutput } from "../output/outputFile.ts";
import { harmless, print, printJson } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";

const builder = (yargs: Parser) =>
  yargs
    .positional("target", { type: "string", describe: "A model (FILE.onnx, FILE.tflite), or an architecture's text", demandOption: true })
    .option("device", { type: "string", describe: "A profile or a fitted device (default: all of them, in a table)" })
    .option("format", { type: "string", describe: "Number format to run in (default: the file's if it is quantised, else the device's)" })
    .option("operators", { type: "boolean", default: false, describe: "Show for each operator where time and memory go" })
    .option("plot", { type: "string", describe: "Draw roofline and memory over time into this SVG file" })
    .option("strict", {
      type: "boolean",
      default: false,
      describe: "Refuse operators that cannot be read, instead of estimating around them",
    })
    .option("space", { type: "string", describe: "Search space of the architecture: a name or a YAML file (default: the fitted device's)" })
    .options(taskOptions)
    .option("input", {
      type: "string",
      describe: "Of a model, sizes that it leaves open: 1x3x224x224, or height=224,width=224. Of an architecture, its images",
    })
    .options(forceOption);

type EstimateArgs = ArgsOf<typeof builder>;

export const estimateCommand = command({
  command: "estimate <target>",
  describe: "Estimate what a network costs on a device, without running it",
  builder,
  handler: (args, workspace) => (args.device === undefined ? onAllDevices(args, workspace) : onDevice(args, args.device, workspace)),
});

/** A network to estimate, and what is to be said of it on every device. */
interface Subject {
  readonly network: EstimatedNetwork;
  readonly model: ReadModel | undefined;
  readonly warnings: readonly string[];
}

async function onDevice(args: EstimateArgs, name: string, workspace: Workspace): Promise<void> {
  const runtime = runtimeOfDevice(name);
  if (runtime) {
    throw new InputError(`'${name}' is measured, not estimated`, {
      expected: "a profile or a fitted device",
      suggestion: `--device ${runtime.predictedBy}`,
    });
  }
  const device = workspace.devices.read(name);
  const subject = isModelFile(args.target) ? modelSubject(args) : architectureOn(device, args, workspace);
  await prepareForDevices([device]);
  const { estimate, warnings: ofFormat } = estimated(device, subject, args.format);
  const warnings = [...subject.warnings, ...ofFormat, ...estimate.warnings];
  const summary = summariseNetwork(subject.network.network);
  if (args.plot !== undefined) plot(args.plot, args, estimate);
  const estimates = asColumns(estimate.estimates);
  if (args.json) {
    const { peak, kernels } = detailsJson(estimate);
    const details = { peak, ...(args.operators ? { kernels } : {}) };
    printJson({ target: args.target, device: name, estimates, ...subjectJson(subject, summary), ...details, warnings });
    return;
  }
  print([...describeSummary(summary), "", describeEstimates(estimates), ...describeDetails(estimate, args.operators)].join("\n"));
  for (const warning of warnings) process.stderr.write(`warning: ${harmless(warning)}\n`);
}

interface DeviceResult {
  readonly estimates: EstimateColumns;
  readonly warnings: readonly string[];
}

async function onAllDevices(args: EstimateArgs, workspace: Workspace): Promise<void> {
  for (const option of ["operators", "plot"] as const) {
    if (args[option]) throw new InputError(`--${option} is for one device`, { expected: `--device NAME beside --${option}` });
  }
  const subject = isModelFile(args.target) ? modelSubject(args) : architectureAnywhere(args, workspace);
  const results = await estimatedEverywhere(subject, args.format, workspace, (device) => knowsArchitecture(device, args, workspace));
  const summary = summariseNetwork(subject.network.network);
  if (args.json) {
    printJson(everywhereJson(args.target, subject, results, summary));
    return;
  }
  print(
    [...describeSummary(summary), "", describeDevices(new Map([...results].map(([name, { estimates }]) => [name, estimates])))].join("\n"),
  );
  for (const warning of subject.warnings) process.stderr.write(`warning: ${harmless(warning)}\n`);
  for (const [name, { warnings }] of results)
    for (const warning of warnings) process.stderr.write(`warning: ${name}: ${harmless(warning)}\n`);
}

/** @param knows whether a device knows the architecture by its text. */
async function estimatedEverywhere(
  subject: Subject,
  format: string | undefined,
  { devices }: Pick<Workspace, "devices">,
  knows: (device: LibraryDevice) => boolean,
): Promise<ReadonlyMap<string, DeviceResult>> {
  const results = new Map<string, DeviceResult>();
  for (const entry of devices.list()) {
    try {
      const device = readLibraryDevice(entry);
      await prepareForDevices([device]);
      const foreign = subject.network.architecture !== undefined && !knows(device);
      const asked = foreign ? { ...subject, network: { ...subject.network, architecture: undefined } } : subject;
      const { estimate, warnings } = estimated(device, asked, format);
      results.set(entry.name, { estimates: asColumns(estimate.estimates), warnings: [...warnings, ...estimate.warnings] });
    } catch (error) {
      // A damaged device, or one that cannot run the format, does not keep the others from being told.
      if (!(error instanceof InputError)) throw error;
      results.set(entry.name, { estimates: asColumns({}), warnings: [error.message] });
    }
  }
  return results;
}

function everywhereJson(target: string, subject: Subject, results: ReadonlyMap<string, DeviceResult>, summary: NetworkSummary) {
  return { target, devices: Object.fromEntries(results), ...subjectJson(subject, summary), warnings: subject.warnings };
}

/** What `estimate FILE --json` gives for a model, on all devices. @throws InputError */
export async function estimateModelJson(
  target: string,
  model: ReadModel,
  format: string | undefined,
  workspace: Pick<Workspace, "devices">,
) {
  const subject = subjectOfModel(model);
  const results = await estimatedEverywhere(subject, format, workspace, () => true);
  return everywhereJson(target, subject, results, summariseNetwork(model.network));
}

/** The costs on one device, in the format that was asked for, else the file's own where it is quantised, else the device's. */
function estimated(
  device: LibraryDevice,
  { network, model }: Subject,
  asked: string | undefined,
): { readonly estimate: LibraryEstimate; readonly warnings: readonly string[] } {
  const files = libraryFilesOf(device);
  const formats = files.formats(device);
  if (asked !== undefined && !formats.some((format) => format === asked)) {
    throw new InputError(`${device.name} is not known to compute in ${asked}`, {
      expected: formats.length === 0 ? "no --format: its latency was measured in one format" : `one of ${formats.join(", ")}`,
      suggestion: nearestSpelling(asked, formats),
    });
  }
  const stored = model ? quantisedFormat(model) : undefined;
  const own = stored === undefined ? undefined : formats.find((format) => format === stored);
  const format = formats.find((known) => known === asked) ?? own;
  const estimate = files.estimate(device, network, allLatencyModels, format);
  const differs = stored !== undefined && asked === undefined && formats.length > 0 && own === undefined;
  const warnings = differs
    ? [`the model is quantised to ${stored}, in which ${device.name} does not compute: it is estimated as ${files.brief(device).format}`]
    : [];
  return { estimate, warnings };
}

/** The format of most of a model's weights, where that is one of whole numbers; unsigned ones are computed like signed ones. */
function quantisedFormat({ network }: ReadModel): NumberFormat | undefined {
  const format = summariseNetwork(network).weight_format;
  if (format === null || !isInteger(format)) return undefined;
  return format === "uint8" ? "int8" : format;
}

/** A model says itself what it is. */
function modelSubject(args: EstimateArgs): Subject {
  for (const option of ["space", "classes"] as const) {
    if (args[option] !== undefined)
      throw new InputError(`--${option} is for architectures`, { expected: `no --${option} beside a model's file` });
  }
  return subjectOfModel(readModelFile(args.target, args));
}

function subjectOfModel(model: ReadModel): Subject {
  const { unread, notes } = model;
  const warnings = [...notes, ...unread.map(({ node, operator, why }) => `node '${node}' (${operator}) is estimated around: ${why}`)];
  return { network: { architecture: undefined, network: model.network }, model, warnings };
}

/** What JSON says of a network, whatever the device. */
function subjectJson({ model }: Subject, { macs, parameters, ...network }: NetworkSummary) {
  return { macs, parameters, network, unread: model?.unread ?? [] };
}

/** An architecture of the space that the options name, or that the device was made for. */
function architectureOn(device: LibraryDevice, args: EstimateArgs, workspace: Workspace): Subject {
  const { target, space: named } = args;
  const own = libraryFilesOf(device).madeFor(device);
  const [first] = own ?? [];
  if (first === undefined && named === undefined)
    throw new InputError(`the search space of '${target}' is not given`, { expected: "--space NAME or FILE.yaml" });
  if (named === undefined && (args.input !== undefined || args.classes !== undefined))
    throw new InputError(`'${args.device}' was fitted for one space and size of images`, { expected: "no --input and no --classes" });
  const asked = named === undefined ? undefined : chosen(named, args, workspace);
  const subject = architectureOf(target, (asked ?? first) as SpaceAndTask);
  // A device that was fitted for other spaces knows the network, but not the architecture's text.
  const foreign = own !== undefined && asked !== undefined && !own.some((known) => isSameSpace(known, asked));
  return foreign ? { ...subject, network: { ...subject.network, architecture: undefined } } : subject;
}

function architectureAnywhere(args: EstimateArgs, workspace: Workspace): Subject {
  if (args.space === undefined)
    throw new InputError(`the search space of '${args.target}' is not given`, {
      expected: "--space NAME or FILE.yaml for an architecture's text; the name of a file for a model",
    });
  return architectureOf(args.target, chosen(args.space, args, workspace));
}

function architectureOf(target: string, of: SpaceAndTask): Subject {
  const space = createSpace(of.space, of.task);
  const network = space.network(space.parse(target), of.task);
  return { network: { architecture: target, network, of }, model: undefined, warnings: [] };
}

/** Whether a device that was made for a space was made for the one that the options name. */
function knowsArchitecture(device: LibraryDevice, args: EstimateArgs, workspace: Workspace): boolean {
  const own = libraryFilesOf(device).madeFor(device);
  if (own === undefined || args.space === undefined) return true;
  const asked = chosen(args.space, args, workspace);
  return own.some((known) => isSameSpace(known, asked));
}

/** The space and task that the options name. */
function chosen(space: string, args: TaskArgs, workspace: Workspace): SpaceAndTask {
  const named = namedSpace(space, workspace);
  const task = taskFor(named, args);
  return { space: resolveSpaceSpec(named, task), task };
}

function plot(file: string, { target, device, force }: EstimateArgs, { breakdown }: LibraryEstimate): void {
  if (!breakdown)
    throw new InputError(`where time and memory go on '${device}' is not known`, { expected: "--plot with a device that has a profile" });
  writeOutput(file, costSvg(costPicture(basename(target), breakdown)), { force });
}
