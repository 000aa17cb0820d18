/** The table of device kinds. A new kind is a file beside this one and a row here; nobody outside asks for a kind's name. */
import type { z } from "zod";
import { InputError } from "../../base/index.ts";
import type { Budgets } from "../budgets.ts";
import { fittedKind } from "./fitted.ts";
import { measuredKind } from "./measured.ts";
import { profileKind } from "./profile.ts";
import { tableKind } from "./table.ts";
import type { DeviceContext, DeviceEntry, DeviceKind, LibraryDevice, LibraryFiles, SpecOfKind } from "./types.ts";

export type * from "./types.ts";

/** An entry's own keys are looked for in this order. */
export const deviceKinds = [profileKind, fittedKind, tableKind, measuredKind] as const;

type SpecOf<Row> = Row extends DeviceKind<infer Spec> ? Spec : never;

/** What each kind keeps of a device. */
export type DeviceSpec = SpecOf<(typeof deviceKinds)[number]>;

/** A device of an experiment. It steers the search if it has budgets or an objective; otherwise it is only reported. */
export type ExperimentDevice = DeviceSpec & { readonly name: string; readonly budgets: Budgets };

const rows: DeviceKind<SpecOfKind>[] = [...(deviceKinds as unknown as readonly DeviceKind<SpecOfKind>[])];

/** The rows, those from outside among them. */
export const deviceRows: readonly DeviceKind<SpecOfKind>[] = rows;

/** The row that a device of an experiment belongs to. */
export function deviceKindOf(device: SpecOfKind): DeviceKind<SpecOfKind> {
  const row = rows.find(({ kind }) => kind === device.kind);
  if (!row) throw new InputError(`there is no kind of device '${device.kind}' here`, { expected: "the plugin that it came with" });
  return row;
}

/** The kinds of which the library keeps devices, with how it keeps them. */
export const libraryKinds: readonly (LibraryFiles & { readonly kind: DeviceSpec["kind"] })[] = rows.flatMap(({ kind, library }) =>
  library ? [{ ...library, kind: kind as DeviceSpec["kind"] }] : [],
);

/** How the library keeps a device. */
export function libraryFilesOf(device: LibraryDevice): (typeof libraryKinds)[number] {
  const row = libraryKinds.find(({ accepts }) => accepts(device));
  if (!row) throw new Error(`no kind of device takes '${device.name}'`);
  return row;
}

/** The keys of an entry that only some kind of device has. */
export function deviceKeys(): z.ZodRawShape {
  return Object.assign({}, ...rows.map(({ keys }) => keys));
}

const names = rows.flatMap(({ names }) => names);
/** Names that experiments may use for devices that have no file. */
export const reservedDeviceNames: readonly string[] = names;

/** Adds a kind from outside, whose names and keys were checked. */
export function addDeviceKind(kind: DeviceKind<SpecOfKind>): void {
  rows.push(kind);
  names.push(...kind.names);
}

/** Resolves an entry of `devices:`. @throws InputError */
export function resolveDevice(entry: DeviceEntry & Readonly<Record<string, unknown>>, context: DeviceContext): ExperimentDevice {
  const { name, budgets } = entry;
  const row =
    rows.find(({ keys }) => Object.keys(keys).some((key) => entry[key] !== undefined)) ??
    rows.find(({ names }) => names.includes(name)) ??
    deviceKindOf(libraryFilesOf(context.located(["name"], () => context.library(name))));
  return { name, budgets, ...row.resolve(entry, context) } as ExperimentDevice;
}

/** The runtime that measures a device; undefined where none does. */
export function measuredBy(device: SpecOfKind): string | undefined {
  return deviceKindOf(device).runtime?.(device);
}
