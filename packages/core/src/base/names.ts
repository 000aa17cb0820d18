/** Which names are allowed, and what is said of those that are not. */
import { z } from "zod";
import { InputError } from "./errors.ts";
import { withParser } from "./schema/check.ts";

/** Characters that a name may hold; it begins with a letter or digit. */
const kinds = {
  /** Of devices and memory levels. */
  small: { characters: "a-z0-9._-", words: "small letters, digits, '.', '_' and '-', the first a letter or digit" },
  /** Of experiments: runs and their tables are called after them. */
  any: { characters: "A-Za-z0-9_-", words: "letters, digits, '-' and '_', the first a letter or digit" },
} as const;

/** Longest name. Files are called after names, and systems allow 255 bytes with the ending. */
const MOST = 100;

/** A name that a person gives to something, if it can be one. @throws InputError with the nearest name that can. */
export function checkName(text: string, kind: keyof typeof kinds): string {
  const { characters, words } = kinds[kind];
  if (text.length > MOST) {
    throw new InputError(`a name of ${text.length} characters`, {
      expected: `at most ${MOST} characters`,
      suggestion: nearest(text, kind)?.slice(0, 20),
    });
  }
  if (new RegExp(`^[A-Za-z0-9][${characters}]*$`).test(text) && (kind === "any" || text === text.toLowerCase())) return text;
  throw new InputError(`'${text}' cannot be a name`, { expected: words, suggestion: nearest(text, kind) });
}

function nearest(text: string, kind: keyof typeof kinds): string | undefined {
  const near = (kind === "small" ? text.toLowerCase() : text)
    .replace(new RegExp(`[^${kinds[kind].characters}]+`, "g"), "-")
    .replace(/^[._-]+|-+$/g, "");
  return near === "" ? undefined : near;
}

/** What editors check of a name. */
export function nameForEditors(kind: keyof typeof kinds): { readonly pattern: string; readonly maxLength: number } {
  // A name of small letters may begin with a large one as far as its pattern goes, and is refused for it all the same.
  return { pattern: `^[A-Za-z0-9][${kinds[kind].characters}]*$`, maxLength: MOST };
}

/** The schema of a name. */
export function nameSchema(kind: keyof typeof kinds) {
  return withParser(z.string().meta(nameForEditors(kind)), (text) => checkName(text, kind));
}
