/** Lets a long command end in good order when it is told to stop. */

/**
 * The first Ctrl-C (or SIGTERM) stops the command in good order; a second one ends the process as usual. A terminal that is closed stops
 * nothing: Node.js undoes what 'nohup' does, and a long search should not be lost to a dropped connection.
 */
export function listenForInterruption(): { readonly signal: AbortSignal; readonly ended: Promise<void>; stop(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("interrupted"));
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  const goOn = () => {};
  process.on("SIGHUP", goOn);
  return {
    signal: controller.signal,
    /** For a command that does nothing but wait. */
    ended: new Promise((resolve) => {
      controller.signal.addEventListener("abort", () => resolve(), { once: true });
    }),
    stop: () => {
      process.off("SIGINT", abort);
      process.off("SIGTERM", abort);
      process.off("SIGHUP", goOn);
    },
  };
}
