/** Writes trials to the store as they finish. */
import type { Store, Trial } from "@archwright/core";

/** Trials that finish in the same turn of the event loop share a transaction. */
export interface Recorder {
  /** @throws where writing failed before: what comes now would be lost too. */
  record(trial: Trial, weights?: Float32Array): void;
  /** Writes what is still waiting. @throws where that fails, or failed in a turn of the event loop before. */
  flush(): void;
  /** The same, for the last time: what finishes after the search has stopped is left for the next session. */
  close(): void;
}

export function createRecorder(store: Store, run: string): Recorder {
  let waiting: { trial: Trial; weights: Float32Array | undefined }[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;
  let failure: { readonly error: unknown } | undefined;
  const flush = () => {
    if (failure) throw failure.error;
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    const batch = waiting;
    waiting = [];
    // Weights first: a process killed in between leaves weights without a trial, which resuming writes again.
    for (const { trial, weights } of batch) if (weights) store.putWeights(run, trial.number, weights);
    if (batch.length === 0) return;
    store.addTrials(
      run,
      batch.map(({ trial }) => trial),
    );
  };
  return {
    record: (trial, weights) => {
      if (closed) return;
      if (failure) throw failure.error;
      waiting.push({ trial, weights });
      scheduled ??= setImmediate(() => {
        try {
          flush();
        } catch (error) {
          failure = { error };
        }
      });
    },
    flush,
    close: () => {
      flush();
      closed = true;
    },
  };
}
