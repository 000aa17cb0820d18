/** The content of a plugin: its module and what that imports by relative paths. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { importedFile } from "./resolve.ts";

const imports = [
  /\bfrom\s*["'](\.{1,2}\/[^"']+)["']/g,
  /\bimport\s*["'](\.{1,2}\/[^"']+)["']/g,
  /\b(?:import|require)\(\s*["'](\.{1,2}\/[^"']+)["']/g,
];

/**
 * SHA-256 of a module and of every file that it imports by a relative path, directly or not, with their places beside each
 * other. Packages that they import, and files that they read otherwise, are not in it.
 */
export function contentHashOf(entry: string): string {
  const texts = new Map<string, string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (texts.has(file)) continue;
    const text = readFileSync(file, "utf8");
    texts.set(file, text);
    for (const pattern of imports) {
      for (const [, imported = ""] of text.matchAll(pattern)) {
        const found = importedFile(file, imported);
        if (found !== undefined) open.push(found);
      }
    }
  }
  const hash = createHash("sha256");
  const places = [...texts].map(([file, text]) => [relative(dirname(entry), file).split(sep).join("/"), text] as const);
  for (const [place, text] of places.sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(JSON.stringify([place, text]));
  return hash.digest("hex");
}
