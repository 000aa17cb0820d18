/** The cache folder of a worker: files by their SHA-256, checked while they arrive. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "@archwright/core/base";
import { type BlobRef, DataError } from "./blobStore.ts";
import { holds } from "./digest.ts";

/**
 * A folder of contents by hash, which several workers of one machine may share. What is in it was complete and checked
 * when it came, because it is written beside and then renamed. Nothing is ever thrown out: delete the folder when no
 * worker runs.
 *
 *     blobs/ab/abcd…     a content, called by its SHA-256
 *     folders/abcd…/     a dataset's folder made of such contents
 *     incoming/          what is being written
 */
export interface DataCache {
  /** Where a content lies; nothing where it is absent or damaged. */
  find(ref: BlobRef): Promise<string | undefined>;
  /**
   * Takes a content in, in place of a damaged one if need be, and gives its place.
   * @throws DataError where other bytes come than were promised, and InputError where the cache cannot be written.
   */
  add(ref: BlobRef, pieces: AsyncIterable<Uint8Array>): Promise<string>;
  /** Where the folder of this name lies or would lie. */
  folder(name: string): string;
  /** A new path for what is being written, to be renamed. */
  incoming(): Promise<string>;
}

/** What an ended process left half written is removed after this time. */
const LEFT_OVER_MS = 24 * 3600 * 1000;

export async function openCache(root: string): Promise<DataCache> {
  const incomingFolder = join(root, "incoming");
  await writing(root, () => mkdir(incomingFolder, { recursive: true }));
  await removeLeftOvers(incomingFolder);
  const incoming = async () => join(incomingFolder, randomUUID());
  const place = ({ sha256 }: BlobRef) => join(root, "blobs", sha256.slice(0, 2), sha256);
  return {
    incoming,
    folder: (name) => join(root, "folders", name),
    find: async (ref) => {
      const path = place(ref);
      return (await holds(path, ref)) ? path : undefined;
    },
    add: async (ref, pieces) => {
      const [path, temporary] = [place(ref), await incoming()];
      try {
        await receive(ref, pieces, temporary);
        await writing(root, () => replace(temporary, path));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      return path;
    },
  };
}

/** Writes what comes, as long as it may still be what was promised. */
async function receive({ sha256, bytes }: BlobRef, pieces: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  // Fails where anything of this name exists, a link included; read-only, because the folders of datasets are links to it.
  const file = await writing(path, () => open(path, "wx", 0o444));
  try {
    const hash = createHash("sha256");
    let length = 0;
    for await (const piece of pieces) {
      length += piece.length;
      if (length > bytes) throw new DataError(`more than ${bytes} bytes came`);
      hash.update(piece);
      await writing(path, () => file.writeFile(piece));
    }
    if (length < bytes) throw new DataError(`only ${length} of ${bytes} bytes came`);
    if (hash.digest("hex") !== sha256) throw new DataError("other bytes came than the hash promises");
    await writing(path, () => file.sync());
  } finally {
    await file.close();
  }
}

/** Puts a file into its place. Never removes a file that was there first: a worker beside this one may have just brought it. */
async function replace(temporary: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rename(temporary, path).catch(async (error: NodeJS.ErrnoException) => {
    if (!["EISDIR", "ENOTEMPTY", "EPERM"].includes(error.code ?? "")) throw error;
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
  });
}

/** Tells trouble with the cache itself from trouble with whoever sends. */
async function writing<T>(file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(`the cache cannot be written (${code ?? message})`, {
      place: { file },
      expected: "a folder with room for the data, which this worker may write to",
    });
  }
}

async function removeLeftOvers(folder: string): Promise<void> {
  const limit = Date.now() - LEFT_OVER_MS;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < limit) await rm(path, { recursive: true, force: true });
  }
}
