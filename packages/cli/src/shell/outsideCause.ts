/** Errors that no command expected, whose cause is the system or the store and not the program. */
import { describeSystemError, isSystemErrorCode } from "@archwright/engine";

/** What is to be said of an error that no command expected, where the system or the store is its cause and not the program. */
export function outsideCause(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path, message } = error as NodeJS.ErrnoException & { readonly path?: string };
  if (typeof code !== "string") return undefined;
  if (code.startsWith("SQLITE_")) return `the store cannot be used (${code}: ${message})`;
  if (syscall === undefined && !isSystemErrorCode(code)) return undefined;
  return `${path === undefined ? (syscall ?? "a file") : `${path}: ${syscall}`} failed ${describeSystemError(error)}`;
}
