/**
 * Writes what a command was told to write with `--output`, and protects what a person may have typed: a file that is there
 * already is replaced only where it has the same form as what is written, which no person types; else `--force` is needed.
 */
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "@archwright/core";
import { writeFile } from "@archwright/engine";

/** The option of every command that writes files. */
export const forceOption = {
  force: { type: "boolean", default: false, describe: "Replace existing files, whatever they hold" },
} as const;

/** Writes a command's result to the file that the user named. @throws InputError where it cannot be written or would replace another file, ResourceError where the disk is full. */
export function writeOutput(
  file: string,
  content: string | Uint8Array,
  { force = false }: { readonly force?: boolean | undefined } = {},
): void {
  writeFile(file, content, force ? undefined : refuseOther);
}

/** @throws InputError where the name of an output ends otherwise than its formats do. */
export function requireEnding(file: string, endings: readonly string[]): void {
  if (endings.includes(extname(file).toLowerCase())) return;
  throw new InputError(`a file of this command ends in ${endings.join(" or ")}`, {
    place: { file },
    expected: `a name that ends in ${endings.join(" or ")}`,
    suggestion: `--output ${file.slice(0, file.length - extname(file).length)}${endings[0]}`,
  });
}

function refuseOther(file: string, content: string | Uint8Array): void {
  if (!existsSync(file)) return;
  const found = readFileSync(file);
  if (found.length === 0 || formOf(found) === formOf(Buffer.from(content))) return;
  throw new InputError("the file exists and was not written by this command", {
    place: { file },
    expected: "another name for the output, or --force to replace the file",
  });
}

/** What tells files of one command from all others: a table's head, the keys of JSON, the first element of XML, our mark in a model. */
function formOf(bytes: Buffer): string {
  // Of a ZIP: the name of its first file, which of an .npz is an array.
  if (bytes.toString("latin1", 0, 4) === "PK\x03\x04") return `zip ${bytes.toString("utf8", 30, 30 + bytes.readUInt16LE(26))}`;
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
