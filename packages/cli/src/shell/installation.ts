/** How this program was installed, and what to type to complete that. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { trainingEngine } from "@archwright/runtimes";
import { Failed } from "./commandErrors.ts";

/**
 * The command that installs what npm left out because its installation script failed.
 * @param program a file of this program.
 * @param cwd where the command will be typed.
 */
export function repairCommand(program = fileURLToPath(import.meta.url), cwd = process.cwd()): string {
  const [, installedIn] = /^(.*?)[\\/]node_modules[\\/]/.exec(program) ?? [];
  // In a clone, the root of the repository.
  const folder = installedIn ?? join(dirname(program), "../../../..");
  // A global folder of modules belongs to no package.
  if (!existsSync(join(folder, "package.json"))) return "npm install --global --ignore-scripts archwright";
  if (folder === cwd) return "npm install --ignore-scripts";
  return `npm install --ignore-scripts --prefix ${/[^\w./\\:@-]/.test(folder) ? `"${folder}"` : folder}`;
}

/**
 * What trains and measures on this machine, in words; where that is the slower engine, how to get the faster one.
 * @throws Failed where no engine can be loaded.
 */
export async function describeEngine(): Promise<string> {
  const { name, version } = await trainingEngine().catch((error: Error) => {
    throw new Failed(`${error.message}; install it with: ${repairCommand()}`);
  });
  if (name === "onnxruntime-node") return `${name} ${version}`;
  return `${name} ${version}, which is about three times slower than onnxruntime-node; to get that: ${repairCommand()}`;
}
