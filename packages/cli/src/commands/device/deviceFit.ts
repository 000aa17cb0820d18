/** `archwright device fit`: learns the latency of a device from about ten measurements. */
import { join } from "node:path";
import {
  type AnySearchSpace,
  canonicalJson,
  checkDeviceName,
  createRng,
  createSpace,
  describeSpace,
  type FittedDevice,
  fitDevice,
  fitSpace,
  InputError,
  type Json,
  type LatencyMeasurement,
  type LatencyPredictor,
  type LatencySources,
  type MeasuredFile,
  type Rng,
  resolveSpaceSpec,
  type SpaceSpec,
  sampleSpace,
  stableHash,
  type Table,
  type Task,
} from "@archwright/core";
import { type LearnModelOptions, latencyModelNames, learnModel, makeFolder } from "@archwright/engine";
import { exportOnnx, initialWeights } from "@archwright/runtimes";
import {
  columnNames,
  filledIn,
  measureColumn,
  measurementForm,
  measurementsOf,
  readLatencyTable,
  sourcesOf,
} from "../../input/latencyTables.ts";
import { type Measured, pooled, readMeasured } from "../../input/measuredModels.ts";
import { atLeast } from "../../input/optionValues.ts";
import { namedSpace, taskFor, taskOptions } from "../../input/spaceArgs.ts";
import type { Workspace } from "../../input/workspace.ts";
import { describeFitted, fittedView } from "../../output/fittedView.ts";
import { forceOption, writeOutput } from "../../output/outputFile.ts";
import { print, printJson } from "../../output/render.ts";
import { type ArgsOf, command, type Parser } from "../../shell/command.ts";
import { asTyped } from "../../shell/invocation.ts";

/** Where no table names architectures, so many are drawn to learn from and to choose among. */
const SAMPLED = 1000;

const builder = (yargs: Parser) =>
  yargs
    .positional("name", { type: "string", describe: "What to call the device", demandOption: true })
    .option("space", { type: "string", describe: "A space's name, or a YAML file that describes one; not needed for models' files alone" })
    .options(taskOptions)
    .option("table", { type: "string", describe: "CSV table of other devices' latencies in milliseconds" })
    .option("source", { type: "string", default: "", describe: "Columns of the table to learn from, separated by commas" })
    .option("samples", { type: "number", default: 10, describe: "How many architectures to measure" })
    .option("measurements", {
      type: "string",
      describe: "CSV of what was measured: architecture,latency_ms; files of models may stand among them",
    })
    .option("add", { type: "boolean", default: false, describe: "Keep what the device knows of other spaces and files" })
    .option("column", { type: "string", describe: "Take the measurements from this column of the table" })
    .option("date", { type: "string", describe: "When the measurements were taken, YYYY-MM-DD" })
    .option("model", { type: "string", default: "default", describe: `One of ${latencyModelNames.join(", ")}` })
    .option("seed", { type: "number", default: 0, describe: "Seed of the random numbers" })
    .option("output", { type: "string", describe: "Write the CSV of what to measure to this file" })
    .option("networks", { type: "string", describe: "Write what to measure as ONNX models into this folder" })
    .options(forceOption);

type FitArgs = ArgsOf<typeof builder>;

export const deviceFitCommand = command({
  command: "fit <name>",
  describe: "Learn a device's latency from about ten measurements",
  builder,
  handler: async (args, workspace) => {
    check(args, workspace);
    const measured = args.measurements === undefined ? undefined : readMeasured(args.measurements);
    if (args.space === undefined) {
      await keep(args, { spaces: [], files: filesAlone(args, measured) }, workspace);
      return;
    }
    const named = namedSpace(args.space, workspace);
    const task = taskFor(named, args);
    const spec = resolveSpaceSpec(named, task);
    const space = createSpace(spec, task);
    // What the user measured is read first: learning takes seconds, a typo should not cost them.
    const given = measured && measurementsOf(measured.table, space);
    const learned = await learn(args, { spec, task, space, workspace });
    const rng = createRng(`${args.seed}/fit`);
    const measurements = given ?? (args.column === undefined ? undefined : columnOf(args, learned, rng));
    if (measurements === undefined) suggest(args, { spec, task, space, learned, rng });
    else await fit(args, { spec, task, learned, measurements, files: measured?.files ?? [], workspace });
  },
});

