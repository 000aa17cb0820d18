/** Where jobs are run: in child processes, or in this one. */
export { createInlineExecutor } from "./inline.ts";
export { createProcessExecutor, type ExecutorEvent, type ProcessExecutorOptions } from "./process.ts";
export type { CreateHandler, Handler, HandlerModule } from "./protocol.ts";
