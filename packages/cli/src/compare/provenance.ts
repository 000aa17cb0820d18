/** What a comparison ran on: machine, program and versions. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { programVersion } from "../shell/version.ts";

export interface Machine {
  readonly program: string;
  /** Commit of the clone that the program runs from, with a mark where files were changed since; null outside of a clone. */
  readonly commit: string | null;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  readonly memory_bytes: number;
  readonly date: string;
}

export function describeMachine(): Machine {
  return {
    program: `archwright ${programVersion()}`,
    commit: commitOfClone(),
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model ?? "unknown",
    processors: availableParallelism(),
    memory_bytes: totalmem(),
    date: new Date().toISOString(),
  };
}

function commitOfClone(): string | null {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  if (!existsSync(`${root}.git`)) return null;
  try {
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return git("rev-parse", "HEAD") + (git("status", "--porcelain", "--untracked-files=no") === "" ? "" : " with changes");
  } catch {
    return null;
  }
}
