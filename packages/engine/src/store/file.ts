/** Opens the SQLite file of a store: checks that it is sound and of a known version, and brings it to the schema of this one. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "@archwright/core/base";
import Database from "libsql";
import { busyTimeoutMs, damaged, explain } from "./fileErrors.ts";
import { applicationId, migrations } from "./schema.ts";

export type Connection = InstanceType<typeof Database>;

/** Larger files are not read through on opening; damage in them shows when the damaged page is read. */
const checkedBytes = 64 * 1024 * 1024;

/**
 * Opens a store's file, making it (and its folder) where it is absent. Nothing is written to a file that is
 * not a sound store of a known version.
 *
 * @throws InputError naming the file, what was expected, and what to do.
 */
export function openFile(file: string): Connection {
  try {
    mkdirSync(dirname(file), { recursive: true });
    // Only asked for, never opened: closing a descriptor of our own would drop SQLite's locks on the file.
    const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const connection = new Database(file, { timeout: busyTimeoutMs });
    if (bytes > 0) checkContents(connection, file, bytes);
    prepareConnection(connection);
    migrate(connection, file);
    return connection;
  } catch (error) {
    throw explain(file, error);
  }
}

/** @throws InputError where a file is not a sound store of a version that is known. */
export function checkContents(connection: Connection, file: string, bytes: number): void {
  // Between making the file and finishing the first migration there are no tables: a start that was cut short, or that another
  // process is at. Counted first, because tables and id come with one transaction, which may end while this is read.
  const [tables] = connection.prepare("SELECT count(*) AS count FROM sqlite_master").all() as { count: number }[];
  const version = pragma(connection, "user_version");
  const id = pragma(connection, "application_id");
  if (id !== applicationId && (tables?.count ?? 0) > 0) throw damaged(file, "it is an SQLite file of another program");
  if (version > migrations.length) {
    throw new InputError(`the store was written by a newer version of Archwright (its schema is ${version})`, {
      place: { file },
      expected: `a schema of at most ${migrations.length}`,
      advice: "install a newer Archwright, or name another file with --store",
    });
  }
  if (bytes > checkedBytes) return;
  const [result] = connection.prepare("PRAGMA quick_check(1)").all() as Record<string, string>[];
  const verdict = Object.values(result ?? {})[0];
  if (verdict !== "ok") throw damaged(file, String(verdict));
}

function prepareConnection(connection: Connection): void {
  // Two processes that make the same file at once: the change to WAL does not wait for the lock by itself.
  for (let attempt = 1; ; attempt++) {
    try {
      connection.prepare("PRAGMA journal_mode = WAL").all();
      break;
    } catch (error) {
      if (attempt === 100 || !(error instanceof Error && "code" in error && error.code === "SQLITE_BUSY")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
  // With WAL this survives the end of the process at any moment; only a power cut may cost the last trials.
  connection.exec("PRAGMA synchronous = NORMAL");
  connection.exec("PRAGMA foreign_keys = ON");
}

/** Brings a store to the schema of this version. */
export function migrate(connection: Connection, file: string): void {
  if (pragma(connection, "user_version") === migrations.length) return;
  inTransaction(connection, () => {
    // Read again: another process may have migrated while this one waited.
    const version = pragma(connection, "user_version");
    if (version > migrations.length) throw damaged(file, `its schema changed to ${version} meanwhile`);
    for (const statements of migrations.slice(version)) connection.exec(statements);
    connection.exec(`PRAGMA application_id = ${applicationId}`);
    connection.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

/**
 * Carries out an action with the right to write, all of it or nothing. The driver's own transactions fail to roll back after errors
 * for which SQLite has done so already, such as a full disk, and hide these.
 */
export function inTransaction<T>(connection: Connection, action: () => T): T {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

/** A number that SQLite keeps in the head of the file. */
export function pragma(connection: Connection, name: "user_version" | "application_id"): number {
  const [row] = connection.prepare(`PRAGMA ${name}`).all() as Record<string, number>[];
  return row?.[name] ?? 0;
}
