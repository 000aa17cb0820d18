/** Devices as `device list` and `device show` give them in JSON. */
import {
  type FittedDevice,
  InputError,
  libraryFilesOf,
  type MeasuringRuntime,
  measuringRuntimes,
  runtimeDevices,
  runtimeOfDevice,
} from "@archwright/core";
import { type DeviceLibrary, type LibraryEntry, readLibraryDevice } from "@archwright/engine";
import { fittedView } from "../../output/fittedView.ts";

/** Those that runtimes measure, the shipped ones and the user's own. */
export function listedDevices(library: DeviceLibrary) {
  return [
    ...measuringRuntimes.map(measuredView),
    ...library.list().map((entry) => ({ name: entry.name, origin: entry.origin, ...briefly(entry) })),
  ];
}

/** What is known of a device. @throws InputError where there is none of this name, or its file is damaged. */
export function deviceJson(library: DeviceLibrary, name: string): { readonly name: string } {
  const runtime = runtimeOfDevice(name);
  if (runtime) {
    const measured = { ...measuredView(runtime), runtime: runtime.name, predicted_by: runtime.predictedBy };
    return measured;
  }
  const device = library.read(name, runtimeDevices);
  return libraryFilesOf(device).kind === "fitted" ? fittedView(device as FittedDevice) : device;
}

/** A device that needs no file: a runtime measures it. */
export function measuredView({ device, formats, description }: MeasuringRuntime) {
  return { name: device, origin: "built in", kind: "this machine", format: formats.join(", "), description } as const;
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
