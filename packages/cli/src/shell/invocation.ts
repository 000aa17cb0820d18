/** How this program was started, and so what a person types to start it again. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The program as a person can type it in this folder: by npx where npm has brought it, else by its name. */
export function programName(folder = process.cwd()): string {
  return startedByNpx() || isInstalledAbove(folder) ? "npx archwright" : "archwright";
}

function startedByNpx(): boolean {
  const { npm_lifecycle_event, npm_lifecycle_script = "" } = process.env;
  return npm_lifecycle_event === "npx" && /^['"]?archwright/.test(npm_lifecycle_script);
}

/** Whether npx finds the program in this folder, as in a clone or a project that depends on it. */
function isInstalledAbove(folder: string): boolean {
  const command = join(folder, "node_modules", ".bin", process.platform === "win32" ? "archwright.cmd" : "archwright");
  return existsSync(command) || (dirname(folder) !== folder && isInstalledAbove(dirname(folder)));
}

/**
 * A text in which commands can be copied and run as they stand. Messages are written with `archwright COMMAND` everywhere;
 * on their way out they pass here.
 */
export function asTyped(text: string, name = programName()): string {
  return name === "archwright" ? text : text.replace(/(?<![\w./\\@-])(?<!npx )archwright (?=[a-z]|--|COMMAND)/g, `${name} `);
}

/** An argument as a shell takes it: quoted where it holds more than letters, digits and what paths are made of. */
export function quoted(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  return process.platform === "win32" ? `"${argument}"` : `'${argument.replaceAll("'", "'\\''")}'`;
}
