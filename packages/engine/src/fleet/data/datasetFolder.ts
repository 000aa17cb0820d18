/** Rebuilds a folder of images from cached files, by hard links. */
import { constants } from "node:fs";
import { copyFile, link, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canonicalJson, stableHash } from "@archwright/core/base";
import { isSplitFolder } from "@archwright/runtimes";
import { type BlobRef, DataError } from "./blobStore.ts";
import type { DataCache } from "./cache.ts";
import { holds } from "./digest.ts";

/** A file of a dataset's folder. */
export interface Member extends BlobRef {
  /** `class/image` or `split/class/image`. */
  readonly name: string;
  /** Where its content lies. */
  readonly path: string;
}

/** Longest name that common file systems take, in bytes. */
const LONGEST_NAME = 255;
/** Folders within a dataset's folder: of a split, and of a class in it. */
const DEEPEST = 2;

/**
 * Whether a name is `class/image`, or that in a folder that is a split, and can lead nowhere but there: plain names, none of
 * them hidden, without separators of any system, drive letters, streams or control characters.
 */
export function isMemberName(name: string): boolean {
  const parts = name.split("/");
  const inSplit = parts.length === 3 && isSplitFolder(parts[0] as string);
  return (parts.length === 2 || inSplit) && parts.every(isPlainName);
}

function isPlainName(name: string): boolean {
  if (name === "" || name.startsWith(".") || Buffer.byteLength(name) > LONGEST_NAME) return false;
  return ![...name].some((character) => '\\:*?"<>|\x7f'.includes(character) || character < " ");
}

/**
 * The folder of a dataset, made of contents in the cache: by hard links, which take no room, or copies where these are
 * impossible. One that is there already is used if it holds just these files, and else made anew.
 * @throws DataError where a name is not `class/image`, or occurs twice.
 */
export async function placeFolder(cache: DataCache, members: readonly Member[]): Promise<string> {
  for (const { name } of members) {
    if (!isMemberName(name))
      throw new DataError(`${JSON.stringify(name)} is no name for an image of a dataset: it must be 'class/image' or 'split/class/image'`);
  }
  const byName = new Map(members.map((member) => [member.name, member]));
  if (byName.size < members.length) throw new DataError("two images of the dataset have the same name");
  const content = [...byName.values()].map(({ name, sha256 }) => [name, sha256]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  const folder = cache.folder(stableHash(canonicalJson(content)));
  if (await holdsJust(folder, byName)) return folder;

  const temporary = await cache.incoming();
  try {
    for (const name of new Set(members.map((member) => dirname(member.name)))) await mkdir(join(temporary, name), { recursive: true });
    for (const { name, path } of members) await linkOrCopy(path, join(temporary, name));
    await mkdir(dirname(folder), { recursive: true });
    await moveInto(temporary, folder, byName);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** A worker beside this one may do the same at the same time, so a folder that is in the way is looked at before it goes. */
async function moveInto(temporary: string, folder: string, members: ReadonlyMap<string, Member>): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      return await rename(temporary, folder);
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "EPERM", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
    if (await holdsJust(folder, members)) return;
    await rm(folder, { recursive: true, force: true });
  }
  throw new DataError(`${folder} is changed by others all the time`);
}

/** Whether a folder holds these files, undamaged, and nothing else. Links are not followed. */
async function holdsJust(folder: string, members: ReadonlyMap<string, Member>): Promise<boolean> {
  if (!(await lstat(folder).catch(() => undefined))?.isDirectory()) return false;
  const count = await countMembers(folder, "", members);
  return count === members.size;
}

/** How many members lie in a folder and below; nothing where anything else does. */
async function countMembers(folder: string, within: string, members: ReadonlyMap<string, Member>): Promise<number | undefined> {
  const depth = within.split("/").length - 1;
  let count = 0;
  for (const entry of await readdir(join(folder, within), { withFileTypes: true }).catch(() => [])) {
    const name = `${within}${entry.name}`;
    const member = members.get(name);
    if (entry.isDirectory() && depth < DEEPEST) {
      const inside = await countMembers(folder, `${name}/`, members);
      if (inside === undefined) return undefined;
      count += inside;
    } else if (member !== undefined && (await holds(join(folder, name), member))) count++;
    else return undefined;
  }
  return count;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  // Other file system, a file system without links, or too many links to one content.
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_EXCL));
}
