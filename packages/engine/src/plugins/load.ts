/** Loads plugins into this process: those that an experiment names, and those that a stored run was made with. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { checkPlugin, type Experiment, InputError, type PluginIdentity, pluginInWords, registerPlugin } from "@archwright/core";
import { contentHashOf } from "./contents.ts";
import { resolvePlugin } from "./resolve.ts";

/**
 * Loads a plugin as an experiment or a command line names it, and puts its rows into the tables.
 * @param folder from which the name is looked up: the folder of the experiment's file.
 * @throws InputError where there is none, or it is none.
 */
export async function loadPlugin(written: string, folder: string): Promise<PluginIdentity> {
  const { file, ...found } = resolvePlugin(written, folder);
  const contentHash = contentHashOf(file);
  const plugin = checkPlugin(await defaultExport(file), file);
  const { name = found.name, version = found.version } = plugin;
  const identity = { name, ...(version === undefined ? {} : { version }), contentHash, file };
  registerPlugin(identity, plugin);
  return identity;
}

/**
 * Loads the plugins that a stored experiment was made with, from where they were.
 * @throws InputError where one is gone or changed: what is shown or trained then would be something else.
 */
export async function loadPluginsOf({ plugins = [] }: Pick<Experiment, "plugins">): Promise<void> {
  for (const identity of plugins) {
    const { name, file, contentHash } = identity;
    const expected = `the plugin as it was: ${pluginInWords(identity)}`;
    if (!existsSync(file)) throw new InputError(`the plugin '${name}' that this was made with is gone`, { place: { file }, expected });
    const now = contentHashOf(file);
    if (now !== contentHash) {
      throw new InputError(`the plugin '${name}' has changed since: its content is now ${now.slice(0, 12)}`, { place: { file }, expected });
    }
    registerPlugin(identity, checkPlugin(await defaultExport(file), file));
  }
}

async function defaultExport(file: string): Promise<unknown> {
  try {
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    if (error instanceof InputError) throw error.at({ file });
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new InputError(`Node.js ${process.versions.node} does not read TypeScript`, {
        place: { file },
        expected: "JavaScript, Node.js 22.18 or newer, or a loader",
        suggestion: "NODE_OPTIONS='--import tsx'",
      });
    }
    throw new InputError(`the plugin cannot be loaded: ${String(message ?? error)}`, { place: { file } });
  }
}
