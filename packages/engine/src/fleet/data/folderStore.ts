/** A shared folder as a store of blobs, searched by content. */
import { constants } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "@archwright/core/base";
import type { BlobRef, BlobStore } from "./blobStore.ts";
import { holds } from "./digest.ts";

export interface FolderStoreOptions {
  /** More files than these are not looked at. */
  readonly mostFiles?: number;
  /** Listed again where something is missing, but not more often than this. */
  readonly relistMs?: number;
}

const DEEPEST = 12;

/**
 * A folder that several machines see, searched by content: files in it may be called anything and lie as deep as twelve
 * folders. Only files of the right length are read, each once. Links are not followed.
 * @throws InputError where the folder cannot be read.
 */
export async function createFolderBlobStore(folder: string, options: FolderStoreOptions = {}): Promise<BlobStore> {
  const { mostFiles = 1_000_000, relistMs = 5_000 } = options;
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error || !found.isDirectory()) {
    const problem = found instanceof Error ? `the folder cannot be read (${found.code})` : "this is no folder";
    throw new InputError(problem, { place: { file: folder }, expected: "the folder that holds the data" });
  }
  let listing: Promise<Listing> | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;
  const list = () => {
    listedAt = performance.now();
    listing = listBySize(folder, mostFiles);
    return listing;
  };
  const search = async (ref: BlobRef, { bySize }: Listing) => {
    for (const path of bySize.get(ref.bytes) ?? []) if (await holds(path, ref)) return path;
    return undefined;
  };
  return {
    name: `the folder ${folder}`,
    open: async (ref) => {
      const before = listing;
      let path = before && (await search(ref, await before));
      if (path === undefined && (before === undefined || performance.now() - listedAt > relistMs)) {
        const current = await list();
        path = await search(ref, current);
        if (path === undefined && !current.complete) throw new Error(`it holds more than ${mostFiles} files`);
      }
      if (path === undefined) return undefined;
      return (await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)).createReadStream();
    },
  };
}

interface Listing {
  readonly bySize: ReadonlyMap<number, readonly string[]>;
  /** Whether all files were looked at. */
  readonly complete: boolean;
}

/** Paths of all regular files below a folder, by length in bytes. What cannot be read is passed over. */
async function listBySize(folder: string, most: number): Promise<Listing> {
  const bySize = new Map<number, string[]>();
  let left = most;
  const visit = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const inside = join(path, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) await visit(inside, depth + 1);
      if (!entry.isFile()) continue;
      if (left-- <= 0) return;
      const size = (await stat(inside).catch(() => undefined))?.size;
      if (size === undefined) continue;
      const same = bySize.get(size);
      if (same) same.push(inside);
      else bySize.set(size, [inside]);
    }
  };
  await visit(folder, 1);
  return { bySize, complete: left >= 0 };
}
