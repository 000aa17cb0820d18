import { type Executor, type Failure, measured, type Run, type Store, type Trial } from "@archwright/core";
import { withMeasurement } from "./evaluate.ts";
import type { Problem } from "./problem.ts";

export interface FinishOptions {
  readonly problem: Problem;
  readonly run: Run;
  readonly store: Store;
  readonly executor: Executor;
  readonly front: readonly Trial[];
  readonly signal?: AbortSignal;
  /** After each member of the front. */
  readonly onMember?: (done: number, of: number) => void;
}

/**
 * The final report: each member of the front is tested on the images that the search never saw, and measured on
 * every device that can measure. Members already finished (before an interruption) are left as they are.
 */
export async function finish({ problem, run, store, executor, front, signal, onMember }: FinishOptions): Promise<readonly Trial[]> {
  const finished: Trial[] = [];
  for (const [done, member] of front.entries()) {
    signal?.throwIfAborted();
    // A resumed run finds what the last sitting added in the store.
    let trial = store.trial(run.id, member.number) ?? member;
    trial = await test(trial, { run, store, executor });
    trial = await measureEverywhere(trial, { problem, run, store, executor });
    if (trial !== member) store.updateTrial(run.id, trial);
    finished.push(trial);
    onMember?.(done + 1, front.length);
  }
  return finished;
}

async function test(trial: Trial, { run, store, executor }: Pick<FinishOptions, "run" | "store" | "executor">): Promise<Trial> {
  const weights = store.weights(run.id, trial.number);
  if (trial.testAccuracy !== undefined || weights === undefined) return trial;
  const outcome = await executor.run({ kind: "test", trial: trial.number, architecture: trial.architecture, weights });
  if (outcome.kind === "tested") return { ...trial, testAccuracy: outcome.accuracy };
  if (outcome.kind === "failed") note(store, run, trial, "test", outcome.failure);
  return trial;
}

async function measureEverywhere(
  trial: Trial,
  { problem, run, store, executor }: Pick<FinishOptions, "problem" | "run" | "store" | "executor">,
): Promise<Trial> {
  let current = trial;
  for (const { device } of problem.devices) {
    if (device.kind !== "local" || measured(current, device.name, "latencyMs")) continue;
    const weights = store.weights(run.id, trial.number);
    const job = { kind: "measure", trial: trial.number, architecture: trial.architecture, device: device.name } as const;
    const outcome = await executor.run(weights ? { ...job, weights } : job);
    if (outcome.kind === "measured") {
      current = { ...current, devices: withMeasurement(current.devices, device.name, outcome.measurement) };
      store.addMeasurement(run.id, trial.architecture, outcome.measurement);
    } else if (outcome.kind === "failed") note(store, run, trial, "measure", outcome.failure);
  }
  return current;
}

function note(store: Store, run: Run, trial: Trial, step: string, failure: Failure): void {
  store.addEvent(run.id, "report-failed", { trial: trial.number, step, code: failure.code, message: failure.message });
}
