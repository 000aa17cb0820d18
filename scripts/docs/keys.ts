/** The reference of an experiment's keys: their types, limits and defaults, from the schema that reads the YAML. */
import { deviceProfileJsonSchema, experimentJsonSchema, type JsonSchema, spaceJsonSchema } from "@archwright/core";
import { code, page, table } from "./markdown.ts";

/** As much of JSON Schema as these are written in. */
interface Schema extends JsonSchema {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** A list of schemas is a tuple's. */
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const asYaml = (value: unknown) => code(JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": "));

function limits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const low = minimum !== undefined ? `≥ ${minimum}` : exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : "";
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `≤ ${maximum}` : "";
  const high = most || (exclusiveMaximum !== undefined ? `< ${exclusiveMaximum}` : "");
  return [low, high].filter(Boolean).join(", ");
}

const names: Readonly<Record<string, string>> = { integer: "whole number", number: "number", string: "text", boolean: "true or false" };

/** The alternatives that a value has, those of alternatives included. */
function alternatives(schema: Schema): readonly Schema[] {
  // Where a text is said to be one of some, or any other, the alternatives are there for editors to complete.
  const inner = schema.type === undefined ? (schema.anyOf ?? schema.oneOf) : undefined;
  return inner ? inner.flatMap(alternatives) : [schema];
}

const isTuple = (items: Schema["items"]): items is readonly Schema[] => Array.isArray(items);

/** What a value is, in words. */
function inWords(schema: Schema): string {
  const options = alternatives(schema);
  if (options.length > 1) {
    const [first = "", ...others] = new Set(options.map(inWords));
    return [first, ...others.map((other) => (other === `list of ${first}` ? "a list of such" : other))].join(", or ");
  }
  const only = options[0] ?? schema;
  if (only.const !== undefined) return asYaml(only.const);
  if (only.enum) return only.enum.map(asYaml).join(", ");
  if (only.examples) return `a quantity, such as ${only.examples.map(asYaml).join(", ")}`;
  if (Array.isArray(only.type)) return only.type.map((type: string) => names[type] ?? type).join(", or ");
  if (isTuple(only.items)) return `list of ${only.items.length}: ${[...new Set(only.items.map(inWords))].join(", ")}`;
  if (only.type === "array") return only.items ? `list of ${inWords(only.items)}` : "list";
  if (only.type === "object") return "mapping";
  return [names[String(only.type)] ?? "text", limits(only)].filter(Boolean).join(" ");
}

type Row = readonly [key: string, type: string, otherwise: string, meaning: string];

/** The keys of a mapping and of what is inside of it; mappings that are told apart by a word get that word in their path. */
function rowsOf(schema: Schema, path: string): Row[] {
  return alternatives(schema).flatMap((option): Row[] => {
    if (isTuple(option.items)) return [];
    if (option.items) return rowsOf(option.items, `${path}[]`);
    const { properties = {}, required = [] } = option;
    const told = Object.entries(properties).find(([key, { const: word }]) => ["kind", "name", "type"].includes(key) && word !== undefined);
    const here = told ? `${path}{${String(told[1].const)}}` : path;
    return Object.entries(properties).flatMap(([key, value]): Row[] => {
      if (told?.[0] === key) return [];
      const place = here === "" ? key : `${here}.${key}`;
      const otherwise = required.includes(key) ? "must be given" : value.default !== undefined ? asYaml(value.default) : "–";
      return [[place, inWords(value), otherwise, value.description ?? ""], ...rowsOf(value, place)];
    });
  });
}

const keyTable = (rows: readonly Row[]) =>
  table(
    ["key", "what it is", "default", ""],
    rows.map(([name, ...rest]) => [code(name), ...rest]),
  );

/** How the tables are read. */
const notation =
  "`a.b` is key `b` of the mapping `a`, `a[]` an entry of the list `a`, `a{idx}` the mapping `a` of that `kind`, `name` or `type`. A dash as the default: nothing, or chosen by the program.";

const sections: Readonly<Record<string, string>> = {
  dataset: "../experiments.md#datasets",
  training: "../experiments.md#training",
  evaluator: "../own-training.md",
  probe: "../experiments.md#linear-probes",
  accuracy: "../experiments.md#tables",
  space: "../../configs/spaces/README.md",
  devices: "../experiments.md#devices-and-budgets",
  objectives: "../experiments.md#objectives",
  search: "../experiments.md#search",
  limits: "../experiments.md#limits",
};

export function experimentKeys(): string {
  const groups = new Map<string, Row[]>();
  for (const row of rowsOf(experimentJsonSchema(), "")) {
    const first = /^\w+/.exec(row[0])?.[0] ?? "";
    const group = sections[first] ? first : "general";
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return page(
    "Keys of an experiment",
    `Every key that an experiment may have. ${notation} Units, names and keys that exclude each other are checked too; the messages of \`archwright search\` say where and what to write instead.`,
    ...[...groups].map(([key, rows]) =>
      [`## ${key}`, ...(sections[key] ? [`[More about it](${sections[key]})`] : []), keyTable(rows)].join("\n\n"),
    ),
  );
}

export function deviceKeys(): string {
  return page(
    "Keys of a device profile",
    `Every key that a profile may have. ${notation} [planners](../../configs/devices/README.md#planners).`,
    keyTable(rowsOf(deviceProfileJsonSchema(), "")),
  );
}

export function spaceKeys(): string {
  return page(
    "Keys of a search space",
    `Every key that a space may have, by its \`name\`. ${notation} [blocks and choices](../../configs/spaces/README.md).`,
    keyTable(rowsOf(spaceJsonSchema(), "space")),
  );
}
