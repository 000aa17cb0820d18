/** Reads whole files, unpacked. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { InputError } from "@archwright/core/base";

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

function unreadable(file: string, expected: string, error: unknown): InputError {
  const code = (error as NodeJS.ErrnoException).code;
  const problem = code === "ENOENT" ? "the file does not exist" : `the file cannot be read: ${(error as Error).message}`;
  return new InputError(problem, { place: { file }, expected });
}

/** All bytes of a file; gzip is recognised by its first two bytes and unpacked. @throws InputError */
export async function readBytes(file: string, expected: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw unreadable(file, expected, error);
  });
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new InputError(`the gzip data is damaged: ${(error as Error).message}`, { place: { file }, expected });
  }
}
