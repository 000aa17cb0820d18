/** A program in a pseudo-terminal, with somebody who types: made by Python, whose standard library has one. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** What to wait for, and the keys to type then. */
export type Step = readonly [text: string, keys: string];

/** Special keys as a terminal sends them. */
export const keys = { enter: "\r", down: "\x1b[B", controlC: "\x03", controlD: "\x04", clear: "\x15" } as const;

/** Why there is no pseudo-terminal here; undefined where there is one. */
export function missingTerminal(): string | undefined {
  const { status } = spawnSync("python3", ["-c", "import pty, termios"], { stdio: "ignore" });
  return status === 0 ? undefined : "there is no python3 with a pseudo-terminal";
}

/** What the terminal showed, without what steers it, and the exit status; −9 where a text to wait for did not come. */
export async function inTerminal(
  command: readonly string[],
  cwd: string,
  steps: readonly Step[],
): Promise<{ readonly shown: string; readonly code: number }> {
  const script = fileURLToPath(new URL("terminal.py", import.meta.url));
  const child = spawn("python3", [script, JSON.stringify(steps), ...command], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  let written = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const { shown, code } = JSON.parse(written) as { shown: string; code: number };
  return { shown: stripVTControlCharacters(shown), code };
}
