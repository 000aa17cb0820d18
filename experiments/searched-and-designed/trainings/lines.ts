/** Files of JSON, a line for each thing. */
import { existsSync, readFileSync } from "node:fs";

/** The lines of a file of JSON; none where there is no file. A last line without an end is cut off the file's content. */
export function readLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
