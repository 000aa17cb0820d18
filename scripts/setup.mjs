// Installs what is missing and builds; the one set-up step behind `npm start` and `npm test`. Needs Node and npm only.
// With `--tests` it also tries to get a redis-server, without which the tests of the fleet are skipped.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { refusal } from "../packages/cli/bin/supportedNode.js";
import { provideRedis } from "./redis.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(what, args) {
  process.stderr.write(`setup: ${what}\n`);
  const env = { ...process.env, npm_config_loglevel: "error", TURBO_TELEMETRY_DISABLED: "1" };
  const result = spawnSync("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (result.status === 0) return;
  process.stderr.write(`setup: failed: npm ${args.join(" ")}\n`);
  process.exit(result.status ?? 1);
}

const wrongNode = refusal(process.versions.node);
if (wrongNode !== undefined) {
  process.stderr.write(wrongNode);
  process.exit(1);
}

const changedAt = (path) => (existsSync(root + path) ? statSync(root + path).mtimeMs : 0);
const installedAt = changedAt("node_modules/.package-lock.json");
const command = process.platform === "win32" ? "archwright.cmd" : "archwright";

// `npm install`, not `npm ci`: where a registry lacks other platforms' binaries the lock file is incomplete and `ci` refuses it.
if (changedAt("package-lock.json") > installedAt || !existsSync(`${root}node_modules/.bin/${command}`)) {
  run("installing packages (a minute or two the first time)", ["install"]);
}
run("building (half a minute the first time)", ["run", "--silent", "build"]);
if (process.argv.includes("--tests")) provideRedis();
