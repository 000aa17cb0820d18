/**
 * A parent for the tests that kill or stop it. Prints its workers' process ids.
 *
 * `stuck`: with two workers, one idle and one stuck in a loop. `waiting`: with one, whose job takes 800 ms of the 1.6 s
 * that it may; prints its outcome.
 */
import { createProcessExecutor } from "./processExecutor.ts";

const waiting = process.argv[2] === "waiting";
const executor = createProcessExecutor({
  experiment: null,
  workers: waiting ? 1 : 2,
  workerModule: new URL("handler.fixture.ts", import.meta.url),
  timeLimitMs: waiting ? 1_600 : 60_000,
  memoryLimitBytes: 1024 ** 3,
  onEvent: (event) => console.log(event.kind, event.pid),
});
const evaluate = (architecture: string) => executor.run({ kind: "evaluate", trial: 0, architecture, fidelity: { epochs: 1 }, seed: 0 });
if (waiting) {
  await evaluate("ok:1");
  const outcome = evaluate("wait:800");
  setTimeout(() => console.log("settled"), 200);
  console.log("outcome", (await outcome).kind);
  await executor.close();
} else {
  await Promise.all([evaluate("wait:100"), evaluate("ok:1")]);
  evaluate("hang").catch(() => {});
  setTimeout(() => console.log("settled"), 200);
}
