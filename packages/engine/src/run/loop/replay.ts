/** The stored trials of a run, as a resumed search takes them in again. */
import type { Trial } from "@archwright/core";

/** The stored trials of a run, to be taken in again in order of their number when the run is resumed. */
export interface Replay {
  /** The stored trial of this number, or nothing where the run never got so far. */
  take(number: number, architecture: string): Trial | undefined;
}

/**
 * Numbers must be asked for in rising order. Gaps are allowed: of the last batch some trials may be missing.
 * @throws Error where the stored trial is of another architecture: then the run would not continue as it began.
 */
export function createReplay(stored: Iterable<Trial>): Replay {
  const iterator = stored[Symbol.iterator]();
  let next = iterator.next();
  return {
    take: (number, architecture) => {
      while (!next.done && next.value.number < number) next = iterator.next();
      if (next.done || next.value.number !== number) return undefined;
      const trial = next.value;
      checkReplayed(trial, trial.architecture === architecture, architecture);
      return trial;
    },
  };
}

/** @throws Error where the search does not ask for a stored trial as it did before. */
export function checkReplayed({ number, architecture }: Trial, same: boolean, asksFor: string): void {
  if (same) return;
  throw new Error(
    `trial ${number} is stored as ${architecture}, but the search now asks for ${asksFor}: ` +
      "the run was made by another version and cannot be continued; start a new one",
  );
}

/** A trial of a steady search. */
export type ToldTrial = Trial & Required<Pick<Trial, "told">>;

/**
 * The stored trials of a steady search in the order of telling. They are stored in the order of telling and read in the order of number;
 * of the latter only those are kept at once that overtook others.
 * @throws Error where one has no place in that order, or a place is missing.
 */
export function* createToldReplay(stored: Iterable<Trial>): Generator<ToldTrial> {
  const waiting = new Map<number, ToldTrial>();
  let place = 0;
  for (const trial of stored) {
    const { told } = trial;
    if (told === undefined) throw new Error(`trial ${trial.number} is stored without its place in the order of telling`);
    waiting.set(told.place, { ...trial, told });
    for (let next = waiting.get(place); next !== undefined; next = waiting.get(place)) {
      waiting.delete(place);
      place++;
      yield next;
    }
  }
  if (waiting.size > 0)
    throw new Error(`no trial is stored at place ${place} of the order of telling, but later ones are: the store is damaged`);
}
