/** Settings drawn from what an algorithm accepts: the lottery that its user plays. */
import { z } from "zod";
import { InputError, type Rng } from "../../base/index.ts";
import { plannedSettings, type SearcherSettings, settingSchemas, settingsOf } from "../searchers.ts";

/** As much of JSON Schema as settings need. */
interface SettingSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SettingSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** Draws before an algorithm counts as one that has no more different settings. */
const triesPerSetting = 50;

/**
 * Up to `count` different settings of an algorithm, each setting drawn on its own from the range that its schema allows: yes or no, one
 * of a list, or a number. Numbers are log-uniform where the range spans a factor of eight and more, otherwise uniform. A whole number
 * without an upper bound goes up to the number of evaluations, any other up to four times its default. What is no such setting keeps its
 * default, and settings that the algorithm treats alike count once; so an algorithm without settings gives one.
 * @param accepts whether the algorithm takes these together.
 */
export function drawSettings(
  algorithm: string,
  evaluations: number,
  count: number,
  rng: Rng,
  accepts: (settings: SearcherSettings) => boolean = () => true,
): SearcherSettings[] {
  const usual = plannedSettings(algorithm, {}, evaluations);
  const schemas = (settingsOf(algorithm, evaluations) ?? []).map((name) => [name, jsonSchema(settingSchemas[name] as z.ZodType)] as const);
  const drawn = new Map<string, SearcherSettings>();
  for (let tries = 0; drawn.size < count && tries < triesPerSetting * count; tries++) {
    const settings = Object.fromEntries(
      schemas.flatMap(([name, schema]) => {
        const value = draw(schema, usual[name], evaluations, rng);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    if (!accepts(settings)) continue;
    const planned = JSON.stringify(plannedSettings(algorithm, settings, evaluations));
    if (!drawn.has(planned)) drawn.set(planned, settings);
  }
  return [...drawn.values()];
}

/** Whether a function takes something: an InputError says that it does not. */
export function isTaken(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function jsonSchema(schema: z.ZodType): SettingSchema {
  return z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }) as SettingSchema;
}

function draw(schema: SettingSchema, usual: unknown, evaluations: number, rng: Rng): unknown {
  if (schema.anyOf) return draw(rng.pick(schema.anyOf), usual, evaluations, rng);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return rng.pick(schema.enum);
  if (schema.type === "boolean") return rng.int(2) === 1;
  if (schema.type !== "integer" && schema.type !== "number") return undefined;
  const whole = schema.type === "integer";
  const low = schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + (whole ? 1 : 0));
  const bound = schema.maximum ?? (schema.exclusiveMaximum === undefined ? undefined : schema.exclusiveMaximum - (whole ? 1 : 0));
  const bounded = bound !== undefined && bound < Number.MAX_SAFE_INTEGER;
  const high = bounded ? bound : whole ? Math.max(low, evaluations) : Math.max(low, 4 * (typeof usual === "number" ? usual : 1));
  const least = low > Number.MIN_SAFE_INTEGER ? low : 0;
  const logarithmic = least > 0 && high >= 8 * least;
  if (!whole) return logarithmic ? least * (high / least) ** rng.next() : least + (high - least) * rng.next();
  return logarithmic ? Math.min(high, Math.floor(least * ((high + 1) / least) ** rng.next())) : least + rng.int(high - least + 1);
}
