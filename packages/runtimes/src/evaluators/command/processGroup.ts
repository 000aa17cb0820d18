/** A program in a process group of its own, which ends with it and with whoever started it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { InputError } from "@archwright/core/base";
import type { Command } from "@archwright/core/experiment";

/** What the guard is a line of; also said by `doctor`. */
export const shell = "/bin/sh";

/**
 * The guard reads from a pipe that only this process holds open. When that ends, because the program is done with or because this
 * process was killed, it ends the whole group, itself included: what the program has started does not outlive it.
 */
const guarded = '( read _ <&3; kill -KILL 0 ) >/dev/null 2>&1 & exec 3<&-; exec "$@"';

export interface ProcessGroup {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The group's id. Undefined where nothing could be started. */
  readonly id: number | undefined;
  /** The program's own end, whatever becomes of what it has started. */
  readonly exited: Promise<ProgramExit>;
  /** Everything that it wrote has been read. May never come where something left the group and keeps a pipe open. */
  readonly closed: Promise<void>;
  /** Ends whatever of it still runs. */
  kill(): void;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error?: Error;
}

/** @throws InputError where the system has no POSIX shell. */
export function startGroup(
  command: Command,
  { folder, environment }: { readonly folder: string; readonly environment: NodeJS.ProcessEnv },
): ProcessGroup {
  if (!existsSync(shell)) {
    throw new InputError(`this system has no ${shell}, which training programs of one's own are started with`, {
      expected: "Linux or macOS",
    });
  }
  const words = typeof command === "string" ? [shell, "-c", command] : command;
  const child: ChildProcess = spawn(shell, ["-c", guarded, shell, ...words], {
    cwd: folder,
    env: environment,
    // A group, and a session: what a terminal sends to this process's group does not reach it.
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const [stdin, stdout, stderr, guard] = child.stdio as unknown as [Writable, Readable, Readable, Writable];
  // Whoever does not read what it is given is seen by its end.
  for (const stream of [stdin, guard]) stream?.on("error", () => {});
  const exited = new Promise<ProgramExit>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
    child.on("error", (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
  });
  return {
    stdin,
    stdout,
    stderr,
    id: child.pid,
    exited,
    closed: new Promise((resolve) => child.on("close", () => resolve())),
    kill: () => {
      guard?.destroy();
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // Nobody of it is left.
      }
    },
  };
}

/**
 * Resident memory of a process group in bytes, what several of its processes share counted once; undefined where this system
 * does not say (all but Linux).
 * @param enough it is not counted more exactly where even a count of shared memory for each process stays below.
 */
export function memoryOf(group: number, enough: number): number | undefined {
  const members: string[] = [];
  let pages = 0;
  for (const entry of entriesOf("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = textOf(`/proc/${entry}/stat`);
    // The name in parentheses may hold anything.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields?.[2]) !== group) continue;
    members.push(entry);
    pages += Number(fields?.[21]);
  }
  if (members.length === 0) return undefined;
  const resident = pages * pageBytes;
  if (resident <= enough || members.length === 1) return resident;
  let proportional = 0;
  for (const member of members) {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(textOf(`/proc/${member}/smaps_rollup`) ?? "")?.[1];
    if (kibibytes === undefined) return resident;
    proportional += Number(kibibytes) * 1024;
  }
  return proportional;
}

/** Of all Linux systems that Node.js is built for with the usual kernel; larger pages would only be counted as less memory. */
const pageBytes = 4096;

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
