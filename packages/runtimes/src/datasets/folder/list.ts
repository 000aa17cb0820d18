/** The images of a folder dataset, by class and, where the folder is arranged so, by split; and what of it is not read. */
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { InputError, item } from "@archwright/core/base";
import type { DatasetWarning, SplitName } from "../dataset.ts";
import { listed } from "../labels.ts";

/** An image of a folder dataset. */
export interface FolderImage {
  /** `class/image` or `split/class/image`, whatever the machine's separator. */
  readonly name: string;
  readonly path: string;
  readonly label: number;
  /** Absent where the folder does not say. */
  readonly split?: SplitName;
}

export interface FolderListing {
  /** In order of their names. */
  readonly classes: readonly string[];
  /** By split, class and name. */
  readonly images: readonly FolderImage[];
  readonly warnings: readonly DatasetWarning[];
}

const extensions = new Set([".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".avif"]);
/** What operating systems and archivers leave behind, beside hidden files. */
const litter = new Set(["__macosx", "thumbs.db", "desktop.ini"]);
const splitFolders: Readonly<Record<string, SplitName>> = {
  train: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  test: "test",
};

/** Whether a folder of this name may hold a split, in any spelling. */
export const isSplitFolder = (name: string): boolean => Object.hasOwn(splitFolders, name.toLowerCase());

interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** What lies in a folder, in order of character code; hidden files and litter left out. @throws InputError */
async function entries(folder: string, expected: string): Promise<Entries> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === "ENOENT" ? "the folder does not exist" : `the folder cannot be read: ${error.message}`;
    throw new InputError(problem, { place: { file: folder }, expected });
  });
  const kept = names.filter((name) => !name.startsWith(".") && !litter.has(name.toLowerCase())).sort((a, b) => (a < b ? -1 : 1));
  // A link to nothing is listed as a file, and then refused or left out as damaged.
  const isFolder = await Promise.all(
    kept.map((name) =>
      stat(join(folder, name)).then(
        (found) => found.isDirectory(),
        () => false,
      ),
    ),
  );
  return { folders: kept.filter((_, i) => isFolder[i]), files: kept.filter((_, i) => !isFolder[i]) };
}

const isImage = (file: string) => extensions.has(extname(file).toLowerCase());
const oneForEach = "a folder with one folder of images for each class";

/** The images that a folder's classes hold. @throws InputError where it has fewer than two classes, or splits of different classes. */
export async function listFolder(path: string): Promise<FolderListing> {
  const top = await entries(path, oneForEach);
  const splits = await findSplits(path, top);
  if (splits === undefined) {
    const { classes, images, warnings } = await listClasses(path, top, "");
    await requireClasses(path, classes);
    return { classes, images, warnings: [...ignored(path, { folders: [], files: top.files }), ...warnings] };
  }
  const parts = await Promise.all(
    splits.map(async ({ folder, split }) => {
      const inside = join(path, folder);
      return { folder: inside, split, ...(await listClasses(inside, await entries(inside, oneForEach), `${folder}/`)) };
    }),
  );
  const classes = parts.find(({ split }) => split === "train")?.classes ?? [];
  await requireClasses(join(path, splits.find(({ split }) => split === "train")?.folder ?? ""), classes);
  for (const part of parts) requireSameClasses(part.folder, part.classes, classes);
  const others = top.folders.filter((name) => !splits.some(({ folder }) => folder === name));
  return {
    classes,
    images: parts.flatMap(({ images, split }) => images.map((image) => ({ ...image, split }))),
    warnings: [...ignored(path, { folders: others, files: top.files }), ...parts.flatMap(({ warnings }) => warnings)],
  };
}

/** The folders that are splits: `train` with folders in it, and `val` or `test` beside it. */
async function findSplits(
  path: string,
  { folders }: Entries,
): Promise<readonly { readonly folder: string; readonly split: SplitName }[] | undefined> {
  const found = folders.flatMap((folder) => {
    return isSplitFolder(folder) ? [{ folder, split: splitFolders[folder.toLowerCase()] as SplitName }] : [];
  });
  const train = found.find(({ split }) => split === "train");
  if (train === undefined || found.length < 2) return undefined;
  const inside = await entries(join(path, train.folder), oneForEach);
  if (inside.folders.length === 0) return undefined;
  for (const { split, folder } of found) {
    const twin = found.find((other) => other.split === split && other.folder !== folder);
    if (twin)
      throw new InputError(`'${folder}' and '${twin.folder}' are both folders of the ${split} images`, {
        place: { file: path },
        expected: "one of them",
      });
  }
  return found;
}

async function listClasses(path: string, { folders, files }: Entries, prefix: string): Promise<FolderListing> {
  const contents = await Promise.all(folders.map((name) => entries(join(path, name), "a folder of images")));
  return {
    classes: folders,
    images: contents.flatMap((content, label) => {
      const folder = item(folders, label);
      return content.files.filter(isImage).map((file) => ({ name: `${prefix}${folder}/${file}`, path: join(path, folder, file), label }));
    }),
    warnings: [
      ...(prefix === "" ? [] : ignored(path, { folders: [], files })),
      ...contents.flatMap((content, label) =>
        ignored(join(path, item(folders, label)), { folders: content.folders, files: content.files.filter((file) => !isImage(file)) }),
      ),
    ],
  };
}

/** What a folder holds that is not read. */
function ignored(folder: string, { folders, files }: Entries): readonly DatasetWarning[] {
  const place = { file: folder };
  const counts = new Map<string, number>();
  for (const file of files) {
    const kind = extname(file).toLowerCase() || "no extension";
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts].map(([kind, count]) => `${count} with ${kind}`);
  return [
    ...(folders.length === 0
      ? []
      : [{ problem: `${counted(folders.length, "folder")} in it ${are(folders.length)} not read: ${listed(folders)}`, place }]),
    ...(files.length === 0
      ? []
      : [
          {
            problem: `${counted(files.length, "file")} in it ${are(files.length)} not read (${kinds.join(", ")}): ${listed(files)}`,
            place,
          },
        ]),
  ];
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
const are = (count: number) => (count === 1 ? "is" : "are");

async function requireClasses(path: string, classes: readonly string[]): Promise<void> {
  if (classes.length >= 2) return;
  const [only] = classes;
  const inside = only === undefined ? [] : (await entries(join(path, only), oneForEach)).folders;
  throw new InputError(`the folder has ${only === undefined ? "no folders" : "one folder only"} in it`, {
    place: { file: path },
    expected: oneForEach,
    suggestion: inside.length >= 2 ? `path: ${join(path, only as string)}` : undefined,
  });
}

function requireSameClasses(folder: string, classes: readonly string[], wanted: readonly string[]): void {
  const [extra] = classes.filter((name) => !wanted.includes(name));
  const [missing] = wanted.filter((name) => !classes.includes(name));
  if (extra === undefined && missing === undefined) return;
  throw new InputError(extra === undefined ? `there is no folder '${missing}'` : `'${extra}' is not a class of the training images`, {
    place: { file: folder },
    expected: `the same classes as in the training images: ${listed(wanted)}`,
  });
}
