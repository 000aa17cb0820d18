/**
 * The command line as a user starts it: a process of its own, in a folder of its own, with a store of its own.
 *
 * It runs the built program, which `npm test` has just made: it starts in a second, where compiling the sources on the way
 * takes three. When these tests are run by hand after an edit, a build older than the sources is made again first.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Trial } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { afterAll, vi } from "vitest";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const packages = ["core", "runtimes", "engine", "dashboard", "cli"];
export const program = join(root, "packages/cli/dist/main.js");

buildIfStale();
// A command takes a second or two; on a busy machine, many times that.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

function buildIfStale(): void {
  const builtAt = Math.min(...packages.map((name) => changedAt(join(root, "packages", name, "dist/.tsbuildinfo"))));
  const sources = packages.flatMap((name) =>
    readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => changedAt(join(root, "packages", name, "src", file))),
  );
  if (builtAt > Math.max(...sources)) return;
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-b", "packages/cli"], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}`);
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error holds this text. */
  said(text: string): Promise<void>;
  /** What it has written to standard error so far. */
  stderr(): string;
}

/** A folder of its own, in which commands are run; it goes when the file's tests are over. */
export interface Folder {
  readonly path: string;
  /** The store of commands that are not told another. */
  readonly store: string;
  /** Writes a file, with the folders on its way, and gives its path. */
  write(name: string, content: string | Uint8Array): string;
  run(...args: readonly string[]): Promise<Ended>;
  start(...args: readonly string[]): Started;
  /** The one JSON document of a command that must succeed. */
  json(...args: readonly string[]): Promise<unknown>;
  /** Every stored trial of a run. */
  trials(run: string, store?: string): readonly Trial[];
}

export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "archwright-test-"));
  afterAll(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  const folder: Folder = {
    path,
    store: join(path, ".archwright/store.db"),
    write: (name, content) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    run: (...args) => start(args, path).ended,
    start: (...args) => start(args, path),
    json: async (...args) => {
      const { code, stdout, stderr } = await folder.run(...args, "--json");
      if (code !== 0) throw new Error(`archwright ${args.join(" ")} ended with ${code}:\n${stderr}`);
      return JSON.parse(stdout);
    },
    trials: (run, file = folder.store) => {
      const store = openStore(file);
      try {
        return [...store.trials(run)];
      } finally {
        store.close();
      }
    },
  };
  return folder;
}

function start(args: readonly string[], cwd: string): Started {
  // A process group of its own, so that a test can press Ctrl-C as a terminal does: on all of it.
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let stdout = "";
  let stderr = "";
  let listeners: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    process: child,
    ended,
    stderr: () => stderr,
    said: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!stderr.includes(text)) return;
          listeners = listeners.filter((listener) => listener !== check);
          resolve();
        };
        listeners.push(check);
        check();
        ended.then(() => reject(new Error(`the command ended without saying '${text}':\n${stderr}`)), reject);
      }),
  };
}
