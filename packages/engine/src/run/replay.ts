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
      if (trial.architecture !== architecture) {
        throw new Error(
          `trial ${number} is stored as ${trial.architecture}, but the search now asks for ${architecture}: ` +
            "the run was made by another version and cannot be continued; start a new one",
        );
      }
      return trial;
    },
  };
}
