/** Reads files that a user named, and says in words why one cannot be read. */
import { readFileSync } from "node:fs";
import { sep } from "node:path";
import { InputError } from "@archwright/core";
import { describeSystemError } from "./systemErrors.ts";

/** Reads a text file. @throws InputError naming it. */
export function readText(file: string, expected: string): string {
  const bytes = readBytes(file, expected);
  try {
    return bytes.toString("utf8");
  } catch (error) {
    throw new InputError(`the file cannot be read ${describeSystemError(error)}`, { place: { file }, expected });
  }
}

/** Reads a file. @throws InputError naming it. */
export function readBytes(file: string, expected: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "the file does not exist" : `the file cannot be read ${describeSystemError(error)}`;
    // A path as Windows writes it, on a system where a backslash is a letter like others.
    const suggestion = code === "ENOENT" && sep === "/" && file.includes("\\") ? file.replaceAll("\\", "/") : undefined;
    throw new InputError(problem, { place: { file }, expected, suggestion });
  }
}
