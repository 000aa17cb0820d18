/** The log of a worker: a line for each event, as text or as JSON. */
import type { Log } from "@archwright/engine";
import { harmless } from "../output/render.ts";

/** What a worker does, line by line: JSON for programs, or words for people. Fields never hold credentials. */
export function createLog(format: "json" | "text", write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  return (event, fields = {}) => {
    const at = new Date();
    if (format === "json") return write(`${JSON.stringify({ at: at.toISOString(), event, ...fields })}\n`);
    const words = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [`${name}=${typeof value === "string" ? value : JSON.stringify(typeof value === "number" ? Number(value.toFixed(3)) : value)}`],
    );
    write(harmless(`${[at.toTimeString().slice(0, 8), event, ...words].join(" ")}\n`));
  };
}
