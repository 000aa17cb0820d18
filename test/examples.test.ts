/** Runs every program of `examples`: what they show is true. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { createFolder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { runProgram } from "./support/program.ts";

vi.setConfig({ testTimeout: 120_000 });
const folder = createFolder();

async function storeOfARun(): Promise<string> {
  folder.write("small.yaml", experiment({ search: { algorithm: "random", evaluations: 3 } }));
  const { code, stderr } = await folder.run("search", "small.yaml", "--workers", "1");
  expect(code, stderr).toBe(0);
  return folder.store;
}

/** For each program its arguments, and what it must print. */
const examples: Readonly<Record<string, readonly [args: () => Promise<readonly string[]>, printed: RegExp]>> = {
  "estimateNetwork.ts": [async () => [], /^latencyMs +[\d.]+$[\s\S]*^slowest kernel +conv2d/m],
  "queryFront.ts": [
    async () => [await storeOfARun(), "latency@stm32f746<=2ms"],
    /^small-1: \d of \d trials are on the front$[\s\S]*"architecture":/m,
  ],
  "searchAsLibrary.ts": [async () => [], /^parameters .*\n +\d+ +[\d.]+ {2}\|/],
};

it.each(Object.entries(examples))("%s prints what it promises", async (file, [args, printed]) => {
  const { code, stdout, stderr } = await runProgram(`examples/${file}`, await args());
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(printed);
});

it("all are run", () => {
  const found = readdirSync(fileURLToPath(new URL("../examples", import.meta.url))).filter((file) => file.endsWith(".ts"));
  expect(Object.keys(examples).sort()).toEqual(found.sort());
});
