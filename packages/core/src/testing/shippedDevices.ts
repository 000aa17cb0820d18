/** The device profiles that the project ships, for tests. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DeviceProfile, parseDeviceProfile } from "../devices/index.ts";

const folder = fileURLToPath(new URL("../../../../configs/devices/", import.meta.url));

/** The profiles that the project ships, by file name. For tests only: core itself reads no files. */
export function shippedProfiles(): readonly DeviceProfile[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => parseDeviceProfile(readFileSync(`${folder}${file}`, "utf8"), file));
}
