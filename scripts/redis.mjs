// Gets a redis-server for the tests of the fleet where it may, into `node_modules/.cache`; whatever happens, the set-up goes on.
// As a program, `node scripts/redis.mjs`, it does just that.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const limitMs = 90_000;
/** The folder that vitest.config.ts appends to PATH. */
const folder = fileURLToPath(new URL("../node_modules/.cache/redis", import.meta.url));
const command = join(folder, "redis-server");

/** Downloads and unpacks Debian's packages, without root and without installing them, where no redis-server is found. */
export function provideRedis() {
  if (answers("redis-server") || answers(command)) return;
  const say = (text) => console.error(`redis-server: ${text}`);
  const skipped = "the tests of the fleet will be skipped";
  if (process.env.ARCHWRIGHT_SKIP_REDIS) return say(`absent, and not downloaded because ARCHWRIGHT_SKIP_REDIS is set; ${skipped}`);
  if (!existsSync("/etc/debian_version")) return say(`absent; ${skipped}. It is in every package manager`);

  say("absent; unpacking Debian's into node_modules/.cache (ARCHWRIGHT_SKIP_REDIS=1 prevents that)");
  rmSync(folder, { recursive: true, force: true });
  const deadline = Date.now() + limitMs;
  // The lists of packages may be old, or absent as in most containers.
  if (!(unpack(deadline, []) || unpack(deadline, ownLists(deadline)))) say(`could not be had from Debian; ${skipped}`);
}

function answers(program) {
  return spawnSync(program, ["--version"]).status === 0;
}

/** Runs a program in the cache folder until the deadline. @returns what it printed, or undefined where it failed. */
function run(deadline, program, args) {
  const timeout = Math.max(1, deadline - Date.now());
  const { status, stdout } = spawnSync(program, args, { cwd: folder, timeout, killSignal: "SIGKILL", encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

/** apt's options that keep all it writes in the cache folder. */
const ownCache = ["-qq", "-o", `Dir::Cache=${join(folder, "apt")}`, "-o", "APT::Sandbox::User=root"];

/** Lists of packages of our own, made now. @returns apt's options for them */
function ownLists(deadline) {
  mkdirSync(join(folder, "lists/partial"), { recursive: true });
  const options = ["-o", `Dir::State::lists=${join(folder, "lists")}`];
  run(deadline, "apt-get", [...ownCache, ...options, "update"]);
  return options;
}

/** Unpacks the server with the libraries that this machine lacks, and writes the command that starts it with them. */
function unpack(deadline, lists) {
  mkdirSync(join(folder, "apt/archives/partial"), { recursive: true });
  const apt = (program, ...args) => run(deadline, program, [...ownCache, ...lists, ...args]);
  const packages = new Set(["redis-server", "redis-tools"]);
  for (const name of packages) {
    for (const [, needed] of (apt("apt-cache", "depends", name) ?? "").matchAll(/^ {2}Depends: ((?:lib|lua)[\w.+-]+)$/gm)) {
      if (spawnSync("dpkg", ["-s", needed]).status !== 0) packages.add(needed);
    }
  }
  if (apt("apt-get", "download", ...packages) === undefined) return false;
  const archives = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  if (!archives.every((file) => run(deadline, "dpkg", ["-x", file, "unpacked"]) !== undefined)) return false;

  const lib = join(folder, "unpacked/usr/lib");
  mkdirSync(lib, { recursive: true });
  const libraries = readdirSync(lib)
    .map((name) => join(lib, name))
    .join(":");
  const server = join(folder, "unpacked/usr/bin/redis-server");
  const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${server}' "$@"\n`;
  writeFileSync(command, script, { mode: 0o755 });
  for (const name of [...archives, "apt", "lists"]) rmSync(join(folder, name), { recursive: true, force: true });
  return answers(command);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) provideRedis();
