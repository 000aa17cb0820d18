/** `archwright init`: writes a small experiment that runs as it is, from options or from answers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CostName,
  type Dimension,
  InputError,
  libraryFilesOf,
  measuringRuntimes,
  metricNames,
  nearestSpelling,
  parseQuantity,
  runtimeOfDevice,
} from "@archwright/core";
import { type DeviceLibrary, makeFolder } from "@archwright/engine";
import { askBudgets, askData, askDevice } from "../init/ask.ts";
import { parseData } from "../init/data.ts";
import { type Choices, costsOf, experimentYaml, nameOfDevice } from "../init/template.ts";
import { readExperiment } from "../input/loadExperiment.ts";
import type { Workspace } from "../input/workspace.ts";
import { writeOutput } from "../output/outputFile.ts";
import { print, printJson } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";
import { asTyped, quoted } from "../shell/invocation.ts";

/** The device that is taken where none is named, and the budgets of its example. */
const usual = { data: "digits", device: "stm32f746", budgets: ["latency=6ms", "peak_memory=32KiB"] } as const;

const builder = (yargs: Parser) =>
  yargs
    .positional("folder", { type: "string", default: ".", describe: "Where to write experiment.yaml" })
    .option("data", { type: "string", describe: "Images: digits, or the path of a folder, a .csv or an IDX file (default: digits)" })
    .option("device", { type: "string", describe: `A name of 'archwright device list' (default: ${usual.device})` })
    .option("budget", { type: "string", array: true, nargs: 1, describe: "A limit, such as latency=10ms; may be given several times" })
    .option("yes", { type: "boolean", default: false, describe: "Ask nothing: use the default for what is not given" })
    .option("force", { type: "boolean", default: false, describe: "Replace an existing experiment.yaml" });

type InitArgs = ArgsOf<typeof builder>;

export const initCommand = command({
  command: "init [folder]",
  describe: "Write a small experiment that runs as it is, with comments that explain it",
  builder,
  handler: async (args, workspace) => {
    const { folder, force, json } = args;
    const file = join(folder, "experiment.yaml");
    if (existsSync(file) && !force) {
      throw new InputError("an experiment already exists here", {
        place: { file },
        expected: "a folder without one, or --force to replace it",
        suggestion: `archwright init ${quoted(folder)} --force`,
      });
    }
    const choices = await choose(args, workspace.devices);
    const text = experimentYaml(choices, folder);
    await check(text, file, choices, workspace);
    makeFolder(folder);
    writeOutput(file, text, { force });
    const next = asTyped(`archwright search ${quoted(file)}`);
    const { data, device, budgets } = choices;
    if (json) {
      const written = Object.entries(budgets).map(([cost, value]) => [metricNames[cost as CostName].yaml, value]);
      printJson({ written: file, data: data.kind, device: nameOfDevice(device), budgets: Object.fromEntries(written), next });
      return;
    }
    const open = data.kind !== "digits" && data.path === undefined;
    print(`wrote ${file}${open ? "\nfirst: say in it where the images are" : ""}\nnext: ${next}`);
  },
});

/** What the experiment is about: as the command line says, else as the user answers, else the example. */
async function choose({ yes, json, ...given }: InitArgs, devices: DeviceLibrary): Promise<Choices> {
  const asks = !yes && !json && process.stdin.isTTY === true && process.stderr.isTTY === true;
  const data = parseData(given.data ?? (asks ? await askData() : usual.data));
  const name = given.device ?? (asks ? await askDevice(devicesToChoose(devices), usual.device) : usual.device);
  const device = runtimeOfDevice(name) ?? devices.read(name);
  const costs = costsOf(device);
  const example = given.device === undefined && data.kind === "digits" ? usual.budgets : [];
  const budgets =
    given.budget ??
    (asks
      ? await askBudgets(
          costs.map((cost) => ({ cost, example: exampleOf(cost), most: "budgets" in device ? device.budgets[cost] : undefined })),
        )
      : example);
  return { data, device, budgets: Object.fromEntries(budgets.map((budget) => parseBudget(budget, costs))) };
}

function devicesToChoose(devices: DeviceLibrary): readonly { readonly name: string; readonly description: string }[] {
  const described = (name: string) => {
    const device = devices.read(name);
    return { name, description: libraryFilesOf(device).brief(device).description };
  };
  return [
    ...devices.list().map(({ name }) => described(name)),
    ...measuringRuntimes.map(({ device: name, description }) => ({ name, description })),
  ];
}

function exampleOf(cost: CostName): string {
  return { latencyMs: "10ms", peakMemoryBytes: "64KiB", flashBytes: "256KiB", energyMj: "3mJ" }[cost];
}

/** Reads `latency=10ms`. @throws InputError */
function parseBudget(text: string, costs: readonly CostName[]): readonly [CostName, string] {
  const names = costs.map((cost) => metricNames[cost].yaml as string);
  const [, name = "", value = ""] = /^\s*(\w*)\s*[=:]?\s*(.*?)\s*$/.exec(text) ?? [];
  const fits = (cost: CostName) => isQuantity(value, metricNames[cost].dimension);
  const cost = costs.find((one) => metricNames[one].yaml === name);
  if (cost !== undefined && fits(cost)) return [cost, value];
  const meant = cost ?? costs.find((one) => metricNames[one].yaml === nearestSpelling(name, names)) ?? costs.find(fits) ?? "latencyMs";
  throw new InputError(`'${text}' is not a budget of this device`, {
    expected: `${names.join(" or ")}, an equals sign, and a number with its unit`,
    suggestion: `--budget ${metricNames[meant].yaml}=${fits(meant) ? value : exampleOf(meant)}`,
  });
}

function isQuantity(text: string, dimension: Dimension): boolean {
  try {
    parseQuantity(text, dimension);
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
}

/**
 * What is written must run: budgets beyond the device, or images that are not there, are to be said now.
 * @throws InputError
 */
async function check(text: string, file: string, { data }: Choices, workspace: Workspace): Promise<void> {
  if (data.kind !== "digits" && data.path === undefined) return;
  try {
    await readExperiment(text, file, { workspace });
  } catch (error) {
    if (!(error instanceof InputError) || error.place?.file !== file) throw error;
    // Its place is in a file that was not written, and what to write instead is to be an option.
    const [, name, value] = /^(\w+): (\S+)$/.exec(error.suggestion ?? "") ?? [];
    throw new InputError(error.problem, { expected: error.expected, suggestion: name && `--budget ${name}=${value}` });
  }
}
