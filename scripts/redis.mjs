// Gets a redis-server for the tests of the fleet where it may. Whatever happens, the set-up goes on without.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const limitMs = 90_000;

/** Installs Debian's redis-server where it is missing, this is Debian (or its like), we are root, and nobody forbids it. */
export function provideRedis() {
  if (spawnSync("redis-server", ["--version"]).status === 0) return;
  const say = (text) => console.error(`redis-server: ${text}`);
  const skipped = "the tests of the fleet will be skipped";
  if (process.env.ARCHWRIGHT_SKIP_REDIS) return say(`absent, and not installed because ARCHWRIGHT_SKIP_REDIS is set; ${skipped}`);
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return say(`absent; ${skipped}. It is in every package manager`);

  say("absent; installing it with apt-get (ARCHWRIGHT_SKIP_REDIS=1 prevents that)");
  const deadline = Date.now() + limitMs;
  const apt = (...args) => {
    // In runlevel 1 no service is started: the tests start servers of their own.
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    const timeout = Math.max(1, deadline - Date.now());
    return spawnSync("apt-get", ["-qq", ...args], { env, timeout, killSignal: "SIGKILL", stdio: ["ignore", "ignore", 2] }).status === 0;
  };
  const install = () => apt("install", "--yes", "--no-install-recommends", "redis-server");
  // The lists of packages may be old, or absent as in most containers.
  const installed = install() || (apt("update") && install());
  if (!installed) say(`could not be installed; ${skipped}`);
}
