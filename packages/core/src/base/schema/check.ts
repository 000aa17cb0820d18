/** Checks of what people wrote against a schema, with messages that say what to write instead. */
import type { z } from "zod";
import { InputError, type Place } from "../errors.ts";
import { nearestSpelling } from "../nearest.ts";

/** The steps from the top of a document to a value: keys of mappings, positions in lists. */
export type Path = readonly PropertyKey[];

/** Where a value stands. `part` asks for the place of the key that leads to it instead of the value's own. */
export type Locate = (path: Path, part: "key" | "value") => Place | undefined;

type Issue = z.core.$ZodIssue;

/**
 * Checks data that was written by people against a schema and gives the parsed value.
 * @throws InputError for the first thing wrong (misspelt keys before all else, because they also look like missing ones).
 */
export function checkInput<T>(schema: z.ZodType<T>, value: unknown, locate: Locate = () => undefined): T {
  const checked = findProblems(schema, value, locate);
  if ("value" in checked) return checked.value;
  throw checked.problems[0];
}

/** What became of data that was checked: what it stands for, or all that is wrong with it, one problem at least. */
export type Checked<T> = { readonly value: T } | { readonly problems: readonly [InputError, ...InputError[]] };

/** As {@link checkInput}, for those who want to know of everything that is wrong. Misspelt keys come first. */
export function findProblems<T>(schema: z.ZodType<T>, value: unknown, locate: Locate = () => undefined): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const issues = result.error.issues.map((issue) => innermost(issue, value)).flatMap(eachKey);
  const sorted = [...issues].sort((a, b) => misspelt(b) - misspelt(a));
  return { problems: sorted.map((issue) => explain(issue, schema, value, locate)) as [InputError, ...InputError[]] };
}

const misspelt = ({ code }: Issue) => Number(code === "unrecognized_keys");

/** An issue for each key, where several are unknown. */
function eachKey(issue: Issue): readonly Issue[] {
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];
}

/**
 * A schema whose text or number is read by a parser of ours: an InputError that the parser throws becomes an issue,
 * so that {@link checkInput} can say where it stands.
 */
export function withParser<S extends z.ZodType, T>(
  schema: S,
  parse: (value: z.output<S>) => T,
): z.ZodPipe<S, z.ZodTransform<T, z.output<S>>> {
  return schema.transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { problem, expected, suggestion, advice } = error;
      context.addIssue({ code: "custom", message: problem, params: { expected, suggestion, advice } });
      return undefined as never;
    }
  }) as unknown as z.ZodPipe<S, z.ZodTransform<T, z.output<S>>>;
}

