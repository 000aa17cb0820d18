/** What the operating system refuses, in words. */

const meanings: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "the permission is missing",
  EPERM: "the permission is missing",
  EROFS: "the disk is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "something of that name is in the way",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "symbolic links go round in a circle",
  EINVAL: "the name is not possible here",
  ERR_INVALID_ARG_VALUE: "the name holds a character that is not possible",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOTEMPTY: "the folder is not empty",
  EIO: "the disk gives an error",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
  ERR_STRING_TOO_LONG: "it is larger than 512 MiB, more than a text can be",
};

/** `(EISDIR): it is a folder`: why a file cannot be read or written. */
export function describeSystemError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const meaning = code === undefined ? undefined : meanings[code];
  return `(${code ?? message})${meaning === undefined ? "" : `: ${meaning}`}`;
}

/** Whether an error's code is one of the operating system's that are known here. */
export function isSystemErrorCode(code: string): boolean {
  return Object.hasOwn(meanings, code);
}
