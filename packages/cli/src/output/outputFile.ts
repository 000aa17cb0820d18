/**
 * Writes what a command was told to write with `--output`, and protects what a person may have typed: a file that is there
 * already is replaced only where it has the same form as what is written, which no person types; else `--force` is needed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { InputError, ResourceError } from "@archwright/core";
import { describeSystemError } from "../shell/systemErrors.ts";

/** The option of every command that writes files. */
export const forceOption = {
  force: { type: "boolean", default: false, describe: "Replace files that are there, whatever they hold" },
} as const;

/** Writes a command's result to the file that the user named. @throws InputError where it cannot be written or would replace another file, ResourceError where the disk is full. */
export function writeOutput(
  file: string,
  content: string | Uint8Array,
  { force = false }: { readonly force?: boolean | undefined } = {},
): void {
  try {
    if (!force && existsSync(file)) refuseOther(file, content);
    writeFileSync(file, content);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOSPC", "EDQUOT", "EIO"].includes(code)) {
      throw new ResourceError(
        `${file}: cannot be written: the disk is full, or fails (${code})\n  free some room on the disk of this file`,
      );
    }
    throw new InputError(`cannot be written ${describeSystemError(error)}`, {
      place: { file },
      expected: "a file in a folder that exists and may be written to",
    });
  }
}

/** Makes a folder for outputs, and those on its way. @throws InputError where it cannot be made. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot be made ${describeSystemError(error)}`, { place: { file: folder }, expected: "a folder" });
  }
}

function refuseOther(file: string, content: string | Uint8Array): void {
  const found = readFileSync(file);
  if (found.length === 0 || formOf(found) === formOf(Buffer.from(content))) return;
  throw new InputError("the file is there already and is not one that this command wrote", {
    place: { file },
    expected: "another name for the output, or --force to replace the file",
  });
}

/** What tells files of one command from all others: a table's head, the keys of JSON, the first element of XML, our mark in a model. */
function formOf(bytes: Buffer): string {
  if (bytes.includes(0))
    return bytes.subarray(0, 64).includes("archwright") ? "our model" : `binary ${bytes.subarray(0, 64).toString("hex")}`;
  const text = bytes.toString("utf8").trimStart();
  if (text.startsWith("<svg")) return "svg";
  if (!text.startsWith("{")) return `text ${text.split(/\r?\n/, 1)[0]}`;
  try {
    return `json ${Object.keys(JSON.parse(text) as object)}`;
  } catch {
    return "damaged json";
  }
}
