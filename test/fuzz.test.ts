/**
 * Command lines, YAML files and tables with random mistakes: whatever a person types, the program answers in its own words.
 *
 * `npm test` tries a hundred; with `--mode full` it is two thousand. FUZZ_SEED chooses other mistakes.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRng } from "@archwright/core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createFolder, type Ended, root } from "./support/cli.ts";
import { commandLines, fillFolder, options, table, tableCommands, yamlCases } from "./support/fuzz/cases.ts";
import { mutateArgs, mutateTable, mutateYaml, pick } from "./support/fuzz/mutate.ts";
import { commandLineIn, type InProcess } from "./support/inProcess.ts";
import { full } from "./support/tier.ts";

const counts = full ? { lines: 1000, yaml: 600, tables: 400 } : { lines: 50, yaml: 30, tables: 20 };
const { FUZZ_SEED: seed = "1" } = process.env;
vi.setConfig({ testTimeout: full ? 600_000 : 120_000 });

const outer = createFolder();
const folder = join(outer.path, "work");
/** What a run in the clone, in the home folder or beside the folder would leave. */
const places = [root, join(root, "configs/devices"), join(root, "packages/cli"), join(outer.path, "home"), outer.path];
const listing = () => places.map((place) => readdirSync(place).map((name) => `${name} ${changedAt(join(place, name))}`));
const changedAt = (file: string) => (file === folder ? "" : statSync(file).mtimeMs);
let before: ReturnType<typeof listing>;
let cli: InProcess;

beforeAll(async () => {
  for (const name of ["home", "work", "kept"]) mkdirSync(join(outer.path, name));
  vi.stubEnv("HOME", join(outer.path, "home"));
  fillFolder(folder, root);
  cli = await commandLineIn(folder);
  expect(await cli.json("search", "table.yaml")).toMatchObject({ run: "table-1", status: "done" });
  expect((await cli.run("device", "add", "board.yaml")).code).toBe(0);
  cpSync(join(folder, ".archwright"), join(outer.path, "kept"), { recursive: true });
  before = listing();
});

/** The state that command lines start from. */
function restore(): void {
  rmSync(join(folder, ".archwright"), { recursive: true, force: true });
  cpSync(join(outer.path, "kept"), join(folder, ".archwright"), { recursive: true });
}

/** What is wrong with how a command ended. */
function complaints({ code, stdout, stderr }: Ended, json: boolean): readonly string[] {
  const found: string[] = [];
  if (![0, 1, 2, 130].includes(code ?? -1)) found.push(`status ${code}`);
  if (/^ {4}at /m.test(stderr)) found.push("a stack trace");
  if (stderr.includes("a fault of this program")) found.push("an internal error");
  if (json) {
    try {
      const { error } = JSON.parse(stdout) as { readonly error?: { readonly code: string } };
      if ((error !== undefined) !== (code !== 0)) found.push(`status ${code} ${error ? "with" : "without"} an error`);
    } catch {
      found.push("stdout is not one JSON document");
    }
  }
  return found;
}

/** Runs commands and gives what those did that should not; each must end by itself, and soon. */
async function tryAll(
  count: number,
  name: string,
  make: (rng: ReturnType<typeof createRng>) => readonly string[],
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let i = 0; i < count; i++) {
    const rng = createRng(`${name} ${seed} ${i}`);
    const args = make(rng);
    const json = rng.next() < 0.7;
    const line = json ? placed(rng.next(), args) : args;
    const startedAt = performance.now();
    const ended = await cli.run(...line);
    const seconds = (performance.now() - startedAt) / 1000;
    const wrong = [...complaints(ended, json), ...(seconds > 20 ? [`took ${seconds.toFixed(0)} s`] : [])];
    if (wrong.length > 0) {
      const kept = ["x.yaml", "x.csv"].filter((file) => args.includes(file) && existsSync(join(folder, file)));
      for (const file of kept) cpSync(join(folder, file), join(outer.path, "..", `archwright-fuzz-${name}-${i}-${file}`));
      failures.push(
        `${name} ${i}: ${wrong.join(", ")}\n  ${JSON.stringify(line)}\n  ${ended.stderr.slice(0, 600)}\n  ${ended.stdout.slice(0, 300)}`,
      );
    }
  }
  return failures;
}

/** The command line with `--json` somewhere before `--`, after which nothing is an option. */
function placed(share: number, args: readonly string[]): readonly string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const at = Math.floor(share * (end + 1));
  return [...args.slice(0, at), "--json", ...args.slice(at)];
}

describe(`whatever is typed (FUZZ_SEED=${seed})`, () => {
  it("answers command lines in its own words", async () => {
    const failures = await tryAll(counts.lines, "line", (rng) => {
      restore();
      return mutateArgs(rng, pick(rng, commandLines), options);
    });
    expect(failures).toEqual([]);
  });

  it("answers YAML files in its own words", async () => {
    const cases = yamlCases(root);
    const failures = await tryAll(counts.yaml, "yaml", (rng) => {
      const { text, args } = pick(rng, cases);
      writeFileSync(join(folder, "x.yaml"), mutateYaml(rng, text));
      return args;
    });
    expect(failures).toEqual([]);
  });

  it("answers tables in its own words", async () => {
    const failures = await tryAll(counts.tables, "table", (rng) => {
      writeFileSync(join(folder, "x.csv"), mutateTable(rng, table));
      return pick(rng, tableCommands);
    });
    expect(failures).toEqual([]);
  });

  it("touches no file outside of the folder", () => {
    expect(listing()).toEqual(before);
  });
});
