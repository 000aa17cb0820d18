/** The table of pages that are written by programs: a file, and what its text is now. */
import { fileURLToPath } from "node:url";
import { commands } from "./commands.ts";
import { shippedDevices, shippedSpaces } from "./devices.ts";
import { implementations } from "./implementations.ts";
import { deviceKeys, experimentKeys, spaceKeys } from "./keys.ts";
import { operators } from "./operators.ts";
import { studies } from "./studies.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export const generatedPages: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/reference/commands.md": commands,
  "docs/reference/devices.md": () => shippedDevices(root),
  "docs/reference/implementations.md": implementations,
  "docs/reference/device-keys.md": deviceKeys,
  "docs/reference/experiment-keys.md": experimentKeys,
  "docs/reference/space-keys.md": spaceKeys,
  "docs/reference/operators.md": () => operators(root),
  "docs/reference/spaces.md": () => shippedSpaces(root),
  "docs/studies.md": () => studies(root),
};
