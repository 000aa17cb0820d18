/** Puts what libraries write to stdout and stderr into the log of a worker. */
import { format } from "node:util";
import type { Log } from "@archwright/engine";

const methods = ["debug", "error", "info", "log", "warn"] as const;

/**
 * Makes events of what libraries print by themselves (`console`, warnings of Node.js, an error that nobody caught), so that
 * every line of a worker's log is an event. The same text is told once: each of a library's connections says it.
 */
export function captureStrayOutput(log: Log): { stop(): void } {
  const told = new Set<string>();
  const tell = (text: string) => {
    if (told.has(text) || told.size >= 1_000) return;
    told.add(text);
    log("message", { text });
  };
  const own = methods.map((method) => [method, console[method]] as const);
  for (const method of methods) console[method] = (...values: unknown[]) => tell(format(...values));

  // Node.js prints warnings in a listener of its own.
  const printers = process.listeners("warning");
  const onWarning = ({ name, message }: Error) => tell(`${name}: ${message}`);
  process.removeAllListeners("warning");
  process.on("warning", onWarning);
  const onCrash = (error: unknown) => {
    log("crashed", { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  };
  process.on("uncaughtException", onCrash);

  return {
    stop() {
      for (const [method, print] of own) console[method] = print;
      process.off("warning", onWarning);
      for (const print of printers) process.on("warning", print);
      process.off("uncaughtException", onCrash);
    },
  };
}
