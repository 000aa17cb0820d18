/** Finds the module that a plugin's name or path means, from the folder of who names it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { InputError } from "@archwright/core/base";

/** A module, and the package that it stands for. */
export interface FoundPlugin {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** Of the package; absent for a file by itself. */
  readonly version?: string;
}

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

/**
 * @param written a path (`./mine.js`, a file or the folder of a package), or the name of a package that is installed for the folder.
 * @throws InputError where there is none.
 */
export function resolvePlugin(written: string, folder: string): FoundPlugin {
  if (/^\.{1,2}([\\/]|$)/.test(written) || isAbsolute(written)) return byPath(resolve(folder, written), written);
  const [, name = written, subpath = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(written) ?? [];
  for (const modules of createRequire(join(folder, "_")).resolve.paths(name) ?? []) {
    const found = join(modules, name);
    if (existsSync(join(found, "package.json"))) return ofPackage(found, `.${subpath}`);
  }
  throw new InputError(`there is no package '${name}' for a plugin`, {
    expected: `a package that is installed in ${folder} or above, or a path that begins with ./`,
    ...(existsSync(resolve(folder, written)) ? { suggestion: `./${written}` } : {}),
  });
}

function byPath(path: string, written: string): FoundPlugin {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new InputError(`there is no plugin at '${written}'`, { expected: `a file: ${path}` });
  if (stats.isDirectory()) return ofPackage(path, ".");
  return { file: path, name: basename(path, extname(path)) };
}

function ofPackage(folder: string, subpath: string): FoundPlugin {
  const file = join(folder, "package.json");
  if (!existsSync(file))
    throw new InputError("the folder is no package", { place: { file: folder }, expected: "a package.json in it, or the path of a file" });
  let described: PackageJson;
  try {
    described = JSON.parse(readFileSync(file, "utf8")) as PackageJson;
  } catch (error) {
    throw new InputError(`not valid JSON: ${(error as Error).message}`, { place: { file } });
  }
  const { name = basename(folder), version, exports, main } = described;
  const target = exports === undefined ? (subpath === "." ? (main ?? "index.js") : subpath) : exported(exports, subpath);
  const entry = target === undefined ? undefined : join(folder, target);
  if (entry === undefined || !existsSync(entry)) {
    throw new InputError(`the package '${name}' has no module ${subpath === "." ? "of its own" : `'${subpath}'`}`, {
      place: { file },
      expected: entry === undefined ? `'exports' with "${subpath}"` : `the file ${entry}: is the package built?`,
    });
  }
  return { file: entry, name, ...(version === undefined ? {} : { version }) };
}

/** What `exports` of a package gives for a path within it, as Node's `import` reads it; patterns with `*` are not looked at. */
function exported(exports: unknown, subpath: string): string | undefined {
  if (typeof exports === "string") return subpath === "." ? exports : undefined;
  if (typeof exports !== "object" || exports === null) return undefined;
  const entries = exports as Readonly<Record<string, unknown>>;
  if (Object.keys(entries).some((key) => key.startsWith("."))) return conditional(entries[subpath]);
  return subpath === "." ? conditional(entries) : undefined;
}

function conditional(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (typeof target !== "object" || target === null) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!["node", "import", "module-sync", "default"].includes(condition)) continue;
    const found = conditional(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Files that a module's relative import may mean: TypeScript writes `./x.js` for `./x.ts`. */
export function importedFile(from: string, imported: string): string | undefined {
  const path = resolve(dirname(from), imported);
  const tries = [path, path.replace(/\.([cm]?)js$/, ".$1ts"), `${path}.js`, `${path}.ts`, join(path, "index.js"), join(path, "index.ts")];
  return tries.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}
