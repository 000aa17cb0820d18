/** A trial that the store is known to have. */
import type { Run, Store, Trial } from "@archwright/core";

/** @throws Error where the store does not have it. */
export function storedTrial(store: Store, run: Run, number: number): Trial {
  const trial = store.trial(run.id, number);
  if (!trial) throw new Error(`the store lost trial ${number} of run ${run.id}`);
  return trial;
}
