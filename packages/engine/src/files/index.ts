/** Files that a user named: read, written, and why not. */
export { readBytes, readText } from "./readFile.ts";
export { describeSystemError, isSystemErrorCode } from "./systemErrors.ts";
export { makeFolder, writeFile } from "./writeFile.ts";
