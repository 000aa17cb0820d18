/** JSON Schemas of what people write, for editors: made from the schemas by which the program checks it. */
import { z } from "zod";

/** A JSON Schema, draft 7: the one that every editor knows. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a JSON Schema says of itself, and what it knows beyond the program's schema. */
export interface JsonSchemaDetails {
  readonly title: string;
  readonly description: string;
  /** Keywords that are added to what some of the schemas within give. */
  readonly additions?: ReadonlyMap<unknown, JsonSchema>;
}

/**
 * The JSON Schema of what a schema takes, descriptions included. What JSON Schema cannot say (refinements, parsers of text, names that
 * are looked up) is left out: it is more lenient than the schema in places, and nowhere stricter.
 */
export function inputJsonSchema(schema: z.ZodType, { title, description, additions }: JsonSchemaDetails): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: "draft-07",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      leaveOutWhatMisleads(jsonSchema);
      Object.assign(jsonSchema, additions?.get(zodSchema));
    },
  });
  return { $schema, title, description, ...rest };
}

function leaveOutWhatMisleads(json: { minimum?: unknown; maximum?: unknown; multipleOf?: unknown }): void {
  // Every whole number has these bounds, which nobody means.
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  // 0.15 is no multiple of 0.05 to those who divide in binary.
  if (!Number.isInteger(json.multipleOf)) delete json.multipleOf;
}
