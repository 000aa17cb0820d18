/** The packages as a stranger gets them: packed, and installed from the registry alone into a folder outside of the repository. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** A packed package: its file, what a registry would carry, and what it takes on disk, both in bytes. */
export interface Packed {
  readonly name: string;
  readonly file: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that some packages are installed in. */
export interface Installed {
  readonly path: string;
  /** What npm said while it installed. */
  readonly said: string;
  /** Runs a program by name, `npx` for example, in the folder; Node.js is the wanted one. */
  run(program: string, ...args: readonly string[]): Promise<Ended>;
}

/** A folder outside of the repository, which the caller removes. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), "archwright-install-"));
}

/** Whether packages can be had: the tests of installing are skipped where they cannot. */
export function registryAnswers(): boolean {
  return spawnSync(npm, ["view", "yargs", "version"], { timeout: 60_000, shell: process.platform === "win32" }).status === 0;
}

/** Builds the packages and packs each into a folder. */
export function packAll(folder: string): readonly Packed[] {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };
  const command = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(npm, args, { cwd: root, env, encoding: "utf8", shell: process.platform === "win32" });
    if (status !== 0) throw new Error(`npm ${args.join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
    return stdout;
  };
  command("run", "build");
  const packed = JSON.parse(command("pack", "--workspaces", "--json", "--pack-destination", folder)) as Entry[] | Record<string, Entry>;
  return Object.values(packed).map(({ name, filename, size, unpackedSize }) => ({
    name,
    file: join(folder, filename.replace(/^@/, "").replace("/", "-")),
    packedBytes: size,
    unpackedBytes: unpackedSize,
  }));
}

interface Entry {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
}

/**
 * Installs files into a new folder, as somebody without settings of their own does.
 * @param version of Node.js, for example `22`; from the registry where it is not the one that runs this.
 */
export async function install(files: readonly string[], version: string, variables: NodeJS.ProcessEnv = {}): Promise<Installed> {
  const path = emptyFolder();
  const settings = join(path, ".none");
  writeFileSync(settings, "");
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^onnxruntime|^node_options$|^vitest|^mode$/i.test(name));
  const folders = [nodeFolder(version), process.env.PATH].join(delimiter);
  const env = { ...Object.fromEntries(own), npm_config_userconfig: settings, ...variables, PATH: folders };
  const run = (program: string, ...args: readonly string[]) =>
    new Promise<Ended>((resolve, reject) => {
      const child = spawn(program, args, { cwd: path, env, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
      const said = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => {
          said[stream] += text;
        });
      }
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...said }));
    });
  writeFileSync(join(path, "package.json"), '{ "private": true }\n');
  const { code, stdout, stderr } = await run(npm, "install", "--no-audit", "--no-fund", ...files);
  if (code !== 0) throw new Error(`npm install ended with ${code}:\n${stdout}\n${stderr}`);
  return { path, said: stdout + stderr, run };
}

/** Folders with a program `node` of a major version. */
const nodeFolders = new Map<string, string>();

function nodeFolder(version: string): string {
  const known = nodeFolders.get(version);
  if (known !== undefined) return known;
  const folder = emptyFolder();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  let program = process.execPath;
  if (process.versions.node.split(".")[0] !== version) {
    // The package `node` would fetch this one in an installation script.
    const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
    const { status, stderr } = spawnSync(npm, ["install", "--prefix", folder, "--no-save", "--ignore-scripts", `${name}@${version}`], {
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    if (status !== 0) throw new Error(`Node.js ${version} cannot be had: ${stderr}`);
    const { bin: programs } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as {
      bin?: Record<string, string>;
    };
    program = join(folder, "node_modules", name, programs?.node ?? "bin/node");
  }
  symlinkSync(program, join(bin, "node"));
  nodeFolders.set(version, bin);
  return bin;
}

/** Removes the programs that were fetched. */
export function removeNodes(): void {
  for (const bin of nodeFolders.values()) rmSync(join(bin, ".."), { recursive: true, force: true });
  nodeFolders.clear();
}
