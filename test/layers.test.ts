/** Holds how the code is laid out: which folder may import which, how large folders and files may be. The tables are here. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** What each package may import of ours. A package is imported by its name, never by a path. */
const packages: Readonly<Record<string, readonly string[]>> = {
  core: [],
  runtimes: ["core"],
  engine: ["core", "runtimes"],
  dashboard: ["core", "engine"],
  cli: ["core", "runtimes", "engine", "dashboard"],
};

/**
 * What each folder of core may import of core: base ← ir ← tasks ← spaces, ir ← devices ← latency, ir ← quant, base ← search.
 * A folder below one of these has a row of its own where it may import more; no file imports another in a circle.
 */
const core: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ir: ["base"],
  tasks: ["base", "ir"],
  spaces: ["base", "ir", "tasks"],
  devices: ["base", "ir"],
  "devices/kinds": ["base", "ir", "tasks", "spaces", "latency"],
  "devices/fitted": ["base", "ir", "tasks", "spaces", "latency"],
  score: ["base", "ir"],
  "score/predictors": ["base", "ir", "search"],
  latency: ["base", "ir", "devices"],
  quant: ["base", "ir"],
  search: ["base"],
  experiment: ["base", "ir", "tasks", "spaces", "devices", "latency", "quant", "score", "search"],
  query: ["base", "ir", "tasks", "spaces", "devices", "latency", "quant", "score", "search", "experiment"],
  testing: ["base", "ir", "tasks", "spaces", "devices", "latency", "quant", "score", "search", "experiment", "query"],
};

const maxFilesOfFolder = 15;
const maxLinesOfFile = 400;

/** Folders that may hold more: the rows of one table, or what has another reason. */
const fullFolders: Readonly<Record<string, string>> = {};

const root = fileURLToPath(new URL("..", import.meta.url));
const isTest = (file: string) => /\.(test|fixture)\.ts$|\/(fixtures|shippedDevices)\.ts$/.test(file);

/** The TypeScript files below a folder, as paths from the project's root. */
function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((entry) => posix.join(folder, entry.split(sep).join("/")))
    .filter((file) => file.endsWith(".ts") && !/\/(node_modules|dist)\//.test(file))
    .sort();
}

const sources = ["packages", "test", "experiments"].flatMap(sourcesIn);
const textOf = (file: string) => readFileSync(join(root, file), "utf8");

/** What a file imports, statically or not. */
function importsOf(file: string): string[] {
  const patterns = [/^(?:import|export)\b[^;"']*?from\s+"([^"]+)"/gm, /^import\s+"([^"]+)"/gm, /\bimport\("([^"]+)"\)/g];
  return patterns.flatMap((pattern) => [...textOf(file).matchAll(pattern)].map((match) => match[1] as string));
}

/** The package and, in core, the folder where a file of a package lies. */
function placeOf(file: string): { readonly name: string; readonly folder: string } | undefined {
  const [, name, folder] = /^packages\/([^/]+)\/src\/(?:([^/]+)\/)?/.exec(file) ?? [];
  return name === undefined ? undefined : { name, folder: folder ?? "" };
}

/** What is wrong with an import of a file in a package. */
function complaint(file: string, imported: string): string | undefined {
  const from = placeOf(file);
  if (!from) return undefined;
  const ofOurs = /^(?:@archwright\/([^/]+)|archwright$)/.exec(imported);
  if (ofOurs) {
    const name = ofOurs[1] ?? "cli";
    return name === from.name || packages[from.name]?.includes(name) ? undefined : `${from.name} may not import ${name}`;
  }
  if (imported.startsWith(".")) {
    const target = relative(root, join(root, dirname(file), imported))
      .split(sep)
      .join("/");
    const to = placeOf(target);
    if (to?.name !== from.name) return isTest(file) ? undefined : "another package is imported by its name";
    // The files beside the folders are the package's table of contents.
    if (from.name !== "core" || isTest(file) || from.folder === "" || from.folder === to.folder) return undefined;
    const rows = Object.keys(core).filter((row) => file.startsWith(`packages/core/src/${row}/`));
    const row = rows.sort((a, b) => b.length - a.length)[0] ?? "";
    return core[row]?.includes(to.folder) ? undefined : `core/${row} may not import core/${to.folder || "index.ts"}`;
  }
  if (from.name === "core" && !isTest(file) && imported.startsWith("node:")) return "core runs in a browser too: nothing of Node";
  return undefined;
}

describe("imports", () => {
  it("run one way", () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file).flatMap((imported) => {
        const what = complaint(file, imported);
        return what === undefined ? [] : [`${file} imports ${imported}: ${what}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("are looked at in every package and every folder of core", () => {
    const found = readdirSync(join(root, "packages"));
    expect(Object.keys(packages)).toEqual(expect.arrayContaining(found));
    const folders = readdirSync(join(root, "packages/core/src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(core)).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
    expect(importsOf("packages/core/src/ir/index.ts").length).toBeGreaterThan(5);
  });

  it.each([
    ["packages/core/src/base/rng.ts", "../ir/index.ts", /base may not import core\/ir/],
    ["packages/core/src/search/algorithms/random.ts", "../../spaces/index.ts", /search may not/],
    ["packages/core/src/ir/graph.ts", "../index.ts", /index.ts/],
    ["packages/core/src/devices/analytic.ts", "../latency/index.ts", /devices may not import core\/latency/],
    ["packages/core/src/devices/fitted/device.ts", "../../latency/index.ts", undefined],
    ["packages/core/src/ir/graph.ts", "node:fs", /browser/],
    ["packages/core/src/ir/graph.ts", "@archwright/engine", /core may not import engine/],
    ["packages/engine/src/index.ts", "archwright", /engine may not import cli/],
    ["packages/engine/src/index.ts", "../../core/src/index.ts", /by its name/],
    ["packages/core/src/ir/graph.test.ts", "node:fs", undefined],
    ["packages/core/src/spaces/fbnet.ts", "../ir/index.ts", undefined],
    ["packages/engine/src/run/search.ts", "@archwright/core/search", undefined],
  ])("of %s: %s", (file, imported, expected) => {
    if (expected) expect(complaint(file, imported)).toMatch(expected);
    else expect(complaint(file, imported)).toBeUndefined();
  });
});

it("every source file begins with what it is", () => {
  const without = sources.filter((file) => !file.endsWith(".test.ts") && !/^(\/\*\*|\/\/|#!)/.test(textOf(file)));
  expect(without).toEqual([]);
});

describe("sizes", () => {
  const logic = sources.filter((file) => !isTest(file));

  it(`no folder holds more than ${maxFilesOfFolder} source files, but for those with a reason`, () => {
    const counts = new Map<string, number>();
    for (const file of logic) counts.set(posix.dirname(file), (counts.get(posix.dirname(file)) ?? 0) + 1);
    const full = [...counts].filter(([folder, count]) => count > maxFilesOfFolder && !(folder in fullFolders));
    expect(full).toEqual([]);
  });

  it(`no file of logic is longer than ${maxLinesOfFile} lines`, () => {
    const long = logic.map((file) => [file, textOf(file).split("\n").length - 1] as const).filter(([, lines]) => lines > maxLinesOfFile);
    expect(long).toEqual([]);
  });
});
