/** YAML files, with the line and column of every value. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { InputError, type Place } from "../errors.ts";
import { type Checked, findProblems, type Path } from "./check.ts";

/**
 * Reads a YAML document (1.2; JSON is a part of it) and checks it against a schema.
 * @param file the name that messages give to the text.
 * @throws InputError with file, line and column, what was expected and, for a misspelt key or value, the nearest valid spelling.
 */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>): T {
  return readYaml(text, file, schema).value;
}

/**
 * A YAML text with another value at a path; comments and everything else stay as they are.
 * @throws InputError where it is not valid YAML, or has no mapping on the way.
 */
export function withYamlValue(text: string, file: string, path: readonly string[], value: string | number): string {
  const document = parseDocument(text, { prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw new InputError(`not valid YAML: ${broken.message}`, { place: { file } });
  try {
    document.setIn(path, value);
  } catch {
    throw new InputError(`'${path.join(".")}' cannot be set in it`, { place: { file }, expected: "a mapping of keys" });
  }
  return document.toString({ lineWidth: 0 });
}

/** A checked YAML document, and where its parts stand, for complaints that need more than the schema knows. */
export interface YamlDocument<T> {
  readonly value: T;
  /** Place of the value at a path; where the path ends early, of the deepest thing that exists. */
  readonly place: (path: Path) => Place;
}

/** As {@link parseYaml}, keeping the places. @throws InputError */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>): YamlDocument<T> {
  const checked = checkYaml(text, file, schema);
  if ("problems" in checked) throw checked.problems[0];
  return checked.value;
}

/** As {@link readYaml}, for those who want to know of everything that is wrong. @throws InputError where the text is no YAML at all. */
export function checkYaml<T>(text: string, file: string, schema: z.ZodType<T>): Checked<YamlDocument<T>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const broken = document.errors[0];
  if (broken?.message.includes("call stack")) throw new InputError("nested too deeply to be read", { place: placeAt(broken.pos[0]) });
  if (broken) {
    // What a path of Windows looks like to YAML.
    const expected = broken.code === "BAD_DQ_ESCAPE" ? "in double quotes a backslash doubled; or the text in single quotes" : undefined;
    throw new InputError(`not valid YAML: ${broken.message}`, { place: placeAt(broken.pos[0]), expected });
  }
  const locate = locator(document, placeAt);
  const checked = findProblems(schema, toPlain(document, file), locate);
  return "problems" in checked ? checked : { value: { value: checked.value, place: (path) => locate(path, "value") } };
}

function toPlain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof RangeError) throw new InputError("nested too deeply to be read", { place: { file } });
    // An unknown alias, or aliases that unfold without end.
    throw new InputError(`not valid YAML: ${error instanceof Error ? error.message : String(error)}`, { place: { file } });
  }
}

/** Finds a path in the document's tree; where the path ends early, the deepest thing that exists. */
function locator(document: Document.Parsed, place: (offset: number) => Place): (path: Path, part: "key" | "value") => Place {
  return (path: Path, part) => {
    let node: unknown = document.contents;
    let at = start(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
        if (!pair) break;
        const key = start(pair.key);
        const wantsKey = part === "key" && depth === path.length - 1;
        at = (wantsKey ? key : (start(pair.value) ?? key)) ?? at;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        at = start(node) ?? at;
      } else break;
    }
    return place(at);
  };
}

function start(node: unknown): number | undefined {
  const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}
