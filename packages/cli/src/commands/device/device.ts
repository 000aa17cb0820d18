/** `archwright device`: lists and shows devices, and adds and removes the user's own. */
import {
  costNames,
  type DeviceProfile,
  type DeviceSpec,
  type FittedDevice,
  formatQuantity,
  InputError,
  type LibraryDevice,
  libraryFilesOf,
  type MeasuringRuntime,
  measuringRuntimes,
  metricNames,
  profileGaps,
  runtimeDevices,
  runtimeOfDevice,
} from "@archwright/core";
import { type DeviceLibrary, type LibraryEntry, readLibraryDevice } from "@archwright/engine";
import { describeFitted, fittedView } from "../../output/fittedView.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { command, family, type Parser } from "../../shell/command.ts";
import { quoted } from "../../shell/invocation.ts";
import { deviceFitCommand } from "./deviceFit.ts";

/** Without its type a name of digits would be a number. */
const named = (yargs: Parser) => yargs.positional("name", { type: "string", demandOption: true });

const listCommand = command({
  command: "list",
  describe: "List all devices: this machine, the shipped profiles and your own",
  builder: (yargs) => yargs,
  handler: ({ json }, { devices }) => list(devices, json),
});

const showCommand = command({
  command: "show <name>",
  builder: named,
  describe: "Show what is known about a device, and its sources",
  handler: ({ name, json }, { devices }) => {
    const runtime = runtimeOfDevice(name);
    if (runtime) return showMeasured(runtime, json);
    const device = devices.read(name, runtimeDevices);
    const view = views[libraryFilesOf(device).kind];
    return json ? printJson(view ? view.json(device) : device) : print(view ? view.text(device) : describeBriefly(device));
  },
});

const addCommand = command({
  command: "add <file>",
  describe: "Check a profile in YAML and add it to your own devices",
  builder: (yargs) =>
    yargs
      .positional("file", { type: "string", demandOption: true })
      .option("force", { type: "boolean", default: false, describe: "Replace your own device of this name" }),
  handler: ({ file, force, json }, { devices }) => {
    const { name } = devices.add(file, { force, forceCommand: `archwright device add ${quoted(file)} --force` });
    return json ? printJson({ added: name }) : print(`added ${name}`);
  },
});

const removeCommand = command({
  command: "remove <name>",
  builder: named,
  describe: "Remove one of your own devices",
  handler: ({ name, json }, { devices }) => {
    devices.remove(name);
    return json ? printJson({ removed: name }) : print(`removed ${name}`);
  },
});

export const deviceCommand = family({
  command: "device <action>",
  describe: "List and show devices; add, fit and remove your own",
  commands: [listCommand, showCommand, addCommand, deviceFitCommand, removeCommand],
});

/** How devices of a kind are shown; one without a row here is shown as a list shows it. */
const views: Readonly<Partial<Record<DeviceSpec["kind"], View>>> = {
  fitted: { json: (device) => fittedView(device as FittedDevice), text: (device) => describeFitted(device as FittedDevice) },
  profile: { json: (device) => device, text: (device) => describe(device as DeviceProfile) },
};

interface View {
  json(device: LibraryDevice): object;
  text(device: LibraryDevice): string;
}

function describeBriefly(device: LibraryDevice): string {
  const { kind, format, description } = libraryFilesOf(device).brief(device);
  return `${device.name}: ${description} (${kind}${format === null ? "" : `, ${format}`})`;
}

/** A device that needs no file: a runtime measures it. */
function measuredView({ device, formats, description }: MeasuringRuntime) {
  return { name: device, origin: "built in", kind: "this machine", format: formats.join(", "), description } as const;
}

function showMeasured(runtime: MeasuringRuntime, json: boolean): void {
  const view = measuredView(runtime);
  if (json) printJson({ ...view, runtime: runtime.name, predicted_by: runtime.predictedBy });
  else print(`${view.name}: ${view.description}, in ${view.format}; predicted by the profile ${runtime.predictedBy}`);
}

function describeBudgets({ budgets }: DeviceProfile): string {
  const written = costNames.flatMap((cost) => {
    const value = budgets[cost];
    return value === undefined ? [] : [`${metricNames[cost].yaml} ${formatQuantity(value, metricNames[cost].dimension)}`];
  });
  return written.join(", ") || "none";
}

function list(library: DeviceLibrary, json: boolean): void {
  const devices = [
    ...measuringRuntimes.map(measuredView),
    ...library.list().map((entry) => ({ name: entry.name, origin: entry.origin, ...briefly(entry) })),
  ];
  if (json) {
    printJson({ devices });
    return;
  }
  const rows = devices.map(({ name, origin, kind, format, description }) => [name, origin, kind, format ?? "–", description]);
  print(renderTable(["device", "whose", "kind", "format", "description"], rows, () => false));
}

/** What the list says of a device. One whose file is damaged does not hide the others. */
function briefly(entry: LibraryEntry) {
  try {
    const device = readLibraryDevice(entry);
    return libraryFilesOf(device).brief(device);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "damaged", format: null, description: error.message.split("\n", 1)[0] as string };
  }
}

/** A quantity for people, or that the profile does not state it. */
function known(value: number | null, dimension: Parameters<typeof formatQuantity>[1]): string {
  return value === null ? "unknown" : formatQuantity(value, dimension);
}

function describe(profile: DeviceProfile): string {
  return [
    `${profile.name}: ${profile.description} (${profile.kind}), runs networks in ${profile.format}`,
    "",
    renderTable(
      ["format", "speed", "energy per operation"],
      profile.formats.map((entry) => [
        entry.format,
        formatQuantity(entry.operationsPerSecond, "rate"),
        known(entry.energyPerOperationMj, "energy"),
      ]),
      (column) => column > 0,
    ),
    "",
    renderTable(
      ["memory", "holds", "capacity", "bandwidth", "energy per byte"],
      profile.memory.map((level) => [
        level.name,
        level.holds.join(", "),
        formatQuantity(level.capacityBytes, "memory"),
        formatQuantity(level.bandwidthBytesPerSecond, "bandwidth"),
        known(level.energyPerByteMj, "energy"),
      ]),
      (column) => column > 1,
    ),
    "",
    `overhead per kernel ${known(profile.overheadPerKernelMs, "time")}, static power ${known(profile.staticPowerMw, "power")}`,
    `the runtime's own memory ${known(profile.runtime.memoryBytes, "memory")}, flash ${known(profile.runtime.flashBytes, "memory")}`,
    `budgets: ${describeBudgets(profile)}`,
    ...profileGaps(profile, profile.format).map((gap) => `warning: ${gap}`),
    ...Object.entries(profile.sources).flatMap(([topic, sources]) => sources.map(({ basis, text }) => `${topic}: ${basis}: ${text}`)),
  ].join("\n");
}
