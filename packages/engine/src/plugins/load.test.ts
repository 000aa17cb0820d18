/** Plugins are found, hashed, loaded and registered; what is wrong with one is said with its file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRng, createSearcher, type PluginIdentity, type SearcherOptions, searcherNames } from "@archwright/core";
import { toySpace } from "@archwright/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { contentHashOf } from "./contents.ts";
import { loadPlugin, loadPluginsOf } from "./load.ts";
import { resolvePlugin } from "./resolve.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "archwright-plugins-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const zod = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("zod")).href);
const searcher = (name: string, settings = "{}", create = "() => ({})") =>
  `import { z } from ${zod};\nexport default { searchers: [{ name: "${name}", settings: z.strictObject(${settings}), create: ${create}, plan: () => ({}) }] };\n`;

describe("what is wrong is refused", () => {
  it.each([
    ["none.mjs", "export const a = 1;", /none\.mjs: the module is no plugin: it has no default export/],
    ["broken.mjs", "export default {", /broken\.mjs: the plugin cannot be loaded: /],
    ["misspelt.mjs", "export default { searcher: [] };", /misspelt\.mjs: unknown key 'searcher'[\s\S]*write instead: searchers/],
    ["empty.mjs", "export default { searchers: [] };", /empty\.mjs: the plugin is empty/],
    [
      "half.mjs",
      'export default { searchers: [{ name: "half" }] };',
      /the key 'settings' is missing in 'searchers\[0\]'[\s\S]*an object schema of zod 4/,
    ],
    [
      "text.mjs",
      `import { z } from ${zod};\nexport default { spaces: [{ name: "s", description: "s", settings: z.strictObject({}), create: 3 }] };`,
      /'spaces\[0\]\.create'.*is not a function/,
    ],
    ["taken.mjs", searcher("nsga2"), /the plugin 'taken' has an algorithm 'nsga2', and there is one already/],
    ["setting.mjs", searcher("new", "{ population: z.string() }"), /'population', which other algorithms have with another meaning/],
    ["key.mjs", searcher("new", "{ evaluations: z.int() }"), /'evaluations', which every search has/],
  ])("%s", async (name, text, complaint) => {
    write(name, text);
    await expect(loadPlugin(`./${name}`, folder)).rejects.toThrow(complaint);
    expect(searcherNames).not.toContain("new");
  });

  it("what is not there", () => {
    write("here.mjs", "");
    expect(() => resolvePlugin("./nowhere.js", folder)).toThrow(/there is no plugin at '\.\/nowhere\.js'/);
    expect(() => resolvePlugin("here.mjs", folder)).toThrow(/there is no package 'here\.mjs'[\s\S]*write instead: \.\/here\.mjs/);
    expect(() => resolvePlugin(".", folder)).toThrow(/the folder is no package/);
    write("node_modules/unbuilt/package.json", '{ "name": "unbuilt", "exports": "./dist/index.js" }');
    expect(() => resolvePlugin("unbuilt", folder)).toThrow(
      /unbuilt\/package\.json: the package 'unbuilt' has no module[\s\S]*is the package built/,
    );
  });
});

describe("a package", () => {
  it.each([
    ["{}", "index.js"],
    ['{ "main": "lib.js" }', "lib.js"],
    ['{ "exports": "./a.js" }', "a.js"],
    ['{ "exports": { "types": "./a.d.ts", "import": "./a.js" } }', "a.js"],
    ['{ "exports": { ".": { "require": "./a.cjs", "node": { "import": "./a.js" } } } }', "a.js"],
  ])("of %s is its module %s", (described, entry) => {
    const found = join(folder, "node_modules/@me/package");
    rmSync(found, { recursive: true, force: true });
    write("node_modules/@me/package/package.json", JSON.stringify({ name: "@me/package", version: "2.1.0", ...JSON.parse(described) }));
    write(`node_modules/@me/package/${entry}`, "");
    // From a folder within as well.
    expect(resolvePlugin("@me/package", join(folder, "deep/within"))).toEqual({
      file: join(found, entry),
      name: "@me/package",
      version: "2.1.0",
    });
  });

  it("gives a module within it by its path", () => {
    write("node_modules/parts/package.json", '{ "name": "parts", "exports": { "./searcher": "./s.js" } }');
    write("node_modules/parts/s.js", "");
    expect(resolvePlugin("parts/searcher", folder).file).toBe(join(folder, "node_modules/parts/s.js"));
    expect(() => resolvePlugin("parts", folder)).toThrow(/'exports' with "\."/);
  });
});

describe("a plugin that is loaded", () => {
  const file = write(
    "walk.mjs",
    searcher(
      "walk",
      "{ stride: z.int().optional() }",
      "(_, { stride = 1 }) => ({ name: 'walk', batch: stride, ask: () => [], tell() {} })",
    ),
  );
  let identity: PluginIdentity;

  it("stands in the tables, once, and is known by its content", async () => {
    identity = await loadPlugin("./walk.mjs", folder);
    expect(identity).toEqual({ name: "walk", contentHash: contentHashOf(file), file });
    expect(await loadPlugin("./walk.mjs", folder)).toEqual(identity);
    expect(searcherNames.filter((name) => name === "walk")).toEqual(["walk"]);
    const options: SearcherOptions<readonly number[]> = { space: toySpace([2]), rng: createRng(0), objectives: 1, evaluations: 5 };
    expect(createSearcher("walk", options, { stride: 3 }).batch).toBe(3);
    expect(() => createSearcher("walk", options, { strid: 3 })).toThrow(/unknown key 'strid'/);
  });

  it("is loaded for a stored experiment only as it was", async () => {
    await loadPluginsOf({ plugins: [identity] });
    await loadPluginsOf({});
    await expect(loadPluginsOf({ plugins: [{ ...identity, file: join(folder, "gone.mjs") }] })).rejects.toThrow(
      /gone\.mjs: the plugin 'walk' that this was made with is gone/,
    );
    writeFileSync(file, searcher("walk", "{}"));
    await expect(loadPluginsOf({ plugins: [identity] })).rejects.toThrow(
      /the plugin 'walk' has changed since[\s\S]*expected: the plugin as it was: content/,
    );
    await expect(loadPlugin("./walk.mjs", folder)).rejects.toThrow(/another plugin 'walk' is loaded in this program/);
  });
});

it("the content of a plugin is that of all files that it imports by relative paths", () => {
  const entry = write(
    "content/entry.ts",
    'import { a } from "./a.js";\nexport * from "../shared";\nconst later = () => import("./later.mjs");\n',
  );
  write("content/a.ts", 'import "./b.ts";\n');
  write("content/b.ts", "");
  write("content/later.mjs", "import x from 'somewhere';\n");
  write("shared/index.js", "");
  const before = contentHashOf(entry);
  for (const name of ["content/entry.ts", "content/a.ts", "content/b.ts", "content/later.mjs", "shared/index.js"]) {
    write(
      name,
      "// changed\n" +
        (name.endsWith("entry.ts")
          ? 'import "./a.js"; import "../shared"; import("./later.mjs");'
          : name.endsWith("/a.ts")
            ? 'import "./b.ts";'
            : ""),
    );
    expect(contentHashOf(entry), name).not.toBe(before);
  }
  const now = contentHashOf(entry);
  write("content/unrelated.js", "");
  expect(contentHashOf(entry)).toBe(now);
});
