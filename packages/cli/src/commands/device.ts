import { costNames, type DeviceProfile, formatQuantity, InputError, localDevice, metricNames } from "@archwright/core";
import type { CommandModule } from "yargs";
import { addDevice, listDevices, readDevice, removeDevice } from "../deviceLibrary.ts";
import { print, printJson, renderTable } from "../render.ts";

interface DeviceArgs {
  readonly action: "list" | "show" | "add" | "remove";
  readonly target?: string;
  readonly json: boolean;
}

export const deviceCommand: CommandModule<object, DeviceArgs> = {
  command: "device <action> [target]",
  describe: "List and show devices; add (a YAML file) and remove your own",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["list", "show", "add", "remove"], demandOption: true })
      .positional("target", { type: "string", describe: "A device's name; for add, a file" }) as never,
  handler: ({ action, target, json }) => {
    const needed = () => {
      if (target !== undefined) return target;
      throw new InputError(`say which device to ${action}`, {
        expected: `archwright device ${action} ${action === "add" ? "FILE" : "NAME"}`,
      });
    };
    switch (action) {
      case "list":
        return list(json);
      case "show": {
        if (target === localDevice.name) return showLocal(json);
        const profile = readDevice(needed());
        return json ? printJson(profile) : print(describe(profile));
      }
      case "add": {
        const { name } = addDevice(needed());
        return json ? printJson({ added: name }) : print(`added ${name}`);
      }
      case "remove": {
        removeDevice(needed());
        return json ? printJson({ removed: target }) : print(`removed ${target}`);
      }
    }
  },
};

const local = {
  name: localDevice.name,
  origin: "built in",
  kind: "this machine",
  format: "float32",
  description: "this machine's onnxruntime-node, measured",
} as const;

function showLocal(json: boolean): void {
  if (json) printJson({ ...local, predicted_by: localDevice.predictedBy });
  else print(`${local.name}: ${local.description}, in ${local.format}; predicted by the profile ${localDevice.predictedBy}`);
}

function describeBudgets({ budgets }: DeviceProfile): string {
  const written = costNames.flatMap((cost) => {
    const value = budgets[cost];
    return value === undefined ? [] : [`${metricNames[cost].yaml} ${formatQuantity(value, metricNames[cost].dimension)}`];
  });
  return written.join(", ") || "none";
}

function list(json: boolean): void {
  const devices = listDevices().map(({ name, origin }) => ({ name, origin, profile: readDevice(name) }));
  if (json) {
    printJson({
      devices: [
        local,
        ...devices.map(({ name, origin, profile }) => ({
          name,
          origin,
          kind: profile.kind,
          format: profile.format,
          description: profile.description,
        })),
      ],
    });
    return;
  }
  const rows = devices.map(({ name, origin, profile }) => [name, origin, profile.kind, profile.format, profile.description]);
  rows.unshift([local.name, local.origin, local.kind, local.format, local.description]);
  print(renderTable(["device", "whose", "kind", "format", "description"], rows, () => false));
}

function describe(profile: DeviceProfile): string {
  const giga = (value: number) => `${Number((value / 1e9).toPrecision(3))} G`;
  return [
    `${profile.name}: ${profile.description} (${profile.kind}), runs networks in ${profile.format}`,
    "",
    renderTable(
      ["format", "operations/s", "energy/operation"],
      profile.formats.map((entry) => [entry.format, giga(entry.operationsPerSecond), formatQuantity(entry.energyPerOperationMj, "energy")]),
      (column) => column > 0,
    ),
    "",
    renderTable(
      ["memory", "holds", "capacity", "bytes/s", "energy/byte"],
      profile.memory.map((level) => [
        level.name,
        level.holds.join(", "),
        formatQuantity(level.capacityBytes, "memory"),
        giga(level.bandwidthBytesPerSecond),
        formatQuantity(level.energyPerByteMj, "energy"),
      ]),
      (column) => column > 1,
    ),
    "",
    `overhead per kernel ${formatQuantity(profile.overheadPerKernelMs, "time")}, static power ${profile.staticPowerMw} mW`,
    `budgets: ${describeBudgets(profile)}`,
    ...Object.entries(profile.sources).flatMap(([topic, sources]) => sources.map(({ basis, text }) => `${topic}: ${basis}: ${text}`)),
  ].join("\n");
}
