/** SHA-256 of files, and whether a file holds what its digest says. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import type { BlobRef } from "./blobStore.ts";

/** Length and hash of a file, read in pieces. */
export async function digestFile(path: string): Promise<BlobRef> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/**
 * Hashes of files that this process has read, by the file's identity, length and time of change. A file is read once a
 * process; so damage that leaves length and time as they were is found by the next process.
 */
const known = new Map<string, string>();

/** Whether a regular file (no link to one) can be read and holds just this content. */
export async function holds(path: string, { sha256, bytes }: BlobRef): Promise<boolean> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile() || found.size !== BigInt(bytes)) return false;
  const identity = `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
  const hash = known.get(identity) ?? (await digestFile(path).catch(() => undefined))?.sha256;
  if (hash !== undefined) known.set(identity, hash);
  return hash === sha256;
}