/** What was measured where no space is named. @throws InputError where something else than models' files was. */
function filesAlone({ name, input, classes, table }: FitArgs, measured: Measured | undefined): readonly MeasuredFile[] {
  const [architecture] = measured?.table.architectures ?? [];
  if (measured === undefined || architecture !== undefined) {
    throw new InputError(
      architecture === undefined ? `what '${name}' is to be fitted to is not given` : `the search space of '${architecture}' is not given`,
      { expected: "--space NAME or FILE.yaml, or --measurements FILE.csv with files of models alone" },
    );
  }
  if (input !== undefined || classes !== undefined || table !== undefined)
    throw new InputError("--input, --classes and --table are for architectures", { expected: "none of them beside models' files alone" });
  return measured.files;
}

function check(args: FitArgs, { devices }: Workspace): void {
  checkDeviceName(args.name);
  devices.checkFreeForFit(args.name);
  atLeast("seed", args.seed, 0);
  if (!Number.isInteger(args.samples) || args.samples < 3)
    throw new InputError(`--samples is ${args.samples}`, { expected: "a whole number of at least 3; 10 is usual" });
  if (args.date !== undefined) checkPast(args.date);
  if (args.measurements !== undefined && args.column !== undefined)
    throw new InputError("--measurements and --column exclude each other", { expected: "one of them, or neither to see what to measure" });
  const needing = args.column !== undefined ? "--column" : args.source !== "" ? "--source" : undefined;
  if (needing !== undefined && args.table === undefined)
    throw new InputError(`${needing} names a column, but there is no table`, { expected: "--table FILE.csv" });
  if (args.column !== undefined && columnNames(args.source).includes(args.column))
    throw new InputError(`'${args.column}' is both the device and a source`, { expected: "different columns" });
  if (args.add && args.measurements === undefined && args.column === undefined)
    throw new InputError("--add adds measurements, and none are given", { expected: "--measurements FILE.csv, or --column NAME" });
  const saves = args.measurements !== undefined || args.column !== undefined;
  for (const option of ["output", "networks"] as const) {
    if (saves && args[option] !== undefined)
      throw new InputError(`--${option} is for a list of what to measure, and the measurements are given`, { expected: `no --${option}` });
  }
}

