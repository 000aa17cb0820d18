/** Where jobs are run: in child processes, or in this one. */
export { createInlineExecutor } from "./inline.ts";
export { createProcessExecutor, type ExecutorEvent, type ProcessExecutorOptions } from "./process.ts";
export type { CodedError, CreateHandler, Handler, HandlerContext, HandlerModule } from "./protocol.ts";
