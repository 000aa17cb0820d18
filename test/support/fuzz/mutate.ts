/** Random changes to what a person types: command lines, YAML and tables. */
import type { Rng } from "@archwright/core";

/** Values that have broken programs. */
const nasty = [
  ...["", " ", "0", "-1", "-0", "0.5", "NaN", "Infinity", "1e999", "1e308", "9007199254740993", "0x10", "١", "x".repeat(300)],
  ...["-", "--", "--json", "--help", "'", '"', "`", "%s", "$HOME", "*", "💥", "\u202e", "ÿ", "\t", "null", "true", "[]", "{}", "__proto__"],
  ...[".", "..", "/", "none.yaml", "none.csv", "dir", "broken-link", "binary.bin", "deep.yaml", "bomb.yaml", "empty.yaml", "utf16.csv"],
  ...["C:\\data\\x.csv", "a/b/../../none", "table.csv/x", `${"d/".repeat(600)}x`, "constructor", "5ms", "256KiB", "-3 ms", "1e400ms"],
];

const yamlNasty = [
  ...nasty.filter((text) => !text.includes("\t")),
  ...[
    "~",
    "!!binary x",
    "*a",
    "&a b",
    "<<: *x",
    "? x",
    "| x",
    "> ",
    "@",
    "2026-02-30",
    ".nan",
    ".inf",
    "1_000",
    "0o17",
    "yes",
    "[[[[",
    "}}",
  ],
  ...[
    '"C:\\new\\table.csv"',
    '"\\0"',
    '"\\x',
    "%YAML 1.9",
    "---",
    "...",
    "# x",
    "a: b: c",
    "- - - x",
    "[1, 2, 3]",
    "{ file: x }",
    "1ms",
    "5 %",
  ],
];

const tableNasty = [
  "",
  " ",
  "-1",
  "0",
  "nan",
  "inf",
  "1e999",
  "1e-320",
  "abc",
  "1,2",
  '"',
  '"a',
  ";",
  "\t",
  "0x1",
  "1 000",
  "5ms",
  "💥",
  "-0",
];

export const pick = <T>(rng: Rng, list: readonly T[]): T => list[Math.floor(rng.next() * list.length)] as T;
const below = (rng: Rng, count: number) => Math.floor(rng.next() * count);

/** A text with one letter dropped, doubled, changed or swapped with the next. */
function misspelt(rng: Rng, text: string): string {
  const at = below(rng, Math.max(1, text.length));
  const letter = text[at] ?? "";
  const replacement = pick(rng, ["", letter + letter, pick(rng, [..."az09-=@:.,/\\'\"~|<>%"]), (text[at + 1] ?? "") + letter]);
  return text.slice(0, at) + replacement + text.slice(at + 1);
}

function changed<T>(rng: Rng, list: readonly T[], renew: (old: T) => readonly T[]): T[] {
  const at = below(rng, Math.max(1, list.length));
  return list.flatMap((item, i) => (i === at ? renew(item) : [item]));
}

/** A command line with one to three changes. @param options that some command has. */
export function mutateArgs(rng: Rng, args: readonly string[], options: readonly string[]): string[] {
  let result = [...args];
  for (let i = 1 + below(rng, 3); i > 0; i--) {
    const renew = pick<(old: string) => readonly string[]>(rng, [
      () => [],
      (old) => [old, old],
      () => [pick(rng, nasty)],
      () => [pick(rng, nasty)],
      (old) => [misspelt(rng, old)],
      (old) => [old, pick(rng, options), pick(rng, nasty)],
      (old) => [old, `${pick(rng, options)}=${pick(rng, nasty)}`],
      (old) => [old, pick(rng, options)],
      (old) => [old.toUpperCase()],
      (old) => [pick(rng, nasty), old],
    ]);
    result = changed(rng, result, renew);
  }
  return result;
}

/** A YAML text with one to three changes. */
export function mutateYaml(rng: Rng, text: string): string {
  let lines = text.split("\n");
  for (let i = 1 + below(rng, 3); i > 0; i--) {
    const renew = pick<(old: string) => readonly string[]>(rng, [
      () => [],
      (old) => [old, old],
      (old) => [`  ${old}`],
      (old) => [old.trimStart()],
      (old) => [misspelt(rng, old)],
      (old) => [misspelt(rng, old)],
      (old) => [old.replace(/: .*$/, () => `: ${pick(rng, yamlNasty)}`)],
      (old) => [old.replace(/: .*$/, () => `: ${pick(rng, yamlNasty)}`)],
      (old) => [old.replace(/[\w.]+(?=[^\w.]*$)/, () => pick(rng, yamlNasty))],
      (old) => [old.replace(/[\w-]+(?=:)/, () => pick(rng, yamlNasty))],
      (old) => [old, pick(rng, yamlNasty)],
      () => [pick(rng, lines)],
    ]);
    lines = changed(rng, lines, renew);
  }
  const result = lines.join("\n");
  return rng.next() < 0.05 ? result.slice(0, below(rng, result.length)) : result;
}

/** A CSV table with one to three changes; some come in other encodings. */
export function mutateTable(rng: Rng, text: string): string | Uint8Array {
  let lines = text.split("\n");
  for (let i = 1 + below(rng, 3); i > 0; i--) {
    const renew = pick<(old: string) => readonly string[]>(rng, [
      () => [],
      (old) => [old, old],
      (old) => [misspelt(rng, old)],
      (old) => [changed(rng, old.split(","), () => [pick(rng, tableNasty)]).join(",")],
      (old) => [changed(rng, old.split(","), () => [pick(rng, tableNasty)]).join(",")],
      (old) => [changed(rng, old.split(","), () => []).join(",")],
      (old) => [changed(rng, old.split(","), (cell) => [cell, cell]).join(",")],
      (old) => [old.replaceAll(",", ";")],
      (old) => [`${old}\r`],
      (old) => [old, pick(rng, tableNasty)],
    ]);
    // The header more often than one line of many.
    const [header = "", ...rest] = lines;
    lines = rng.next() < 0.2 ? [...changed(rng, [header], renew), ...rest] : changed(rng, lines, renew);
  }
  const result = lines.join("\n");
  switch (below(rng, 20)) {
    case 0:
      return `\ufeff${result}`;
    case 1:
      return Buffer.from(result, "utf16le");
    case 2:
      return result.replaceAll(",", ";");
    case 3:
      return result.slice(0, below(rng, result.length));
    case 4:
      return Buffer.from([0x1f, 0x8b, ...Buffer.from(result)]);
    case 5:
      return `${result}\0`;
    default:
      return result;
  }
}
