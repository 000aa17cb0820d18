/** The same seed gives the same search on every version of Node.js that is supported. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { root } from "./support/cli.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 600_000 });
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const algorithms = ["default", "bayesian", "linas", "motpe", "nsga2", "nsga3", "age-moea", "regularised-evolution", "local-search"];

/** Another Node.js, where `npx` has it or can get it. */
function nodeOf(version: string): string | undefined {
  const { status, stdout } = spawnSync("npx", ["--yes", "--prefer-offline", `node@${version}`, "-p", "process.execPath"], {
    encoding: "utf8",
    timeout: 120_000,
    shell: process.platform === "win32",
  });
  if (status !== 0) return undefined;
  // Where its package could not be set up, npx may run the Node.js of the machine.
  const node = stdout.trim();
  const found = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout;
  return found?.startsWith(`v${version}.`) ? node : undefined;
}

function proposals(node: string) {
  const tables = ["accuracy", "latency"].map((name) => file(`data/nasbench201/${name}.csv`));
  const { status, stdout, stderr } = spawnSync(node, [file("support/proposals.mjs"), ...tables, ...algorithms], {
    encoding: "utf8",
    cwd: root,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as { readonly node: string; readonly rows: Readonly<Record<string, readonly number[]>> };
}

describe.runIf(full)("another version of Node.js", () => {
  it.each(["20", "22", "24"])("asks for the same candidates as this one: %s", (version) => {
    const node = process.version.startsWith(`v${version}.`) ? process.execPath : nodeOf(version);
    if (node === undefined) return console.warn(`the comparison with Node.js ${version} is skipped: npx cannot get it`);
    const [own, other] = [proposals(process.execPath), proposals(node)];
    expect(other.node).toMatch(new RegExp(`^v${version}\\.`));
    for (const algorithm of algorithms) {
      expect(own.rows[algorithm]).toHaveLength(60);
      expect(other.rows[algorithm], algorithm).toEqual(own.rows[algorithm]);
    }
    return undefined;
  });
});
