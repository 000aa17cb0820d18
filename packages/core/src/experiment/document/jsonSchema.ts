/** The JSON Schema of an experiment's YAML, by which editors complete and check it. */
import type { z } from "zod";
import { inputJsonSchema, type JsonSchema } from "../../base/index.ts";
import { costTerms } from "../../devices/index.ts";
import { reservedDeviceNames } from "../../devices/kinds/index.ts";
import { needsFidelities, searcherNames, searchers, settingSchemas } from "../../search/index.ts";
import { spaceNames } from "../../spaces/index.ts";
import { evaluatorRows } from "../evaluators/index.ts";
import { isCost, metricNames, metrics } from "../metrics.ts";
import { experimentSchemaNow, written } from "./schema.ts";

/** Names that editors complete beside those that core knows by itself. */
export interface KnownNames {
  /** Of the library. */
  readonly devices?: readonly string[];
  /** Of spaces that are described in YAML and may be named like the built-in ones. */
  readonly spaces?: readonly string[];
}

/**
 * The JSON Schema, draft 7, of an experiment as it is written, as a plain object. It takes whatever the program takes.
 * Other devices than those named are allowed: users add their own.
 */
export function experimentJsonSchema({ devices = [], spaces = [] }: KnownNames = {}): JsonSchema {
  const deviceNames = [...reservedDeviceNames, ...devices];
  const algorithms = searcherNames.filter((name) => !needsFidelities(name));
  const schema = inputJsonSchema(experimentSchemaNow(), {
    title: "Archwright experiment",
    description: "Which networks are tried, on what they learn, and what they may cost.",
    additions: new Map<unknown, JsonSchema>([
      ...Object.entries(settingSchemas).map(([name, schema]) => [schema, { description: meaningOf(name, schema) }] as const),
      [written.algorithm, { enum: algorithms }],
      [written.device, suggestions(deviceNames)],
      [written.deviceOfEntry, suggestions(deviceNames)],
      [written.objective, suggestions(objectivesOn(deviceNames))],
      [written.space, { anyOf: [{ enum: [...spaceNames, ...spaces] }, { pattern: "\\.ya?ml$" }] }],
    ]),
  });
  const properties = schema.properties as Readonly<Record<string, JsonSchema>>;
  return {
    ...schema,
    properties: { ...properties, search: { ...properties.search, allOf: algorithms.flatMap(settingsOfOthers) } },
    oneOf: evaluatorRows.map(({ chosenBy, meaning }) => ({ required: [chosenBy], description: meaning.text })),
  };
}

function meaningOf(name: string, { description = "" }: z.ZodType): string {
  const algorithms = searchers.filter(({ settings }) => Object.hasOwn(settings.shape, name)).map((searcher) => searcher.name);
  return `${description} Of ${algorithms.join(", ")}.`.trim();
}

/** Editors complete these, and take any other text. */
function suggestions(names: readonly string[]): JsonSchema {
  return { anyOf: [{ enum: names }, {}] };
}

/** Every objective that can be written without a program's own numbers. */
function objectivesOn(devices: readonly string[]): readonly string[] {
  const costs = Object.values(costTerms).map(({ yaml }) => yaml);
  const ofNetworks = metrics.filter((metric) => !isCost(metric)).map((metric) => metricNames[metric].yaml);
  return [...ofNetworks, ...costs, ...devices.flatMap((device) => costs.map((cost) => `${cost}@${device}`))];
}

/** An algorithm is given its own settings only; which are those of `default` depends on the number of evaluations. */
function settingsOfOthers(algorithm: string): readonly JsonSchema[] {
  const own = searchers.find(({ name }) => name === algorithm)?.settings.shape;
  if (!own) return [];
  const others = Object.keys(settingSchemas).filter((name) => !Object.hasOwn(own, name));
  return [
    {
      if: { properties: { algorithm: { const: algorithm } }, required: ["algorithm"] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, and nothing that is awaited.
      then: { properties: Object.fromEntries(others.map((name) => [name, false])) },
    },
  ];
}
