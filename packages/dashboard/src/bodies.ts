/** What is sent as JSON: texts in YAML with options, and options that need not be there. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HttpError } from "./errors.ts";

/** A YAML text beside options. */
export function yamlBody<Shape extends z.ZodRawShape>(options: Shape) {
  const schema = z.object({ yaml: z.string(), ...options });
  return { body: { required: true, content: { "application/json": { schema } } } } as const;
}

/** The JSON of a body that need not be there. @throws HttpError 400 */
export async function optionalJson<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await context.req.text();
  let value: unknown;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    throw new HttpError(400, "usage", "the content is not JSON");
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new HttpError(400, "usage", `the content's '${issue?.path.join(".")}' cannot be used`, { expected: issue?.message ?? null });
}
