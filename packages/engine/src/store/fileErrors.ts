/** What SQLite and the file system say of a store's file, in the words that a user needs. */
import { InputError, ResourceError } from "@archwright/core/base";

/** How long a call waits for another process that is writing. */
export const busyTimeoutMs = 15_000;

/** Errors of a disk that is full, or fails. */
const gaveOut = /^(SQLITE_(FULL|IOERR)|E(NOSPC|DQUOT|IO|FBIG)$)/;
const unusable = /^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|UNKNOWN_SQLITE_ERROR|E(ACCES|EXIST|ISDIR|NOENT|NOTDIR|PERM|ROFS)$)/;

/** The error as the user needs it; what neither SQLite nor the file system says stays as it is. */
export function explain(file: string, error: unknown, use: "read" | "written" = "written"): unknown {
  if (!(error instanceof Error) || error instanceof InputError || error instanceof ResourceError) return error;
  const code = codeOf(error);
  if (isDamage(error)) return damaged(file, error.message);
  if (/^SQLITE_BUSY/.test(code)) {
    return new InputError(`the store was locked by another process for ${busyTimeoutMs / 1000} s`, {
      place: { file },
      expected: "other programs to hold the store only for moments",
      advice: "end the other program, or name another file with --store",
    });
  }
  if (gaveOut.test(code)) {
    const what = /FULL|NOSPC|SHMSIZE/.test(code) ? "the disk is full" : "the disk fails, or a quota is used up";
    return new ResourceError(`${file}: the store cannot be ${use}: ${what} (${error.message})\n  free some room on the disk of this file`);
  }
  if (unusable.test(code) || error.message.includes("Unable to open connection")) {
    return use === "read"
      ? new InputError(`the store cannot be read (${error.message})`, { place: { file }, expected: "a file that you may read" })
      : new InputError(`the store cannot be opened or written (${error.message})`, {
          place: { file },
          expected: "a file in a folder that may be written to",
          advice: "name a file that you may write to with --store",
        });
  }
  return error;
}

export function isDamage(error: unknown): boolean {
  return error instanceof Error && /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
}

export function damaged(file: string, what: string): InputError {
  return new InputError(`the store is damaged, or not a store: ${what}`, {
    place: { file },
    expected: "an Archwright store (an SQLite file); nothing in it was changed",
    advice: "name another file with --store, or move this one away; sqlite3's .recover may save what is left in it",
  });
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