/** `stages[2].kernel`, as people write paths. */
export function formatPath(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${String(step)}`)).join("");
}

function explain(issue: Issue, schema: z.ZodType, value: unknown, locate: Locate): InputError {
  const at = formatPath(issue.path);
  const found = valueAt(value, issue.path);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string;
    const known = keysAt(schema, issue.path, value);
    return new InputError(`unknown key '${key}'${at === "" ? "" : ` in '${at}'`}`, {
      place: locate([...issue.path, key], "key"),
      expected: known.length === 0 ? "no keys" : `one of the keys ${known.join(", ")}`,
      suggestion: nearestSpelling(key, known),
    });
  }
  const details = expectation(issue);
  if (found === undefined && issue.path.length > 0) {
    const parent = issue.path.slice(0, -1);
    const name = String(issue.path.at(-1));
    return new InputError(`the key '${name}' is missing${parent.length === 0 ? "" : ` in '${formatPath(parent)}'`}`, {
      place: locate(parent, "value"),
      expected: `'${name}': ${details.expected}`,
      suggestion: details.suggestion,
      advice: details.advice,
    });
  }
  const subject = at === "" ? "the document" : `'${at}'`;
  const problem = issue.code === "custom" ? `${at === "" ? "" : `'${at}': `}${issue.message}` : `${subject} is ${show(found)}`;
  const near = details.values && typeof found === "string" ? nearestSpelling(found, details.values) : undefined;
  return new InputError(problem, {
    place: locate(issue.path, "value"),
    expected: details.expected,
    suggestion: details.suggestion ?? near,
    advice: details.advice,
  });
}

/** Of a union's failed branches, the issue of the branch that got furthest; several that got equally far stay together. */
function innermost(issue: Issue, value: unknown): Issue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const branches = issue.errors.map((errors) => {
    const inner = (errors.find((error) => error.code === "unrecognized_keys") ?? errors[0]) as Issue;
    return innermost({ ...inner, path: [...issue.path, ...inner.path] } as Issue, value);
  });
  const found = valueAt(value, issue.path);
  // A branch that failed at the value's own type never fitted; one of the right type did, and its complaint is the useful one.
  const reach = (branch: Issue) =>
    branch.path.length * 2 + (branch.code === "invalid_type" && branch.path.length === issue.path.length ? 0 : 1);
  const furthest = Math.max(...branches.map(reach));
  const best = branches.filter((branch) => reach(branch) === furthest);
  if (best.length === 1 || furthest > issue.path.length * 2 + 1) return best[0] as Issue;
  return { ...issue, code: "invalid_union", errors: best.map((branch) => [branch]), input: found } as Issue;
}

interface Expectation {
  readonly expected: string | undefined;
  readonly suggestion?: string | undefined;
  readonly advice?: string | undefined;
  /** The spellings allowed, where there is a closed list. */
  readonly values?: readonly string[] | undefined;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping (key: value)",
  record: "a mapping (key: value)",
  array: "a list",
  tuple: "a list",
  null: "nothing",
};

const counted: Readonly<Record<string, string>> = { array: "a list of", string: "text of", object: "a mapping of", set: "a set of" };
const items: Readonly<Record<string, readonly [string, string]>> = {
  array: ["entry", "entries"],
  string: ["character", "characters"],
  object: ["key", "keys"],
  set: ["entry", "entries"],
};

function bound(origin: string, limit: number | bigint, words: string): string {
  const kind = counted[origin];
  return kind === undefined
    ? `a number of ${words} ${limit}`
    : `${kind} ${words} ${limit} ${(items[origin] as readonly string[])[Number(limit) === 1 ? 0 : 1]}`;
}

function expectation(issue: Issue): Expectation {
  switch (issue.code) {
    case "invalid_type":
      return { expected: typeNames[issue.expected] ?? issue.expected };
    case "invalid_value": {
      const values = issue.values.map(String);
      return { expected: values.length === 1 ? values[0] : `one of ${values.join(", ")}`, values };
    }
    case "too_small":
      return { expected: bound(issue.origin, issue.minimum, issue.inclusive ? "at least" : "more than") };
    case "too_big":
      return { expected: bound(issue.origin, issue.maximum, issue.inclusive ? "at most" : "less than") };
    case "not_multiple_of":
      return { expected: `a multiple of ${issue.divisor}` };
    case "invalid_format":
      return { expected: issue.message };
    case "invalid_union": {
      const options = (issue as { readonly options?: readonly unknown[] }).options?.map(String);
      if (options) return { expected: `one of ${options.join(", ")}`, values: options };
      const branches = issue.errors.flat().map((error) => expectation(error));
      const texts = [...new Set(branches.map((branch) => branch.expected).filter((text) => text !== undefined))];
      return { expected: texts.join(", or ") || undefined, values: branches.flatMap((branch) => branch.values ?? []) };
    }
    case "custom": {
      const { expected, suggestion, advice }: Partial<Record<keyof Expectation, unknown>> = issue.params ?? {};
      return {
        expected: expected === undefined ? undefined : String(expected),
        suggestion: suggestion === undefined ? undefined : String(suggestion),
        advice: advice === undefined ? undefined : String(advice),
      };
    }
    default:
      return { expected: issue.message };
  }
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `'${excerpt(value)}'` : String(value);
}

/** As much of a text as a message bears: a file that is no YAML at all may be one long text. */
function excerpt(text: string): string {
  const printable = text.replace(/\p{C}+/gu, " ");
  return printable.length <= 60 ? printable : `${printable.slice(0, 60)}…`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  );
}

/** The keys that the schema allows at a path. Of a discriminated union only the branch that the data chose counts. */
function keysAt(schema: z.core.$ZodType, path: Path, value: unknown): string[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case "object": {
      if (path.length === 0) return Object.keys(def.shape);
      const field = def.shape[String(path[0])];
      return field ? keysAt(field, path.slice(1), valueAt(value, path.slice(0, 1))) : [];
    }
    case "array":
      return path.length === 0 ? [] : keysAt(def.element, path.slice(1), valueAt(value, path.slice(0, 1)));
    case "record":
      return path.length === 0 ? [] : keysAt(def.valueType, path.slice(1), valueAt(value, path.slice(0, 1)));
    case "union": {
      const discriminator = (def as { readonly discriminator?: string }).discriminator;
      const chosen = discriminator === undefined ? [] : def.options.filter((option) => literalAt(option, discriminator, value));
      return [...new Set((chosen.length > 0 ? chosen : def.options).flatMap((option) => keysAt(option, path, value)))];
    }
    case "intersection":
      return [...keysAt(def.left, path, value), ...keysAt(def.right, path, value)];
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return keysAt(def.innerType, path, value);
    case "pipe":
      return keysAt(def.in, path, value);
    case "lazy":
      return keysAt(def.getter(), path, value);
    default:
      return [];
  }
}

function literalAt(option: z.core.$ZodType, key: string, value: unknown): boolean {
  const values = option._zod.propValues?.[key];
  return values?.has(valueAt(value, [key]) as z.core.util.Primitive) ?? false;
}
