/** Tells of what a Redis refuses to do, without flooding the log. */
import { createLogLimiter, type LogLimiter } from "./logLimiter.ts";

/**
 * Listens to the errors of commands for those that the server replied (no memory, no right), and tells of each code at growing
 * intervals; errors of a connection that was lost are told of by its link.
 */
export function createReplyErrorListener(tell: (reason: string) => void): (error: unknown) => void {
  const limiters = new Map<string, LogLimiter>();
  return (error) => {
    if (!(error instanceof Error) || error.name !== "ReplyError") return;
    const reason = error.message.slice(0, 300);
    // Without what may differ from one command to the next.
    const code = reason.split(" ", 1)[0] ?? "";
    const limiter = limiters.get(code) ?? createLogLimiter();
    limiters.set(code, limiter);
    if (limiter.isDue(performance.now())) tell(reason);
  };
}
