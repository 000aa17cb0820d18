/** What becomes of output that nobody takes. */

/** Whoever read has gone: a pager was left, a log collector ended, a terminal was closed. */
const goneReader = new Set(["EPIPE", "EIO", "ECONNRESET", "ENXIO", "ERR_STREAM_DESTROYED"]);

/**
 * Lets the program go on where its output is not taken. Progress on stderr is lost, which costs no result; a reader of stdout that has
 * read enough, as `head` does, is no failure. A result that could not be written for another reason (a full disk) is one: status 1.
 */
export function outliveReaders(): void {
  process.stderr.on("error", () => {});
  let failed = false;
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (failed || goneReader.has(code ?? "")) return;
    failed = true;
    process.stderr.write(`archwright: the result could not be written to stdout: ${message}\n`);
  });
  process.on("exit", () => {
    if (failed) process.exitCode = 1;
  });
}
