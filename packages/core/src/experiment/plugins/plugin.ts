/** What a plugin exports: rows for the tables of algorithms, spaces, kinds of device and of evaluators. */
import { z } from "zod";
import { checkInput, InputError } from "../../base/index.ts";
import type { DeviceKind, SpecOfKind } from "../../devices/kinds/index.ts";
import type { SearcherKind } from "../../search/index.ts";
import type { SpaceKind } from "../../spaces/index.ts";
import type { EvaluatorKind, OpenEvaluator, SpecOfEvaluator } from "../evaluators/index.ts";

/** A kind of evaluator with what carries it out on a worker: `open` is needed where the kind runs on one. */
export interface PluginEvaluator {
  readonly kind: EvaluatorKind<SpecOfEvaluator>;
  readonly open?: OpenEvaluator;
}

/**
 * What a plugin's module exports as default. Each row is what a built-in one is, and is held by the same conformance suite
 * (`@archwright/core/testing`). Rows must be deterministic: no clock, no random numbers but those they are given.
 */
export interface Plugin {
  /** By default the package's, or the file's. */
  readonly name?: string;
  /** By default the package's. */
  readonly version?: string;
  readonly searchers?: readonly SearcherKind[];
  readonly spaces?: readonly SpaceKind[];
  readonly devices?: readonly DeviceKind<SpecOfKind>[];
  readonly evaluators?: readonly PluginEvaluator[];
}

/** The plugin itself: gives its author types. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/** The row of an evaluator of a plugin: what `kind` keeps is what `open` is given. */
export function definePluginEvaluator<Spec extends SpecOfEvaluator>(
  kind: EvaluatorKind<Spec>,
  open?: OpenEvaluator<Spec>,
): PluginEvaluator {
  return { kind: kind as unknown as EvaluatorKind<SpecOfEvaluator>, ...(open ? { open: open as unknown as OpenEvaluator } : {}) };
}

/** The row of a kind of device of a plugin. */
export function definePluginDevice<Spec extends SpecOfKind>(kind: DeviceKind<Spec>): DeviceKind<SpecOfKind> {
  return kind as unknown as DeviceKind<SpecOfKind>;
}

const text = z.string().min(1);
const made = (expected: string, is: (value: unknown) => boolean) =>
  z.custom<unknown>((value) => is(value), { error: `is not ${expected}`, params: { expected } });
const method = made("a function", (value) => typeof value === "function");
const list = made("a list", Array.isArray);
const definition = (value: unknown) => (value as { _zod?: { def?: { type?: unknown } } } | undefined)?._zod?.def?.type;
const object = made("an object schema of zod 4: z.strictObject({ … })", (value) => definition(value) === "object");
const keys = made("keys with schemas of zod 4", (value) => {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((schema) => definition(schema) !== undefined);
});

const pluginSchema = z.strictObject({
  name: text.optional(),
  version: text.optional(),
  searchers: z.array(z.looseObject({ name: text, settings: object, create: method, plan: method })).optional(),
  spaces: z.array(z.looseObject({ name: text, description: text, settings: object, create: method })).optional(),
  devices: z
    .array(
      z.looseObject({
        ...{ kind: text, keys, names: list, resolve: method, checkKnows: method, decides: method, describe: method, limits: method },
        ...{ open: method, gates: list, restricts: z.boolean(), latencyIs: z.enum(["predicted", "looked up"]), hints: z.boolean() },
      }),
    )
    .optional(),
  evaluators: z
    .array(
      z.strictObject({
        kind: z.looseObject({
          ...{ kind: text, keys, chosenBy: text, meaning: z.looseObject({ text, example: text }), runs: z.enum(["worker", "controller"]) },
          ...{ verb: z.enum(["trained", "looked up", "probed"]), tests: z.boolean(), resolve: method, inWords: method, stages: method },
          ...{ decides: method, describe: method },
        }),
        open: method.optional(),
      }),
    )
    .optional(),
});

/** What a module exported, if it is a plugin. @throws InputError saying what in it was expected. */
export function checkPlugin(exported: unknown, file: string): Plugin {
  if (typeof exported !== "object" || exported === null) {
    throw new InputError("the module is no plugin: it has no default export", {
      place: { file },
      expected: "export default definePlugin({ searchers: […], spaces: […], devices: […], evaluators: […] })",
    });
  }
  checkInput(pluginSchema, exported, () => ({ file }));
  const plugin = exported as Plugin;
  if (![plugin.searchers, plugin.spaces, plugin.devices, plugin.evaluators].some((rows) => rows && rows.length > 0)) {
    throw new InputError("the plugin is empty", {
      place: { file },
      expected: "'searchers', 'spaces', 'devices' or 'evaluators' with one row at least",
    });
  }
  return plugin;
}
