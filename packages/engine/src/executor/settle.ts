/** Turns whatever comes of a job, an error included, into its outcome. */
import { type Failure, isFailureCode } from "@archwright/core/base";
import type { Job, Outcome } from "@archwright/core/experiment";
import type { Handler } from "./protocol.ts";

/** Runs a job to an outcome: whatever the handler throws is the job's failure. */
export async function settle(handler: Handler, job: Job): Promise<Outcome> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const outcome = await handler.run(job);
    const value = valuesOf(outcome).find((value) => !Number.isFinite(value));
    if (value === undefined) return outcome;
    return {
      kind: "failed",
      failure: { code: "not-finite", message: `the result of the ${job.kind} job is ${value}` },
      seconds: seconds(),
    };
  } catch (error) {
    return { kind: "failed", failure: failureOf(error), seconds: seconds() };
  }
}

function valuesOf(outcome: Outcome): readonly number[] {
  switch (outcome.kind) {
    case "evaluated":
      return outcome.testScore === undefined ? [outcome.score] : [outcome.score, outcome.testScore];
    case "tested":
      return [outcome.score];
    case "measured":
      return [outcome.measurement.value];
    case "failed":
      return [];
  }
}

/** The failure that an error stands for: with the error's own `code` where that is one of ours. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (isFailureCode(code)) return { code, message };
  // What V8, WASM and onnxruntime say when an allocation is refused.
  const refused = /allocation failed|failed to allocate|bad allocation|bad_alloc|out of memory/i.test(message);
  return { code: refused ? "out-of-memory" : "runtime", message };
}
