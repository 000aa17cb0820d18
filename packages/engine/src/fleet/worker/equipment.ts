/** Gives experiments what this worker has of its own. */
import { InputError, type Json } from "@archwright/core/base";
import {
  type Experiment,
  evaluatorKindOf,
  evaluatorKindSchema,
  type PluginIdentity,
  pluginInWords,
  type WorkerPrograms,
} from "@archwright/core/experiment";

/** Of a worker that evaluates with no program of its own. */
export const noPrograms: WorkerPrograms = { commands: {}, folder: "", workFolder: "" };

/**
 * An experiment as this worker carries it out. What came with it is data from the Redis, where anybody may have written it: a program
 * that it names is looked up among the worker's own, and nothing else is started.
 * @throws InputError where the worker lacks what the evaluator needs.
 */
export function equipExperiment(json: Json, programs: WorkerPrograms): Json {
  const evaluator =
    typeof json === "object" && json !== null && "evaluator" in json ? (json as unknown as Experiment).evaluator : undefined;
  if (!evaluatorKindSchema.safeParse(evaluator?.kind).success || evaluator === undefined) return json;
  const equipped = evaluatorKindOf(evaluator).equipped?.(evaluator, programs);
  return equipped === undefined ? json : ({ ...(json as object), evaluator: equipped } as unknown as Json);
}

/**
 * An experiment with this worker's plugins in place of those that it names. No code travels, and no path that came with it is opened.
 * @throws InputError where the worker was started without one of them, or with another content of it.
 */
export function withOwnPlugins(json: Json, { plugins: own = [] }: Pick<WorkerPrograms, "plugins">): Json {
  if (typeof json !== "object" || json === null || !("plugins" in json)) return json;
  const { plugins: named, ...rest } = json as unknown as Experiment;
  if (!Array.isArray(named)) return rest as unknown as Json;
  const plugins = named.map((plugin: Partial<PluginIdentity>) => {
    const name = String(plugin?.name);
    const known = own.find((one) => one.name === name);
    if (known && known.contentHash === plugin.contentHash && known.version === plugin.version) return known;
    throw new InputError(
      known
        ? `this worker's plugin '${name}' (${pluginInWords(known)}) is not the experiment's (${pluginInWords({ contentHash: "", ...plugin })})`
        : `this worker has no plugin '${name}', and no code travels`,
      { expected: "workers that were started with --plugin and the same plugin: a path, or the name of a package" },
    );
  });
  return { ...rest, ...(plugins.length > 0 ? { plugins } : {}) } as unknown as Json;
}
