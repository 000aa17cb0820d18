/** Runs a TypeScript program of the repository as its page says: by tsx, on the packages' sources. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a program ended, and what it printed. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param file from the project's root, which is also the working directory. @param node options of Node.js besides. */
export async function runProgram(file: string, args: readonly string[], node: readonly string[] = []): Promise<ProgramEnd> {
  const options = [...node, "--conditions=archwright-source", "--import", "tsx"];
  const child = spawn(process.execPath, [...options, file, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [[code], stdout, stderr] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
