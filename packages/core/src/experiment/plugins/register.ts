/** The plugins of this process: their rows stand in the tables beside the built-in ones, and each belongs to a plugin. */
import { z } from "zod";
import { InputError } from "../../base/index.ts";
import { addDeviceKind, deviceKeys, deviceRows, reservedDeviceNames } from "../../devices/kinds/index.ts";
import { addSearcher, type SearcherKind, searcherNames, settingSchemas } from "../../search/index.ts";
import { addSpace, spaceNames } from "../../spaces/index.ts";
import { addEvaluatorKind, evaluatorRows } from "../evaluators/index.ts";
import type { PluginIdentity } from "./identity.ts";
import type { Plugin } from "./plugin.ts";

interface Registered {
  readonly identity: PluginIdentity;
  readonly plugin: Plugin;
}

const registered = new Map<string, Registered>();

/** Keys of `search` and of an experiment that no plugin may have. */
const searchKeys = ["algorithm", "mode", "evaluations", "time", "candidates", "start", "warm_start"];
const experimentKeys = ["name", "seed", "plugins", "space", "devices", "objectives", "search", "limits"];
const entryKeys = ["name", "format", "budgets"];

/**
 * Puts a plugin's rows into the tables of this process, once.
 * @throws InputError where a name is taken, or the process has other content of this plugin: modules are loaded once.
 */
export function registerPlugin(identity: PluginIdentity, plugin: Plugin): void {
  const known = registered.get(identity.name);
  if (known?.identity.contentHash === identity.contentHash) return;
  if (known) {
    throw new InputError(`another plugin '${identity.name}' is loaded in this program: ${known.identity.file}`, {
      place: { file: identity.file },
      expected: "the same file, unchanged since the program began; or another name; or the program started again",
    });
  }
  const taken = conflicts(plugin);
  if (taken !== undefined) throw new InputError(`the plugin '${identity.name}' has ${taken}`, { place: { file: identity.file } });
  for (const searcher of plugin.searchers ?? []) addSearcher(searcher);
  for (const space of plugin.spaces ?? []) addSpace(space);
  for (const device of plugin.devices ?? []) addDeviceKind(device);
  for (const { kind, open } of plugin.evaluators ?? []) addEvaluatorKind(kind, open);
  registered.set(identity.name, { identity, plugin });
}

/** What of a plugin cannot stand beside what is there; undefined where all can. */
function conflicts({ searchers = [], spaces = [], devices = [], evaluators = [] }: Plugin): string | undefined {
  for (const searcher of searchers) {
    if (searcherNames.includes(searcher.name)) return `an algorithm '${searcher.name}', and there is one already`;
    const setting = settingConflict(searcher);
    if (setting !== undefined) return setting;
  }
  for (const { name } of spaces) if (spaceNames.includes(name)) return `a space '${name}', and there is one already`;
  for (const { kind, keys, names, library } of devices) {
    if (deviceRows.some((row) => row.kind === kind)) return `a kind of device '${kind}', and there is one already`;
    if (library) return `a kind of device '${kind}' with files of its own, which the library does not keep for plugins`;
    const key = Object.keys(keys).find((key) => entryKeys.includes(key) || Object.hasOwn(deviceKeys(), key));
    if (key !== undefined) return `a kind of device '${kind}' with the key '${key}', which is taken`;
    const name = names.find((name) => reservedDeviceNames.includes(name));
    if (name !== undefined) return `a kind of device '${kind}' called '${name}', which is taken`;
    if (Object.keys(keys).length + names.length === 0) return `a kind of device '${kind}' that nothing asks for: no keys and no names`;
  }
  for (const { kind: row, open } of evaluators) {
    const { kind, keys, chosenBy, runs } = row;
    if (evaluatorRows.some((other) => other.kind === kind)) return `a kind of evaluator '${kind}', and there is one already`;
    const key = Object.keys(keys).find(
      (key) => experimentKeys.includes(key) || evaluatorRows.some((other) => Object.hasOwn(other.keys, key)),
    );
    if (key !== undefined) return `a kind of evaluator '${kind}' with the key '${key}', which is taken`;
    if (!Object.hasOwn(keys, chosenBy)) return `a kind of evaluator '${kind}' that is chosen by '${chosenBy}', which is none of its keys`;
    if (runs === "worker" && open === undefined) return `a kind of evaluator '${kind}' that runs on workers without 'open'`;
    if (runs === "controller" && row.open === undefined)
      return `a kind of evaluator '${kind}' that runs in the controller without 'kind.open'`;
  }
  return undefined;
}

/** Settings stand side by side in an experiment: one name has one meaning. */
function settingConflict({ name, settings }: SearcherKind): string | undefined {
  for (const [key, schema] of Object.entries(settings.shape)) {
    if (searchKeys.includes(key)) return `an algorithm '${name}' with the setting '${key}', which every search has`;
    const known = settingSchemas[key];
    if (known && form(known) !== form(schema as z.ZodType)) {
      return `an algorithm '${name}' with the setting '${key}', which other algorithms have with another meaning: ${form(known)}`;
    }
  }
  return undefined;
}

function form(schema: z.ZodType): string {
  const { description: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return JSON.stringify(rest);
}

/** Names of what an experiment uses. */
export interface UsedKinds {
  readonly searcher: string;
  readonly space: string;
  readonly evaluator: string;
  readonly devices: readonly string[];
}

/** What a process has of a plugin may be used by experiments only that name it. @throws InputError */
export function checkPluginsNamed(named: readonly PluginIdentity[], { searcher, space, evaluator, devices }: UsedKinds): void {
  for (const { identity, plugin } of registered.values()) {
    if (named.some(({ name }) => name === identity.name)) continue;
    const used =
      plugin.searchers?.some(({ name }) => name === searcher) ||
      plugin.spaces?.some(({ name }) => name === space) ||
      plugin.evaluators?.some(({ kind }) => kind.kind === evaluator) ||
      plugin.devices?.some(({ kind }) => devices.includes(kind));
    if (used)
      throw new InputError(`something of the plugin '${identity.name}' is used, and the experiment does not name it`, {
        expected: "'plugins' with it",
      });
  }
}

/** Whether workers need a plugin: one that only has algorithms is for the controller alone. */
export function isNeededOnWorkers({ name }: PluginIdentity): boolean {
  const { spaces = [], devices = [], evaluators = [] } = registered.get(name)?.plugin ?? {};
  return registered.get(name) === undefined || spaces.length + devices.length + evaluators.length > 0;
}
