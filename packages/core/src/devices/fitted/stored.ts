/** Fitted devices as they are stored, of this version and of earlier ones. */
import { canonicalJson, InputError, type Json, stableHash } from "../../base/index.ts";
import type { FittedDevice, FittedSpace } from "./types.ts";

/** Version 1 was of one space, and had a second latency model for other networks in place of the extrapolation. */
export interface FittedDeviceV1 extends FittedSpace, Pick<FittedDevice, "kind" | "name" | "measuredOn" | "fittedAt" | "hash"> {
  readonly version: 1;
  readonly networkPredictor: Json;
}

/** A device of any version as one of this: it predicts the same within its space. */
export function currentDevice(device: FittedDevice | FittedDeviceV1): FittedDevice {
  if (device.version !== 1) return device;
  const { kind, name, space, task, model, sources, measurements, report, predictor, measuredOn, fittedAt, hash } = device;
  const own = { space, task, model, sources, measurements, report, predictor };
  return { kind, version: 2, name, spaces: [own], files: [], extrapolation: null, measuredOn, fittedAt, hash };
}

/**
 * Reads a fitted device's file.
 * @throws InputError for a file that is not one, is of a later version, or was changed since it was written.
 */
export function parseFittedDevice(text: string, file: string): FittedDevice {
  const fail = (problem: string, expected: string): never => {
    throw new InputError(problem, { place: { file }, expected, advice: "fit the device again with 'archwright device fit'" });
  };
  const read = (): Partial<FittedDevice | FittedDeviceV1> => {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null ? value : {};
    } catch {
      return fail("the file is not JSON", "a device that 'device fit' wrote");
    }
  };
  const device = read();
  if (device.kind !== "fitted") return fail("this is not a fitted device", "a device that 'device fit' wrote");
  if (device.version !== 1 && device.version !== 2)
    return fail(`the fitted device has version ${device.version}`, "version 1 or 2; fit it again");
  // Nobody writes such a file by hand: the hash holds what a schema would hold, and the numbers as well.
  if (device.hash !== hashOf(device)) return fail("the file is damaged or was changed by hand", "a device as it was fitted");
  return currentDevice(device as FittedDevice | FittedDeviceV1);
}

/** Of all that decides what a device predicts. */
export function hashOf(device: object): string {
  const { hash: _hash, fittedAt: _fittedAt, ...rest } = device as Partial<FittedDevice>;
  return stableHash(canonicalJson(rest as unknown as Json));
}
