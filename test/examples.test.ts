/** Runs every program of `examples`: what they show is true. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { runProgram } from "./support/program.ts";

vi.setConfig({ testTimeout: 120_000 });

/** For each program its arguments, and what it must print. */
const examples: Readonly<Record<string, readonly [args: () => Promise<readonly string[]>, printed: RegExp]>> = {
  "estimateNetwork.ts": [async () => [], /^latencyMs +[\d.]+$[\s\S]*^slowest kernel +conv2d/m],
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