/** @throws InputError for what is no day of the calendar, and for one that has not begun here. */
function checkPast(date: string): void {
  const parsed = new Date(`${date}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date) {
    throw new InputError(`--date '${date}' is not a date`, { expected: "YYYY-MM-DD" });
  }
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  if (date > today)
    throw new InputError(`--date ${date} is in the future`, { expected: `the day of the measurements, ${today} at the latest` });
}

interface Learning {
  readonly spec: SpaceSpec;
  readonly task: Task;
  readonly workspace: Pick<Workspace, "models">;
}

/** How the model that the options name is learned. */
function modelFor({ model }: FitArgs, { spec, task, workspace }: Learning): LearnModelOptions {
  // The same text stands for other networks where the space has other options or images of another size.
  const options = stableHash(canonicalJson({ spec, task } as unknown as Json)).slice(0, 8);
  return {
    name: model,
    space: `${spec.name}-${options}`,
    folder: workspace.models,
    say: (line) => process.stderr.write(`${line}\n`),
  };
}

interface Learned {
  readonly predictor: LatencyPredictor;
  readonly sources: LatencySources;
  readonly table: Table | undefined;
  readonly warnings: readonly string[];
}

async function learn(args: FitArgs, learning: Learning & { readonly space: AnySearchSpace }): Promise<Learned> {
  const { spec, task, space } = learning;
  const read = args.table === undefined ? undefined : readLatencyTable(args.table, space);
  const table = read?.table;
  const { sources, warnings } = table
    ? sourcesOf(table, columnNames(args.source))
    : { sources: { architectures: sampleSpace(spec, task, SAMPLED, args.seed), devices: [] }, warnings: [] };
  process.stderr.write(`learning from ${sources.devices.length} devices and ${sources.architectures.length} architectures…\n`);
  const predictor = await inFile(args.table, () => learnModel(modelFor(args, learning), sources, describeSpace(spec, task)));
  return { predictor, sources, table, warnings: [...(read?.warnings ?? []), ...warnings] };
}

function columnOf({ column = "", samples }: FitArgs, { table, predictor }: Learned, rng: Rng): readonly LatencyMeasurement[] {
  return measureColumn(table as Table, column, predictor, samples, rng);
}

interface Suggesting {
  readonly spec: SpaceSpec;
  readonly task: Task;
  readonly space: AnySearchSpace;
  readonly learned: Learned;
  readonly rng: Rng;
}

function suggest(args: FitArgs, { spec, task, space, learned, rng }: Suggesting): void {
  const { name, samples, output, networks, json, force } = args;
  const { predictor, sources, warnings } = learned;
  const suggestions = predictor.suggest(sources.architectures, samples, rng);
  const files = networks === undefined ? undefined : suggestions.map((text, i) => writeNetwork(networks, i, text, { space, task, force }));
  const next = `measure each in milliseconds, write the column latency_ms, and call the same command again with --measurements ${output ?? "FILE.csv"}`;
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  // What somebody has measured and filled in since stays.
  const measured = output === undefined || force ? [] : filledIn(output, space);
  const form = measurementForm(suggestions, measured);
  if (output !== undefined) writeOutput(output, form, { force });
  if (json) {
    printJson({ device: name, space: spec, suggestions, output: output ?? null, networks: files ?? null, warnings, next });
    return;
  }
  if (output === undefined) print(form);
  process.stderr.write(
    `${samples} architectures to measure on ${name}, the most useful first${output === undefined ? "" : `: ${output}`}\n`,
  );
  process.stderr.write(`next: ${next}\n`);
}

/** The network of a suggestion with random weights: latency does not depend on their values. */
function writeNetwork(
  folder: string,
  index: number,
  architecture: string,
  { space, task, force }: Pick<Suggesting, "space" | "task"> & { readonly force: boolean },
): string {
  const network = space.network(space.parse(architecture), task);
  makeFolder(folder);
  const file = join(folder, `${String(index + 1).padStart(2, "0")}.onnx`);
  const weights = initialWeights(network, createRng(`weights of ${architecture}`));
  writeOutput(file, exportOnnx(network, weights, { metadata: { architecture } }), { force });
  return file;
}

interface Fitting extends Learning {
  readonly learned: Learned;
  readonly measurements: readonly LatencyMeasurement[];
  readonly files: readonly MeasuredFile[];
  readonly workspace: Pick<Workspace, "models" | "devices">;
}

async function fit(args: FitArgs, { spec, task, learned, measurements, files, workspace }: Fitting): Promise<void> {
  const { predictor, sources, warnings } = learned;
  const own = await inFile(args.measurements ?? args.table, async () =>
    fitSpace({
      space: spec,
      task,
      predictor,
      sources: sources.devices.map(({ name }) => name),
      architectures: sources.architectures,
      measurements,
      warnings,
    }),
  );
  await keep(args, { spaces: [own], files }, workspace);
}

/** Keeps a device that is fitted to these spaces and files, and with `--add` to what it was fitted to before. */
async function keep(args: FitArgs, parts: Pick<FittedDevice, "spaces" | "files">, { devices }: Pick<Workspace, "devices">): Promise<void> {
  const known = args.add ? devices.read(args.name) : undefined;
  // A profile of this name was refused before.
  const all = known === undefined ? parts : pooled(known as FittedDevice, parts);
  const device = await inFile(args.measurements ?? args.table, async () =>
    fitDevice({ name: args.name, ...all, measuredOn: args.date ?? null, fittedAt: new Date().toISOString() }),
  );
  devices.keepFitted(device);
  if (args.json) printJson(fittedView(device));
  else {
    const target = device.spaces.length === 0 ? "MODEL.onnx" : "ARCHITECTURE";
    print(asTyped(`${describeFitted(device)}\nkept as '${args.name}': archwright estimate ${target} --device ${args.name}`));
  }
}

/** Says of a complaint in which file it is to be mended. */
async function inFile<T>(file: string | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof InputError && file !== undefined ? error.at({ file }) : error;
  }
}
