/** Opens the SQLite file of a store without writing to it, whoever owns it and whatever its version. */
import { accessSync, constants, copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError, ResourceError } from "@archwright/core/base";
import Database from "libsql";
import { type Connection, checkContents, migrate, pragma } from "./file.ts";
import { busyTimeoutMs, explain, isDamage } from "./fileErrors.ts";
import { migrations } from "./schema.ts";

/** A store that is only read. */
export interface OpenedForReading {
  readonly connection: Connection;
  /** Removes what was made for reading. To be called when the connection is closed. */
  remove(): void;
}

/**
 * Opens a store's file without changing it: also one that belongs to somebody else, lies in a folder that may not be written to or on
 * a full disk, or is being written. A store of an older version is read from a copy of it that is brought up to date.
 *
 * SQLite needs two files beside one that is written by WAL; which ways there are depends on whether they exist or can be made.
 *
 * @throws InputError naming the file. @throws ResourceError where a copy is needed and does not fit.
 */
export function openFileForReading(file: string): OpenedForReading {
  let failure: unknown;
  for (const open of waysToOpen(file)) {
    try {
      const opened = open();
      try {
        checkContents(opened.connection, file, sizeOf(file));
        return pragma(opened.connection, "user_version") === migrations.length ? opened : updatedCopy(opened, file);
      } catch (error) {
        opened.connection.close();
        opened.remove();
        throw error;
      }
    } catch (error) {
      if (isDamage(error) || error instanceof InputError || error instanceof ResourceError) throw explain(file, error, "read");
      failure ??= error;
    }
  }
  throw explain(file, failure, "read");
}

function waysToOpen(file: string): readonly (() => OpenedForReading)[] {
  const inPlace = (mode: string) => () => ({ connection: connect(`${pathToFileURL(file).href}?${mode}`), remove: () => {} });
  // Only what is in the file itself, and nothing of what others may be writing: right where there is no WAL.
  const alone = inPlace("immutable=1");
  const hasWal = sizeOf(`${file}-wal`) > 0;
  return [
    // Leaves nothing behind: of its own files SQLite removes what it made. Writing is forbidden by `query_only`.
    ...(isWritable(file) ? [inPlace("mode=rw")] : []),
    ...(hasWal ? [inPlace("mode=ro"), () => copyOf(file)] : [alone]),
  ];
}

function connect(location: string): Connection {
  const connection = new Database(location, { timeout: busyTimeoutMs });
  connection.exec("PRAGMA query_only = ON");
  return connection;
}

/** A copy of a store that another program left in the middle of its work, with what is in the WAL. */
function copyOf(file: string): OpenedForReading {
  return inTemporaryFolder((copy) => {
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    return connect(copy);
  });
}

/** A copy of an older store with the schema of this version; the store itself is brought up to date by the next command that writes to it. */
function updatedCopy(old: OpenedForReading, file: string): OpenedForReading {
  const updated = inTemporaryFolder((copy) => {
    old.connection.exec("PRAGMA query_only = OFF");
    old.connection.prepare("VACUUM INTO ?").run(copy);
    const connection = new Database(copy, { timeout: busyTimeoutMs });
    migrate(connection, file);
    connection.exec("PRAGMA query_only = ON");
    return connection;
  });
  old.connection.close();
  old.remove();
  return updated;
}

function inTemporaryFolder(open: (file: string) => Connection): OpenedForReading {
  let folder: string | undefined;
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    process.off("exit", remove);
  };
  process.once("exit", remove);
  try {
    folder = mkdtempSync(join(tmpdir(), "archwright-copy-"));
    return { connection: open(join(folder, "store.db")), remove };
  } catch (error) {
    remove();
    const reason = error instanceof Error ? error.message : String(error);
    throw new ResourceError(
      `the store can be read only from a copy, which cannot be made in ${tmpdir()}: ${reason}\n  name a folder with more room by the variable TMPDIR`,
    );
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
