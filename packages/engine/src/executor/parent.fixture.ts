/** A parent with two workers, one idle and one stuck in a loop, for the test that kills parents. Prints the workers' process ids. */
import { createProcessExecutor } from "./process.ts";

const executor = createProcessExecutor({
  experiment: null,
  workers: 2,
  workerModule: new URL("handler.fixture.ts", import.meta.url),
  timeLimitMs: 60_000,
  memoryLimitBytes: 1024 ** 3,
  onEvent: (event) => console.log(event.kind, event.pid),
});
const evaluate = (architecture: string) => executor.run({ kind: "evaluate", trial: 0, architecture, fidelity: { epochs: 1 }, seed: 0 });
await Promise.all([evaluate("wait:100"), evaluate("ok:1")]);
evaluate("hang").catch(() => {});
setTimeout(() => console.log("settled"), 200);
