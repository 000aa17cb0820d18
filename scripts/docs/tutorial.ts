/** Pages whose commands are run, the tutorial among them, and what these printed: read from the page, and run again in an empty folder. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A command of a page, with the block of text below it that shows what it printed. */
export interface Step {
  readonly command: string;
  /** What the page shows; undefined where it shows nothing. */
  readonly shown: string | undefined;
  /** Whether that is the first line alone: the block says `text first line`. */
  readonly firstLine: boolean;
}

/** The pages whose commands are run, each in an empty folder. Only the first one trains anything. */
export const recordedPages = ["docs/tutorial.md", "docs/own-data.md", "docs/own-space.md", "docs/own-device.md"] as const;

/** The columns of the terminal that pages show. */
export const columns = 100;

const stepPattern = /^```sh\n(archwright [^\n]+)\n```\n(?:\n```text( first line)?\n([\s\S]*?)^```\n)?/gm;

/** The steps of a page, in its order. Blocks of several commands are none: what each printed could not be told apart. */
export function stepsOf(page: string): readonly Step[] {
  return [...page.matchAll(stepPattern)].map(([, command = "", part, shown]) => ({
    command,
    shown: shown?.replace(/\n$/, ""),
    firstLine: part !== undefined,
  }));
}

/** The page with what its commands print now, where it shows anything. */
export function withOutputs(page: string, print: (command: string) => string): string {
  return page.replace(stepPattern, (block, command: string, part: string | undefined, shown: string | undefined) => {
    const printed = print(command);
    return shown === undefined ? block : `\`\`\`sh\n${command}\n\`\`\`\n\n\`\`\`text${part ?? ""}\n${printed}\n\`\`\`\n`;
  });
}

/** The files that a page tells its reader to write: the blocks behind "Write this into a file `NAME`". */
export function filesOf(page: string): ReadonlyMap<string, string> {
  return new Map(
    [...page.matchAll(/into a file `([^`]+)`:\n\n```(?:yaml|csv)[^\n]*\n([\s\S]*?)^```$/gm)].map(([, name = "", text = ""]) => [
      name,
      text,
    ]),
  );
}

/** Makes what runs a page's commands in a folder, and gives what a terminal would have shown: both streams in their order. */
export function createPrinter(root: string, folder: string, page: string): (command: string) => string {
  for (const [name, text] of filesOf(page)) writeFileSync(join(folder, name), text);
  const shortened = new Set(stepsOf(page).flatMap(({ command, firstLine }) => (firstLine ? [command] : [])));
  const program = join(root, "packages/cli/bin/archwright.js");
  return (command) => {
    const line = command.replace(/^archwright/, `'${process.execPath}' '${program}'`);
    const env = { ...process.env, COLUMNS: String(columns), NO_COLOR: "1" };
    const { status, stdout } = spawnSync("sh", ["-c", `${line} 2>&1`], { cwd: folder, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}`);
    const printed = stdout
      .replaceAll(`${folder}/`, "")
      .replace(/\s+$/, "")
      .replace(/[ \t]+$/gm, "");
    return shortened.has(command) ? (printed.split("\n")[0] ?? "") : printed;
  };
}
