/** Writes files and folders that a user named, and says in words why one cannot be written. */
import { mkdirSync, writeFileSync } from "node:fs";
import { InputError, ResourceError } from "@archwright/core";
import { describeSystemError } from "./systemErrors.ts";

/**
 * Writes a file, in place of one that is there.
 * @param check called before; what it throws as an InputError leaves the file as it is.
 * @throws InputError where it cannot be written, ResourceError where the disk is full.
 */
export function writeFile(file: string, content: string | Uint8Array, check?: (file: string, content: string | Uint8Array) => void): void {
  try {
    check?.(file, content);
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

/** Makes a folder, and those on its way. @throws InputError where it cannot be made. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot be made ${describeSystemError(error)}`, { place: { file: folder }, expected: "a folder" });
  }
}
