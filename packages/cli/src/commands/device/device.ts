/** `archwright device`: lists and shows devices, and adds and removes the user's own. */
import {
  costNames,
  type DeviceProfile,
  type DeviceSpec,
  type FittedDevice,
  formatQuantity,
  type LibraryDevice,
  libraryFilesOf,
  type MeasuringRuntime,
  metricNames,
  profileGaps,
  runtimeDevices,
  runtimeOfDevice,
} from "@archwright/core";
import type { DeviceLibrary } from "@archwright/engine";
import { describeFitted } from "../../output/fittedView.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { command, family, type Parser } from "../../shell/command.ts";
import { quoted } from "../../shell/invocation.ts";
import { deviceFitCommand } from "./deviceFit.ts";
import { deviceJson, listedDevices, measuredView } from "./devicesView.ts";

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
    if (json) return printJson(deviceJson(devices, name));
    const runtime = runtimeOfDevice(name);
    if (runtime) return showMeasured(runtime);
    const device = devices.read(name, runtimeDevices);
    return print(texts[libraryFilesOf(device).kind]?.(device) ?? describeBriefly(device));
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

/** How devices of a kind are described; one without a row here is described as a list does. */
const texts: Readonly<Partial<Record<DeviceSpec["kind"], (device: LibraryDevice) => string>>> = {
  fitted: (device) => describeFitted(device as FittedDevice),
  profile: (device) => describe(device as DeviceProfile),
};

function describeBriefly(device: LibraryDevice): string {
  const { kind, format, description } = libraryFilesOf(device).brief(device);
  return `${device.name}: ${description} (${kind}${format === null ? "" : `, ${format}`})`;
}

function showMeasured(runtime: MeasuringRuntime): void {
  const view = measuredView(runtime);
  print(`${view.name}: ${view.description}, in ${view.format}; predicted by the profile ${runtime.predictedBy}`);
}

function describeBudgets({ budgets }: DeviceProfile): string {
  const written = costNames.flatMap((cost) => {
    const value = budgets[cost];
    return value === undefined ? [] : [`${metricNames[cost].yaml} ${formatQuantity(value, metricNames[cost].dimension)}`];
  });
  return written.join(", ") || "none";
}

function list(library: DeviceLibrary, json: boolean): void {
  const devices = listedDevices(library);
  if (json) {
    printJson({ devices });
    return;
  }
  const rows = devices.map(({ name, origin, kind, format, description }) => [name, origin, kind, format ?? "–", description]);
  print(renderTable(["device", "whose", "kind", "format", "description"], rows, () => false));
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
