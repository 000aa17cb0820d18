/** Where jobs are run: in child processes, or in this one. */
export { createInlineExecutor } from "./inlineExecutor.ts";
export { createProcessExecutor, type ExecutorEvent, type ProcessExecutorOptions } from "./processExecutor.ts";
export type { CreateHandler, Handler, HandlerModule } from "./protocol.ts";
