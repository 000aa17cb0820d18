/** The final report of a run: the front is tested and measured. */
import {
  type Executor,
  evaluatorKindOf,
  type Failure,
  type Job,
  measured,
  measuredBy,
  type Outcome,
  type Run,
  type Store,
  stagesOf,
  type Trial,
} from "@archwright/core";
import { eachAtOnce } from "./eachAtOnce.ts";
import { withMeasurement } from "./evaluate.ts";
import { untilAborted } from "./loop/searchState.ts";
import type { Problem } from "./problem.ts";
import { storedTrial } from "./storedTrial.ts";

/** A piece of the final report: a member of the front tested, or measured on a device. */
type Piece = { readonly trial: number } & ({ readonly step: "test" } | { readonly step: "measure"; readonly device: string });

/** A piece that could not be had, and why. */
export type MissingPiece = Piece & Pick<Failure, "code" | "message">;

export interface FinishOptions {
  readonly problem: Problem;
  readonly run: Run;
  readonly store: Store;
  readonly executor: Executor;
  readonly front: readonly Trial[];
  readonly signal?: AbortSignal;
  /** After each test and measurement. */
  readonly onPiece?: (done: number, of: number) => void;
}

/**
 * The final report: each member of the front is tested on the images that the search never saw, unless a stage of training did that,
 * and measured on every device that can measure. Tests run on all slots at once, measurements one after another. Each piece is stored as it is had; what an
 * earlier session has stored is not done again.
 *
 * @returns the front as it is stored then, and the pieces that failed.
 * @throws the signal's reason when aborted.
 */
export async function finish(options: FinishOptions): Promise<{ front: readonly Trial[]; missing: readonly MissingPiece[] }> {
  const { problem, run, store, executor, signal } = options;
  const pieces = openPieces(problem, store, run, options.front);
  const failures = new Map<Piece, Failure>();
  let done = 0;
  const take = async (piece: Piece) => {
    const failure = await carryOut(piece, options);
    if (signal?.aborted) return;
    if (failure) {
      failures.set(piece, failure);
      store.addEvent(run.id, "report-failed", { ...piece, code: failure.code, message: failure.message });
    }
    options.onPiece?.(++done, pieces.length);
  };
  const tests = pieces.filter(({ step }) => step === "test");
  const measurements = pieces.filter(({ step }) => step === "measure");
  const all = async () => {
    await eachAtOnce(tests, () => executor.slots, take, signal);
    await eachAtOnce(measurements, () => 1, take, signal);
  };
  signal?.throwIfAborted();
  await untilAborted(all(), signal);
  return {
    front: options.front.map(({ number }) => storedTrial(store, run, number)),
    missing: pieces.flatMap((piece) => {
      const failure = failures.get(piece);
      return failure ? [{ ...piece, code: failure.code, message: failure.message }] : [];
    }),
  };
}

/** What the final report of these trials still lacks. */
export function openPieces(problem: Problem, store: Store, run: Run, front: readonly Trial[]): readonly Piece[] {
  const devices = problem.devices.filter(({ device }) => measuredBy(device) !== undefined).map(({ device }) => device.name);
  // Where training has several stages, the last of them tests what it trains.
  const tests = evaluatorKindOf(problem.experiment.evaluator).tests && stagesOf(problem.experiment).length === 1;
  return front.flatMap(({ number }): Piece[] => {
    const trial = storedTrial(store, run, number);
    return [
      // The weights of one that was retrained are no longer those whose score it has.
      ...(!tests || trial.testScore !== undefined || trial.retrainings?.some(({ weightsKept }) => weightsKept)
        ? []
        : [{ trial: trial.number, step: "test" } as const]),
      ...devices
        .filter((device) => !measured(trial, device, "latencyMs"))
        .map((device) => ({ trial: trial.number, step: "measure", device }) as const),
    ];
  });
}

/** Does one piece and stores it. @returns why there is nothing to store. */
async function carryOut(piece: Piece, { run, store, executor, signal }: FinishOptions): Promise<Failure | undefined> {
  const { trial: number } = piece;
  const { architecture } = storedTrial(store, run, number);
  const weights = store.weights(run.id, number);
  let job: Job;
  if (piece.step === "measure") {
    job = { kind: "measure", trial: number, architecture, device: piece.device, ...(weights ? { weights } : {}) };
  } else {
    if (!weights) return { code: "runtime", message: "its trained weights are not in the store" };
    job = { kind: "test", trial: number, architecture, weights };
  }
  const outcome: Outcome = await executor.run(job);
  if (signal?.aborted) return undefined;
  // Read again: another piece of the same trial may have been stored meanwhile.
  const trial = storedTrial(store, run, number);
  switch (outcome.kind) {
    case "failed":
      return outcome.failure;
    case "tested":
      store.updateTrial(run.id, { ...trial, testScore: outcome.score });
      return undefined;
    case "measured": {
      const { measurement } = outcome;
      store.updateTrial(run.id, { ...trial, devices: withMeasurement(trial.devices, measurement.device, measurement) }, [measurement]);
      return undefined;
    }
    case "evaluated":
      throw new Error(`a ${job.kind} job came back as 'evaluated'`);
  }
}
