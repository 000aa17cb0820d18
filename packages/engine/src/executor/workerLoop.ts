/** The loop of a worker: starts a handler for the experiment, then runs one job after another. */
import { InputError } from "@archwright/core/base";
import type { Handler, HandlerModule, Transport } from "./protocol.ts";
import { settle } from "./settle.ts";

/**
 * What a worker does, wherever its messages come from: told of the experiment once, it does one job after another.
 *
 * @param load brings the module that knows how to do jobs.
 */
export function runWorkerLoop(transport: Transport, load: () => Promise<HandlerModule>): void {
  let handler: Promise<Handler> | undefined;
  transport.onMessage(async (message) => {
    if (message.kind === "start") {
      handler = load().then((module) => module.createHandler(message.experiment, message.workFolder));
      try {
        await handler;
        await transport.send({ kind: "ready" });
      } catch (error) {
        const text = error instanceof InputError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
        await transport.send({ kind: "broken", message: text, input: error instanceof InputError });
      }
      return;
    }
    if (!handler) throw new Error("a worker was given a job before the experiment");
    const ready = await handler;
    await transport.send({ kind: "begun", id: message.id });
    const outcome = await settle(ready, message.job);
    await transport.send({ kind: "done", id: message.id, outcome, rssBytes: process.memoryUsage.rss() });
  });
}
